import Foundation
import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// The first two steps of every system against an independent PyTorch implementation: same weights,
/// batches and draws must give the same losses and the same gradients of every update.
///
/// Updates are plain gradient steps on both sides (see `GradientProbe`), taken when the recipe takes
/// its own, so the order of the players' updates is checked too.
@Suite("Recipes against PyTorch", .reproducible)
struct RecipeGoldenTests {
  @Test("the first two steps", arguments: TinySystem.all)
  func agrees(_ system: TinySystem) throws {
    try replay(system.recipe, system)
  }

}

// MARK: - Replay

/// Loads the fixture's weights into a new recipe, takes its two steps with the recorded draws, and
/// compares losses, gradients, final state and a sample.
private func replay<R: Recipe>(_ type: R.Type, _ system: TinySystem) throws {
  let golden = try system.golden()
  var recipe = try R(system.config(of: R.self), for: system.run, on: .cpu)
  try recipe.startAfter(images: system.imagesSeen)
  #expect(Set(recipe.networks.keys) == golden.networks)
  for (name, network) in recipe.networks { try network.load(golden.group("initial/\(name).")) }
  for step in 0..<2 {
    let batch = try golden.batch(R.Batch.self, step: step, system)
    var report: StepReport = [:]
    let updates = RandomTape.replay(golden.list("step\(step)/random/")) {
      GradientProbe.record(descendingAt: golden.number("rate") ?? 0.05) {
        report = recipe.step(batch)
      }
    }
    let losses = golden.group("step\(step)/loss/")
    // What is no loss has a group of its own, such as info/categorical. A report may hold more, such
    // as a critic's estimate.
    func reported(_ name: String) -> String { name.contains("/") ? name : "loss/\(name)" }
    let names = Set(losses.keys.map(reported))
    #expect(names.isSubset(of: report.entries.map(\.name)))
    #expect(report.entries.allSatisfy { names.contains($0.name) || !$0.name.hasPrefix("loss/") })
    for (name, expected) in losses {
      let found = try #require(report[reported(name)])
      expectClose(found, expected, "step \(step) loss \(name)", relative: 1e-5)
    }
    try compare(updates, with: golden, step: step, of: recipe)
  }
  for (network, module) in recipe.networks {
    for (key, value) in module.stateDictionary {
      expectClose(value, try golden("final/\(network).\(key)"), "final \(network).\(key)")
    }
  }
  try compareSample(of: recipe, with: golden)
}

private func compareSample(of recipe: some Recipe, with golden: Fixture) throws {
  let input = try golden("sample/input")
  let labels = golden.tensors["sample/labels"]
  let sample = withMode(.evaluation) {
    withoutGradients { () -> Tensor? in
      switch recipe {
      case let recipe as any GenerativeRecipe: recipe.generate(input, labels: labels)
      case let recipe as any TranslatingRecipe:
        RandomTape.replay(golden.list("sample/random/") + golden.list("sample/noise")) {
          recipe.translate(input, .ab)
        }
      default: nil
      }
    }
  }
  // Linear outputs are recorded as they are; pictures end at -1 and 1.
  let expected = try golden("sample/output").clamped(to: -1...1)
  expectClose(try #require(sample), expected, "sample")
  if let logits = golden.tensors["sample/logits"] {
    let recipe = try #require(recipe as? any ClassifyingRecipe)
    let found = withMode(.evaluation) {
      withoutGradients { recipe.classify(golden.tensors["sample/output"] ?? input) }
    }
    expectClose(found, logits, "logits")
  }
}

/// Compares the gradients of every update; each must be of the networks that the golden says.
private func compare(
  _ updates: [[Tensor]], with golden: Fixture, step: Int, of recipe: some Recipe
) throws {
  for (index, gradients) in updates.enumerated() {
    let prefix = "step\(step)/update\(index)/"
    let expected = golden.group(prefix)
    #expect(expected.count == gradients.count)
    let trained = Set(expected.keys.compactMap { $0.split(separator: ".").first.map(String.init) })
    let keys = recipe.parts.filter { trained.contains($0.name) }.flatMap { name, module in
      module.namedParameters.map { "\(name).\($0.key)" }
    }
    #expect(keys.count == gradients.count)
    for (key, gradient) in zip(keys, gradients) {
      expectClose(gradient, try golden(prefix + key), "step \(step) update \(index) \(key)")
    }
  }
  #expect(golden.group("step\(step)/update\(updates.count)/").isEmpty)
}

extension TinySystem {
  fileprivate func golden() throws -> Fixture { try Fixture("systems/\(name)") }
}

extension Fixture {
  /// The networks whose initial weights it holds.
  fileprivate var networks: Set<String> {
    Set(group("initial/").keys.compactMap { $0.split(separator: ".").first.map(String.init) })
  }

  fileprivate func batch<Batch: TrainingBatch>(
    _: Batch.Type, step: Int, _ system: TinySystem
  ) throws -> Batch {
    let layout = system.layout
    return Batch(
      parts: try layout.parts.enumerated().map { index, part in
        let images = try self("step\(step)/batch/\(part.name)")
        let own = layout.hasTwoKinds ? system.shape.parts[index] : system.shape.image
        #expect(Array(images.shape.dropFirst()) == own.dimensions)
        return BatchPart(
          images: images.contiguous(.channelsLast),
          labels: part.labels == .required ? try self("step\(step)/batch/labels") : nil)
      })
  }
}

/// Compares relative to each element, with a floor relative to the tensor's own scale.
private func expectClose(
  _ found: Tensor, _ expected: Tensor, _ what: String, relative: Double = 1e-4,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
  let (a, b) = (found.doubles, expected.doubles)
  let scale = b.map(abs).max() ?? 0
  let floor = max(scale * 1e-5, 1e-6)
  let worst = zip(a, b).map { abs($0 - $1) / (relative * abs($1) + floor) }.max() ?? 0
  #expect(worst <= 1, "\(what): \(worst) times the tolerance", sourceLocation: sourceLocation)
}
