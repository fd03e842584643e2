import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What is particular of translations that are laid over their inputs.
@Suite("Attention-GAN", .reproducible)
struct AttentionGANTests {
  init() { LibTorch.threads = 1 }

  private let data = DataShape(channels: 3, height: 16, width: 16, inputChannels: 3)

  private func recipe(
    steps: Int? = 1000, _ change: (inout AttentionGAN.Config) -> Void = { _ in }
  ) -> AttentionGAN {
    let config = AttentionGAN.Config.with {
      ($0.generatorWidth, $0.blocks, $0.attentionWidth, $0.attentionBlocks) = (4, 1, 4, 1)
      ($0.discriminatorWidth, $0.discriminatorLayers) = (4, 2)
      change(&$0)
    }
    return AttentionGAN(config, for: RunShape(data: data, batchSize: 2, steps: steps), on: .cpu)
  }

  private func images(_ count: Int = 2) -> Tensor {
    .uniform([count, 3, 16, 16], -1, 1).contiguous(.channelsLast)
  }

  @Test(
    "where the map is 0 an image stays, where it is 1 there is the generator's",
    arguments: Direction.allCases)
  func overlay(_ direction: Direction) {
    let (recipe, images) = (recipe(), images())
    let (network, attention) =
      direction == .ab
      ? (recipe.generatorAB, recipe.attentionA) : (recipe.generatorBA, recipe.attentionB)
    evaluating {
      let map = recipe.attention(images, direction)
      #expect(map.shape == [2, 1, 16, 16] && map.floats.allSatisfy { (0...1).contains($0) })
      expectClose(
        recipe.translate(images, direction), map * network(images) + (1 - map) * images,
        relative: 1e-4, absolute: 1e-5)
      // The last layer alone decides once its kernel is 0: tanh(0) and tanh(20).
      for (bias, expected) in [(0.0, images), (20, network(images))] {
        attention.namedParameters.filter { $0.key.hasPrefix("output.") }.forEach { key, parameter in
          parameter.assign(.full(parameter.value.shape, key.hasSuffix("bias") ? bias : 0))
        }
        expectClose(recipe.translate(images, direction), expected, relative: 1e-5, absolute: 1e-6)
      }
    }
  }

  @Test("sheets show input, output, map and the way back of both directions")
  func preview() throws {
    let recipe = recipe()
    let (a, b) = (images(3), images(3))
    let material = PreviewMaterial(shape: data, parts: [a, b], seed: 1, on: .cpu)
    let rows = try #require(evaluating { recipe.preview(of: material) }).rows
    #expect(rows.map { $0.size(1) } == [3, 3, 1, 3, 3, 3, 1, 3])
    expectEqual(rows[0], a)
    expectEqual(rows[4], b)
    expectEqual(rows[5], evaluating { recipe.translate(b, .ba) })
    expectEqual(rows[6], evaluating { recipe.attention(b, .ba) * 2 - 1 })
    expectEqual(rows[7], evaluating { recipe.translate(rows[5], .ab) })
  }

  @Test("masks alone are asked for where there are any, and the maps come nearer to them")
  func masks() throws {
    #expect(AttentionGAN.layout(.with { $0.variant = .supervised }).needs(.mask))
    #expect(!AttentionGAN.layout(.init()).needs(.mask))
    var recipe = recipe { ($0.variant, $0.learningRate, $0.maskWeight) = (.supervised, 5e-3, 10) }
    let (a, b) = (images(), images())
    let mask = (a.narrowed(1, from: 0, length: 1) .> 0).cast(to: .float32)
    let other = (b.narrowed(1, from: 0, length: 1) .> 0).cast(to: .float32)
    let batch = MaybeMaskedBatch(a: a, b: b, masks: (mask, other))
    func error(_ report: StepReport) throws -> Double {
      #expect(report["loss/sparsity"] == nil && report["loss/consistency"] == nil)
      return try #require(report["loss/masks"]).item()
    }
    let first = try error(recipe.step(batch))
    for _ in 0..<25 { _ = recipe.step(batch) }
    let last = try error(recipe.step(batch))
    #expect(last < first, "\(first), then \(last)")
  }

  @Test("rates fall to a tenth after shares of the run, or stay where its length is not known")
  func rates() {
    let optimizer = recipe { $0.decayInterval = 0.4 }.generatorOptimizer
    let rates = [0, 399, 400, 799, 800].map(optimizer.schedule.rate(after:))
    for (found, expected) in zip(rates, [2e-4, 2e-4, 2e-5, 2e-5, 2e-6]) {
      #expect(abs(found - expected) < 1e-9)
    }
    #expect(recipe(steps: nil).generatorOptimizer.schedule == .constant(2e-4))
    #expect(recipe { $0.decayInterval = 1 }.generatorOptimizer.schedule == .constant(2e-4))
    for share in [0, -0.5, 1.5] {
      #expect(throws: ConfigError.self) {
        try AttentionGAN.Config.with { $0.decayInterval = share }.validate()
      }
    }
  }

  @Test("domains of unequal channels are refused")
  func channels() {
    let uneven = DataShape(channels: 3, height: 16, width: 16, inputChannels: 1)
    let error = #expect(throws: ConfigError.self) {
      try AttentionGAN.validate(.with { $0.discriminatorLayers = 2 }, for: uneven)
    }
    #expect(error?.description.contains("equal channels") == true)
  }
}
