import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What two autoencoders have in common, and where there is noise.
@Suite("UNIT", .reproducible)
struct UNITTests {
  init() { LibTorch.threads = 1 }

  private let data = DataShape(channels: 3, height: 16, width: 16, inputChannels: 1)

  private func recipe(_ change: (inout UNIT.Config) -> Void = { _ in }) -> UNIT {
    let config = UNIT.Config.with {
      ($0.generatorWidth, $0.blocks, $0.discriminatorWidth, $0.discriminatorLayers) = (4, 1, 4, 2)
      change(&$0)
    }
    return UNIT(config, for: RunShape(data: data, batchSize: 2), on: .cpu)
  }

  private func images(_ shape: ImageShape, _ count: Int = 2) -> Tensor {
    .uniform([count] + shape.dimensions, -1, 1).contiguous(.channelsLast)
  }

  private func batch() -> UnpairedBatch {
    UnpairedBatch(a: images(data.input), b: images(data.image))
  }

  @Test("both encoders end in the same layers, both generators begin with the same")
  func tied() {
    let (recipe, batch) = (recipe { $0.sharedBlocks = 2 }, batch())
    // A residual block whose last kernel is 0 hands on what it is given.
    let shared = recipe.encoder.shared.namedParameters + recipe.generator.shared.namedParameters
    for (key, parameter) in shared where key.hasSuffix("conv2.weight") {
      parameter.assign(parameter.value.detached().zerosAlike())
    }
    evaluating {
      let (ofA, ofB) = (recipe.codes(of: batch.a, .ab), recipe.codes(of: batch.b, .ba))
      #expect(ofA.shape == [2, 16, 4, 4] && ofB.shape == ofA.shape)
      expectClose(ofA, recipe.encoder.a(batch.a), relative: 1e-5, absolute: 1e-6)
      expectClose(ofB, recipe.encoder.b(batch.b), relative: 1e-5, absolute: 1e-6)
      expectClose(
        recipe.translate(batch.a, .ab), recipe.generator.b(ofA), relative: 1e-5, absolute: 1e-6)
      expectClose(
        recipe.translate(batch.b, .ba), recipe.generator.a(ofB), relative: 1e-5, absolute: 1e-6)
    }
    let own = recipe.namedParameters.filter { $0.key.contains(".shared.") }
    #expect(own.count == 8, "two kernels for each of two blocks of encoders and of generators")
  }

  @Test("codes are noisy in training, and the same every time in use")
  func noise() throws {
    let batch = batch()
    func reports(seed: UInt64) throws -> (reconstruction: Double, divergence: Double) {
      Randomness.seed(7)
      var recipe = recipe()
      Randomness.seed(seed)
      let report = recipe.step(batch)
      return (
        try #require(report["loss/reconstruction"]).item(),
        try #require(report["loss/divergence"]).item()
      )
    }
    let (first, second) = (try reports(seed: 1), try reports(seed: 2))
    #expect(first.reconstruction != second.reconstruction)
    #expect(first.divergence == second.divergence)
    let used = recipe()
    let state = Randomness.state(of: .cpu)
    for direction in Direction.allCases {
      let input = direction == .ab ? batch.a : batch.b
      expectEqual(
        evaluating { used.translate(input, direction) },
        evaluating { used.translate(input, direction) })
    }
    expectEqual(Randomness.state(of: .cpu), state, "generator")
  }

  @Test("the loss is the weighted sum of its parts, a code's divergence half its mean square")
  func weights() throws {
    var recipe = recipe {
      ($0.adversarialWeight, $0.divergenceWeight, $0.reconstructionWeight) = (0, 2, 3)
      ($0.cycleDivergenceWeight, $0.cycleWeight) = (5, 7)
    }
    let batch = batch()
    let expected = evaluating {
      0.5 * recipe.codes(of: batch.a, .ab).squared().mean().item()
        + 0.5 * recipe.codes(of: batch.b, .ba).squared().mean().item()
    }
    let report = recipe.step(batch)
    func loss(_ name: String) throws -> Double { try #require(report["loss/\(name)"]).item() }
    let (divergence, cycle) = (try loss("divergence"), try loss("cycle-divergence"))
    #expect(abs(divergence - expected) < 1e-5 * expected)
    let sum =
      try 2 * divergence + 3 * loss("reconstruction") + 5 * (divergence + cycle) + 7 * loss("cycle")
    #expect(abs(try loss("G") - sum) < 1e-5 * sum)
    #expect(try loss("D_A") == 0 && loss("D_B") == 0)
  }

  @Test("weights start from N(0, 0.02), offsets at 0; the rate stays")
  func start() {
    let recipe = recipe { ($0.generatorWidth, $0.discriminatorWidth) = (16, 32) }
    for (key, parameter) in recipe.namedParameters {
      let value = parameter.value.detached()
      if key.hasSuffix("bias") {
        #expect(value.abs().maximum().item() == 0, "\(key)")
      } else if value.count > 1000 {
        let deviation = value.squared().mean().item().squareRoot()
        #expect(abs(deviation - 0.02) < 0.002, "\(key): \(deviation)")
      }
    }
    #expect(recipe.generatorOptimizer.schedule == .constant(1e-4))
  }

  @Test("sides that leave no code to normalise are refused")
  func sides() throws {
    for (height, width) in [(4, 16), (16, 18), (6, 6)] {
      let shape = DataShape(channels: 3, height: height, width: width, inputChannels: 1)
      #expect(throws: ConfigError.self) { try UNIT.validate(.init(), for: shape) }
    }
    try UNIT.validate(
      .init(), for: DataShape(channels: 3, height: 8, width: 12, inputChannels: 1))
  }
}
