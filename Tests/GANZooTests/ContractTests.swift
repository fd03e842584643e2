import Foundation
import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What every system must do, whatever it is.
@Suite("Every system", .reproducible)
struct ContractTests {
  /// Tensors this small gain nothing from threads that wait for each other.
  init() { LibTorch.threads = 1 }

  @Test("losses stay finite and everything is trained", arguments: TinySystem.all)
  func trains(_ system: TinySystem) throws {
    func check<R: Recipe>(_ type: R.Type) throws {
      var recipe = try newRecipe(type, system)
      let before = recipe.namedParameters.map { ($0.key, $0.parameter.value.detached().cloned()) }
      var names: Set<String> = []
      for _ in 0..<6 {
        let report = recipe.step(randomBatch(8, for: R.self, system))
        for (name, value) in report.read() {
          #expect(value.isFinite, "\(name)")
          names.insert(name)
        }
        #expect(report.entries.allSatisfy { $0.value.rank == 0 && !$0.value.requiresGradient })
      }
      #expect(names.contains("loss/G"))
      let untrained = zip(before, recipe.parameters).filter { old, parameter in
        old.1.rawBytes == parameter.value.detached().rawBytes
      }
      #expect(untrained.map(\.0.0) == system.withoutGradient)
    }
    try check(system.recipe)
  }

  @Test(
    "each optimizer moves all parameters of its network and no others", arguments: TinySystem.all)
  func optimizers(_ system: TinySystem) throws {
    func check<R: Recipe>(_ type: R.Type) throws {
      let recipe = try newRecipe(type, system)
      var owned: [String] = []
      for (network, optimizer) in recipe.optimizers {
        let before = recipe.stateDictionary.mapValues { $0.cloned() }
        optimizer.apply(optimizer.parameters.map { .ones($0.value.shape) })
        let changed = recipe.namedParameters.map(\.key).filter {
          recipe.stateDictionary[$0]?.rawBytes != before[$0]?.rawBytes
        }
        let mine = Set(optimizer.parameters.map(ObjectIdentifier.init))
        let keys = recipe.namedParameters.filter { mine.contains(ObjectIdentifier($0.parameter)) }
        #expect(changed == keys.map(\.key))
        if let part = recipe.part(network) {
          let own = part.namedParameters.map { "\(network).\($0.key)" }
          #expect(Set(own).isSubset(of: changed), "\(network)")
        }
        owned += changed
      }
      // An encoder is trained in several phases, each with an optimizer of its own.
      let others = owned.filter { !$0.hasPrefix("encoder.") }
      #expect(others.count == Set(others).count && !others.isEmpty)
      // Averages follow; nobody descends in them.
      let trained = recipe.namedParameters.map(\.key).filter { !$0.contains("_ema.") }
      #expect(Set(owned) == Set(trained), "no optimizer")
    }
    try check(system.recipe)
  }

