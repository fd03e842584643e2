import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What is particular of self-attention between spectrally normalised blocks.
@Suite("Self-attention", .reproducible)
struct SAGANTests {
  init() { LibTorch.threads = 1 }

  private func recipe(
    side: Int = 32, _ change: (inout SAGAN.Config) -> Void = { _ in }
  ) -> SAGAN {
    let config = SAGAN.Config.with {
      ($0.generatorWidth, $0.discriminatorWidth, $0.latentSize) = (8, 4, 6)
      change(&$0)
    }
    let data = DataShape(channels: 1, height: side, width: side, classes: 3)
    return SAGAN(config, for: RunShape(data: data), on: .cpu)
  }

  /// Channels say where the attention lies: they halve with every doubling.
  @Test("attention lies at the size asked for, at most at half the image's")
  func place() throws {
    func channels(_ side: Int, _ attention: Int) throws -> [Int] {
      let recipe = recipe(side: side) { $0.attention = attention }
      return try [recipe.generator.trained, recipe.discriminator].map { (network: any Module) in
        let state = network.stateDictionary
        return try #require(state["attention.query.weight"]).size(1)
      }
    }
    // Generator: 4x4 and 8x8 have 32 channels (of width 8), 16x16 has 16, 32x32 has 8.
    #expect(try channels(32, 4) == [32, 16])
    #expect(try channels(32, 8) == [32, 8])
    #expect(try channels(32, 16) == [16, 4])
    #expect(try channels(32, 32) == [16, 4] && channels(32, 1024) == [16, 4])
    #expect(try channels(64, 32) == [16, 4] && channels(8, 32) == [8, 4])
  }

  @Test("0 leaves attention out, and nothing else changes")
  func off() {
    let (with, without) = (recipe(), recipe { $0.attention = 0 })
    func keys(_ recipe: SAGAN) -> Set<String> { Set(recipe.namedParameters.map(\.key)) }
    let attention = keys(with).subtracting(keys(without))
    #expect(keys(without).isSubset(of: keys(with)))
    #expect(
      attention
        == Set(
          ["generator", "discriminator"].flatMap { player in
            ["query.weight", "key.weight", "value.weight", "output.weight", "gamma"]
              .map { "\(player).attention.\($0)" }
          }))
  }

  @Test("every weight but those of normalisations has a power iteration, in both players")
  func spectral() {
    let recipe = recipe { $0.conditional = true }
    let state = recipe.stateDictionary
    let norms = ["norm.", "norm1.", "norm2."]
    for key in recipe.namedParameters.map(\.key) where key.hasSuffix("weight") {
      let isNorm = norms.contains { key.contains(".\($0)") }
      let direction = key.dropLast("weight".count) + "u"
      #expect((state[String(direction)] != nil) == !isNorm, "\(key)")
    }
    #expect(state["discriminator.embedding.u"] != nil)
  }

  /// Both networks are seen three times in a step; their vectors move once.
  @Test("a step is one power iteration of each player")
  func iterations() throws {
    var recipe = recipe()
    let networks: [any Module] = [recipe.generator.trained, recipe.discriminator]
    func expected(_ state: [String: Tensor]) throws -> Tensor {
      let weight = try #require(state["output.weight"]).flattened(from: 1)
      let u = try #require(state["output.u"]).reshaped(to: [-1, 1])
      let v = weight.transposed().matmul(u)
      let next = weight.matmul(v / v.norm())
      return (next / next.norm()).flattened()
    }
    let before = networks.map { $0.stateDictionary.mapValues { $0.cloned() } }
    let images = Tensor.uniform([4, 1, 32, 32], -1, 1).contiguous(.channelsLast)
    _ = recipe.step(MaybeLabeledBatch(images: images, labels: nil))
    for (network, old) in zip(networks, before) {
      let found = try #require(network.stateDictionary["output.u"])
      expectClose(found, try expected(old), relative: 1e-4, absolute: 1e-5)
    }
    let counts = recipe.generator.trained.namedBuffers.filter {
      $0.key.hasSuffix("num_batches_tracked")
    }
    #expect(counts.allSatisfy { $0.buffer.value.integers == [1] } && !counts.isEmpty)
  }

  @Test("two rates")
  func rates() {
    let recipe = recipe()
    #expect(recipe.generatorOptimizer.schedule == .constant(1e-4))
    #expect(recipe.discriminatorOptimizer.schedule == .constant(4e-4))
  }

  @Test("sizes of attention that no maps have are refused")
  func refusals() {
    for attention in [-4, 1, 2, 12, 2048] {
      #expect(throws: ConfigError.self) {
        try SAGAN.Config.with { $0.attention = attention }.validate()
      }
    }
    for attention in [0, 4, 32, 1024] {
      #expect(throws: Never.self) {
        try SAGAN.Config.with { $0.attention = attention }.validate()
      }
    }
  }
}
