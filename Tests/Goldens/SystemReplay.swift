import FixtureFiles
import Foundation
import GANKit
import GANZoo
import Torch
import TorchNN

extension GoldenReplay {
  /// The first steps of a system: same weights, batches and draws must give the same losses and the
  /// same gradients of every update. Where factors are rounded, later steps have other weights than
  /// the recorded ones and tell nothing: only the first is compared, and the recorded weights' sample.
  ///
  /// Updates are plain gradient steps on both sides (see `GradientProbe`), taken when the recipe
  /// takes its own, so the order of the players' updates is compared too.
  package func replaySystem(_ name: String) throws {
    let system = try TinySystem(golden: name, in: folder)
    try replay(system.recipe, system, try Fixture("systems/\(name)", in: folder))
  }

  /// Loads the golden's weights into a new recipe, takes its steps with the recorded draws, and
  /// compares losses, gradients, final state and a sample.
  private func replay<R: Recipe>(_ type: R.Type, _ system: TinySystem, _ golden: Fixture) throws {
    var recipe = try R(system.config(of: R.self), for: system.run, on: device)
    try recipe.startAfter(images: system.imagesSeen)
    try recipe.prepareForTraining()
    require(Set(recipe.networks.keys) == golden.networks, "networks \(recipe.networks.keys)")
    for (name, network) in recipe.networks { try network.load(golden.group("initial/\(name).")) }
    for step in 0..<(isRounded ? 1 : system.steps) {
      let batch = try batch(R.Batch.self, of: golden, step: step, system)
      var report: StepReport = [:]
      let updates = RandomTape.replay(golden.list("step\(step)/random/")) {
        GradientProbe.record(descendingAt: golden.number("rate") ?? 0.05) {
          report = withAutocast(to: arithmetic.dtype, on: device) { recipe.step(batch) }
        }
      }
      compareLosses(report, with: golden, step: step)
      compare(updates, with: golden, step: step, of: recipe)
    }
    if isRounded {
      for (name, network) in recipe.networks { try network.load(golden.group("final/\(name).")) }
    } else {
      try compareState(of: recipe, with: golden)
    }
    try compareSample(of: recipe, with: golden)
  }

  private func compareLosses(_ report: StepReport, with golden: Fixture, step: Int) {
    let losses = golden.group("step\(step)/loss/")
    // What is no loss has a group of its own, such as info/categorical. A report may hold more, such
    // as a critic's estimate.
    func reported(_ name: String) -> String { name.contains("/") ? name : "loss/\(name)" }
    let names = Set(losses.keys.map(reported))
    require(
      report.entries.allSatisfy { names.contains($0.name) || !$0.name.hasPrefix("loss/") },
      "step \(step): losses \(report.entries.map(\.name)), expected \(names.sorted())")
    for (name, expected) in losses {
      guard let found = report[reported(name)] else {
        self.report("step \(step): no loss \(name)")
        continue
      }
      compare("step \(step) loss \(name)", found, expected, relative: 1e-5, floor: Self.floor)
    }
  }

  /// Compares the gradients of every update; each must be of the networks that the golden says.
  private func compare(
    _ updates: [[Tensor]], with golden: Fixture, step: Int, of recipe: some Recipe
  ) {
    for (index, gradients) in updates.enumerated() {
      let prefix = "step\(step)/update\(index)/"
      let expected = golden.group(prefix)
      let trained = Set(
        expected.keys.compactMap { $0.split(separator: ".").first.map(String.init) })
      let keys = recipe.parts.filter { trained.contains($0.name) }.flatMap { name, module in
        module.namedParameters.map { "\(name).\($0.key)" }
      }
      require(
        expected.count == gradients.count && keys.count == gradients.count
          && Set(keys) == Set(expected.keys), "\(prefix): gradients of \(keys)")
      compare(
        zip(keys, gradients).compactMap { key, gradient in
          expected[key].map {
            Pair(what: "step \(step) update \(index) \(key)", found: gradient, expected: $0)
          }
        }, relative: 1e-4, magnified: 4, floor: Self.floor)
    }
    require(
      golden.group("step\(step)/update\(updates.count)/").isEmpty,
      "step \(step): only \(updates.count) updates")
  }