  /// The order of the players, and that neither writes into the other, is also in the goldens.
  @Test("an update leaves the other players' parameters alone", arguments: TinySystem.all)
  func isolation(_ system: TinySystem) throws {
    func check<R: Recipe>(_ type: R.Type) throws {
      var recipe = try newRecipe(type, system)
      for _ in 0..<2 {
        let updates = GradientProbe.record(descendingAt: 0) {
          _ = recipe.step(randomBatch(8, for: R.self, system))
        }
        let shapes = recipe.optimizers.map { $0.optimizer.parameters.map(\.value.shape) }
        for update in updates { #expect(shapes.contains(update.map(\.shape))) }
      }
      for (key, parameter) in recipe.namedParameters {
        #expect(parameter.value.requiresGradient, "\(key) is no longer a leaf")
      }
    }
    try check(system.recipe)
  }

  @Test("the same seed gives the same bits", arguments: TinySystem.all)
  func deterministic(_ system: TinySystem) throws {
    func check<R: Recipe>(_ type: R.Type) throws {
      func run(seed: UInt64) throws -> [String: Tensor] {
        Randomness.seed(seed)
        var recipe = try newRecipe(type, system)
        for _ in 0..<3 { _ = recipe.step(randomBatch(8, for: R.self, system)) }
        return recipe.stateDictionary
      }
      let first = try run(seed: 5)
      try expectSameState(run(seed: 5), first)
      let other = try run(seed: 6)
      #expect(first.contains { $0.value.rawBytes != other[$0.key]?.rawBytes })
    }
    try check(system.recipe)
  }

  @Test("restored state goes on like uninterrupted", arguments: TinySystem.all)
  func resumes(_ system: TinySystem) throws {
    func check<R: Recipe>(_ type: R.Type) throws {
      let averaged = R.Config.averaged("0.9")
      var recipe = try newRecipe(type, system, averaged)
      // An odd number, so that systems with several critic steps stop between two of them.
      for _ in 0..<3 { _ = recipe.step(randomBatch(8, for: R.self, system)) }
      let saved = recipe.stateDictionary.mapValues { $0.cloned() }
      let generator = Randomness.state(of: .cpu)

      func rest(_ recipe: inout R) -> [[Double]] {
        (0..<3).map { _ in
          recipe.step(randomBatch(8, for: R.self, system)).read().map(\.value)
        }
      }
      let expected = rest(&recipe)
      Randomness.seed(99)
      var other = try newRecipe(type, system, averaged)
      try other.load(saved)
      try Randomness.restore(generator, of: .cpu)
      #expect(rest(&other) == expected)
      expectSameState(other.stateDictionary, recipe.stateDictionary)
    }
    try check(system.recipe)
  }

  /// Those that refuse it do so before any tensor exists, and are not more than have to.
  @Test("a minibatch of one image trains or is refused", arguments: TinySystem.all)
  func singleImages(_ system: TinySystem) throws {
    let refusing = [
      "aae-clusters", "aae-semi", "cgan", "gan", "improved-gan", "infogan", "pixelda",
      "pixelda-clipped", "srgan", "srgan-lite", "srgan-srresnet", "srgan-vgg22", "srgan-x2",
      "vae-gan", "vae-gan-balance", "vae-gan-pixels", "vae-gan-samples", "wgan", "wgan-gp-mlp",
    ]
    func check<R: Recipe>(_ type: R.Type) throws {
      let needs = R.needs(try system.config(of: type))
      try needs.check(batchSize: 2, for: R.card.name)
      guard (try? needs.check(batchSize: 1, for: R.card.name)) != nil else {
        #expect(refusing.contains(system.name), "refused for nothing")
        return
      }
      #expect(!refusing.contains(system.name))
      var recipe = try newRecipe(type, system)
      for _ in 0..<2 {
        for (name, value) in recipe.step(randomBatch(1, for: R.self, system)).read() {
          #expect(value.isFinite, "\(name)")
        }
      }
    }
    try check(system.recipe)
  }

  /// Those that refuse it do so before any tensor exists, and are not more than have to.
  @Test("images that are not square train or are refused", arguments: TinySystem.all)
  func wideImages(_ system: TinySystem) throws {
    let needSquares = [
      "classifier", "cogan", "cogan-adaptation", "pggan", "pixelda", "tp-gan", "twin-gan",
    ]
    func check<R: Recipe>(_ type: R.Type) throws {
      let config = try system.config(of: type)
      var shape = system.shape
      for index in shape.parts.indices {
        (shape.parts[index].height, shape.parts[index].width) = (16, 24)
      }
      guard (try? R.validate(config, for: shape)) != nil else {
        #expect(needSquares.contains(R.card.name), "refused for nothing")
        return
      }
      #expect(!needSquares.contains(R.card.name))
      var run = system.run
      run.data = shape
      var recipe = try R(config, for: run, on: .cpu)
      let batch = randomBatch(4, for: R.self, system.layout, shape)
      for (name, value) in recipe.step(batch).read() { #expect(value.isFinite, "\(name)") }
      for comparison in recipe.comparisons(on: system.layout) {
        guard let (prior, classes) = comparison.noise else { continue }
        let labels = classes > 0 ? Tensor([0, 1, 0]) : nil
        let drawn = evaluating { comparison.output(prior.sample(3, on: .cpu), labels) }
        #expect(drawn.shape == [3] + shape.image(of: comparison.target).dimensions)
      }
    }
    if !system.shape.arePoints { try check(system.recipe) }
  }

  @Test("memory does not grow", arguments: TinySystem.all)
  func memory(_ system: TinySystem) throws {
    #if os(Linux)
      func check<R: Recipe>(_ type: R.Type) throws {
        var recipe = try newRecipe(type, system, R.Config.averaged("0.9"))
        let count = min(128, 24_576 / system.shape.elementCount)
        let batch = randomBatch(count, for: R.self, system)
        func steps(_ count: Int) { for _ in 0..<count { _ = recipe.step(batch) } }
        steps(10)
        // One tensor of the batch's size kept from every step would be 1.6 MB or more; other tests
        // may allocate at the same time, so a second try is allowed.
        func growth() throws -> Int {
          let before = try residentBytes()
          steps(50)
          return try residentBytes() - before
        }
        let first = try growth()
        if first < 1 << 20 { return }
        let second = try growth()
        #expect(second < 1 << 20, "\(first), then \(second) bytes in 50 steps")
      }
      try check(system.recipe)
    #endif
  }
}

extension RecipeConfig {
  /// The setting that averages the generator, where the system can.
  static func averaged(_ decay: String) -> [(field: String, value: String)] {
    fields.contains { $0.name == "ema" } ? [("ema", decay)] : []
  }
}

/// A recipe at its initial values.
func newRecipe<R: Recipe>(
  _ type: R.Type, _ system: TinySystem, _ extra: [(field: String, value: String)] = []
) throws -> R {
  let config = try system.config(of: type, extra)
  try R.validate(config, for: system.shape)
  let recipe = try R(config, for: system.run, on: .cpu)
  try recipe.startAfter(images: system.imagesSeen)
  try recipe.prepareForTraining()
  return recipe
}

func expectSameState(
  _ found: [String: Tensor], _ expected: [String: Tensor],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.keys.sorted() == expected.keys.sorted(), sourceLocation: sourceLocation)
  for (key, value) in expected {
    if let other = found[key] { expectEqual(other, value, key, sourceLocation: sourceLocation) }
  }
}

/// Expects that a recipe stopped after some of the minibatches and restored ends with the bits of
/// one that saw all of them at once.
///
/// - Returns: the restored one at its end.
@discardableResult
func expectResumes<R: Recipe>(
  after stop: Int, of batches: [R.Batch], _ make: () -> R,
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> R {
  Randomness.seed(7)
  var whole = make()
  for batch in batches { _ = whole.step(batch) }
  Randomness.seed(7)
  var first = make()
  for batch in batches[..<stop] { _ = first.step(batch) }
  let saved = first.stateDictionary.mapValues { $0.cloned() }
  let generator = Randomness.state(of: .cpu)
  Randomness.seed(99)
  var rest = make()
  try rest.load(saved)
  try Randomness.restore(generator, of: .cpu)
  for batch in batches[stop...] { _ = rest.step(batch) }
  expectSameState(rest.stateDictionary, whole.stateDictionary, sourceLocation: sourceLocation)
  return rest
}

/// The memory of this process that lies in RAM.
private func residentBytes() throws -> Int {
  let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    .split(separator: " ")
  return Int(fields[1]).map { $0 * 4096 } ?? 0
}
