import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("VAE/GAN", .reproducible)
struct VAEGANTests {
  init() { LibTorch.threads = 1 }

  private static let tiny = VAEGAN.Config.with {
    ($0.latentSize, $0.encoderFeatures, $0.discriminatorFeatures) = (6, 16, 12)
    ($0.encoderWidths, $0.decoderWidths) = ([4, 6, 8], [8, 6, 4])
    ($0.discriminatorWidths, $0.similarityWeight) = ([4, 6, 8, 8], 0.001)
  }

  private func recipe(_ change: (inout VAEGAN.Config) -> Void = { _ in }) -> VAEGAN {
    var config = Self.tiny
    change(&config)
    let data = DataShape(channels: 1, height: 16, width: 16)
    return VAEGAN(config, for: RunShape(data: data, batchSize: 8), on: .cpu)
  }

  private func batch() -> ImageBatch {
    ImageBatch(images: Tensor.uniform([8, 1, 16, 16], -1, 1).contiguous(.channelsLast))
  }

  @Test(
    "a player far ahead rests; where both would, both move",
    arguments: [
      (0.7, 0.7, true, true), (0.3, 0.7, true, false), (0.7, 0.3, true, false),
      (1.1, 0.7, false, true), (0.7, 1.1, false, true), (0.3, 1.1, true, true),
      (1.1, 0.3, true, true), (0.3, 0.3, true, false), (1.1, 1.1, false, true),
    ])
  func balance(_ real: Double, _ fake: Double, _ decoder: Bool, _ discriminator: Bool) {
    let costs = DiscriminatorCosts(real: .scalar(real), fake: .scalar(fake))
    let moves = costs.moves(equilibrium: 0.7, margin: 0.3)
    #expect(moves.decoder.all().item() == (decoder ? 1 : 0))
    #expect(moves.discriminator.all().item() == (discriminator ? 1 : 0))
  }

  @Test("reconstructions count among the fakes by their weight", arguments: [0, 1, 3])
  func fakes(_ weight: Double) {
    let logits = Tensor([2, 2, -1, -1, 0.5, 0.5] as [Float])
    func softplus(_ value: Double) -> Double { Tensor.scalar(value).softplus().item() }
    let costs = DiscriminatorCosts(logits, reconstructionWeight: weight)
    let expected = (softplus(0.5) + weight * softplus(-1)) / (1 + weight)
    #expect(abs(costs.real.item() - softplus(-2)) < 1e-6)
    #expect(abs(costs.fake.item() - expected) < 1e-6)
  }

  /// All costs are far below 9, then far above 0.
  @Test(
    "who rests keeps weights and moments to the bit, the others move",
    arguments: [(9.0, "discriminator"), (0.0, "generator")])
  func rests(_ equilibrium: Double, _ resting: String) throws {
    var recipe = recipe { ($0.equilibrium, $0.margin) = (equilibrium, 0) }
    func state() -> [String: [UInt8]] {
      let moments = recipe.stateDictionary.filter {
        $0.key.contains("_optimizer.") && !$0.key.hasSuffix("updates.count")
      }
      let parameters = recipe.namedParameters.map { ($0.key, $0.parameter.value.detached()) }
      return moments.merging(parameters) { $1 }.mapValues(\.rawBytes)
    }
    let before = state()
    for _ in 0..<3 {
      let report = recipe.step(batch())
      #expect(report["balance/D"]?.item() == (resting == "discriminator" ? 0 : 1))
      #expect(report["balance/G"]?.item() == (resting == "generator" ? 0 : 1))
    }
    for (key, bits) in state() {
      #expect((bits == before[key]) == key.hasPrefix(resting), "\(key)")
    }
    let optimizer = try #require(recipe.part("\(resting)_optimizer") as? any Optimizer)
    #expect(optimizer.updates.value == 3)
  }

  @Test("codes are means, and their images reconstructions")
  func encoding() {
    let (recipe, images) = (recipe(), batch().images)
    evaluating {
      let codes = recipe.encode(images)
      #expect(codes.shape == [8, 6])
      expectEqual(recipe.encode(images), codes, "no noise")
      expectEqual(
        recipe.reconstruct(images), recipe.generate(codes, labels: nil), "reconstruction")
      expectEqual(recipe.encoder.inUse(images).sliced(1, 0..<6), codes, "the first half")
    }
  }

  @Test("codes come from the averaged encoder")
  func average() {
    var recipe = recipe { $0.ema = 0.9 }
    for _ in 0..<3 { _ = recipe.step(batch()) }
    let images = batch().images
    evaluating {
      let codes = recipe.encode(images)
      #expect(codes.floats != recipe.encoder.trained(images).sliced(1, 0..<6).floats)
    }
  }

  @Test("without a learned similarity there is no discriminator")
  func plain() {
    var recipe = recipe { $0.similarity = .pixels }
    #expect(recipe.parts.allSatisfy { !$0.name.hasPrefix("discriminator") })
    let names = recipe.step(batch()).entries.map(\.name)
    #expect(names == ["loss/encoder", "loss/prior", "loss/G"])
  }

  @Test("a plain VAE learns to reconstruct a few images")
  func learns() {
    var recipe = recipe { ($0.similarity, $0.learningRate) = (.pixels, 3e-3) }
    let batch = batch()
    func similarity() -> Double { recipe.step(batch)["loss/G"]?.item() ?? .infinity }
    let first = similarity()
    for _ in 0..<150 { _ = recipe.step(batch) }
    #expect(similarity() < 0.6 * first)
  }
}