  private func compareState(of recipe: some Recipe, with golden: Fixture) throws {
    for (network, module) in recipe.networks {
      for (key, value) in module.stateDictionary {
        let expected = try golden("final/\(network).\(key)")
        compare("final \(network).\(key)", value, expected, relative: 1e-4, floor: Self.floor)
      }
    }
  }

  private func compareSample(of recipe: some Recipe, with golden: Fixture) throws {
    let input = try golden("sample/input").moved(to: device)
    let sample = using { () -> Tensor? in
      switch recipe {
      case let recipe as any GenerativeRecipe:
        recipe.generate(input, labels: golden.tensors["sample/labels"]?.moved(to: device))
      case let recipe as any LandmarkedRecipe:
        RandomTape.replay(golden.list("sample/noise")) {
          recipe.translate(
            input, .ab, landmarks: golden.tensors["sample/input_landmarks"]?.moved(to: device))
        }
      case let recipe as any TranslatingRecipe:
        RandomTape.replay(golden.list("sample/random/") + golden.list("sample/noise")) {
          recipe.translate(input, .ab)
        }
      case let recipe as any EnlargingRecipe: recipe.enlarge(input)
      case let recipe as any CompletingRecipe:
        golden.tensors["sample/mask"].map {
          recipe.complete(input, mask: $0.moved(to: device) .> 0)
        }
      default: nil
      }
    }
    guard let sample else { return report("no sample") }
    // Linear outputs are recorded as they are; pictures end at -1 and 1.
    let expected = try golden("sample/output").clamped(to: -1...1)
    compare("sample", sample, expected, relative: 1e-4, floor: Self.floor)
    if let map = golden.tensors["sample/attention"] {
      guard let recipe = recipe as? any AttendingRecipe else { return report("no attention") }
      compare(
        "attention", using { recipe.attention(input, .ab) }, map, relative: 1e-4,
        floor: Self.floor)
    }
    guard let logits = golden.tensors["sample/logits"] else { return }
    guard let recipe = recipe as? any ClassifyingRecipe else { return report("no logits") }
    let image = golden.tensors["sample/output"]?.moved(to: device) ?? input
    compare(
      "logits", using { recipe.classify(image) }, logits, relative: 1e-4, floor: Self.floor)
  }

  /// Runs `body` as a trained network is used.
  private func using<Result>(_ body: () -> Result) -> Result {
    withMode(.evaluation) {
      withoutGradients { withAutocast(to: arithmetic.dtype, on: device, body) }
    }
  }

  private func batch<Batch: TrainingBatch>(
    _: Batch.Type, of golden: Fixture, step: Int, _ system: TinySystem
  ) throws -> Batch {
    let layout = system.layout
    return Batch(
      parts: try layout.parts.enumerated().map { index, part in
        let images = try golden("step\(step)/batch/\(part.name)")
        let own = layout.hasTwoKinds ? system.shape.parts[index] : system.shape.image
        require(
          Array(images.shape.dropFirst()) == own.dimensions, "\(part.name): \(images.shape)")
        let labels = part.labels == .required ? try golden("step\(step)/batch/labels") : nil
        let attached = try part.attached.map {
          try golden("step\(step)/batch/\(part.name)_\($0.rawValue)").moved(to: device)
        }
        return BatchPart(
          images: images.moved(to: device).contiguous(.channelsLast),
          labels: labels?.moved(to: device), attached: attached)
      })
  }

  private var isRounded: Bool {
    if case .norm = arithmetic.tolerance { true } else { false }
  }

  /// Relative to the tensor's own scale.
  private static func floor(_ expected: Tensor) -> Double { max(largest(expected) * 1e-5, 1e-6) }
}

extension Fixture {
  /// The networks whose initial weights it holds.
  fileprivate var networks: Set<String> {
    Set(group("initial/").keys.compactMap { $0.split(separator: ".").first.map(String.init) })
  }
}
