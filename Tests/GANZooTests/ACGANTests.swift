import Foundation
import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What is particular of a discriminator that tells classes, too.
@Suite("An auxiliary classifier", .reproducible)
struct ACGANTests {
  init() { LibTorch.threads = 1 }

  private func recipe(
    side: Int = 16, _ change: (inout ACGAN.Config) -> Void = { _ in }
  ) -> ACGAN {
    let config = ACGAN.Config.with {
      ($0.generatorWidths, $0.discriminatorWidth, $0.latentSize) = ([8, 4], 2, 6)
      change(&$0)
    }
    let data = DataShape(channels: 1, height: side, width: side, classes: 3)
    return ACGAN(config, for: RunShape(data: data), on: .cpu)
  }

  private func batch(_ count: Int, side: Int = 16) -> LabeledBatch {
    LabeledBatch(
      images: Tensor.uniform([count, 1, side, side], -1, 1).contiguous(.channelsLast),
      labels: .randomIntegers([count], below: 3))
  }

  /// The class of an image reaches the generator only through its one-hot columns.
  @Test("the generator's input is noise and the one-hot class")
  func input() throws {
    let recipe = recipe()
    #expect(recipe.generator.trained.parameters[0].value.shape == [8 * 16, 6 + 3])
    let latent = Tensor.randn([1, 6]).expanded(to: [3, 6])
    let images = evaluating { recipe.generate(latent, labels: Tensor([0, 1, 0])) }
    expectClose(images[0..<1], images[2..<3], relative: 1e-4, absolute: 1e-7)
    let difference = (images[0..<1] - images[1..<2]).abs().maximum().item() as Double
    #expect(difference > 1e-6)
  }

  @Test("sides that halve unevenly fit the linear layer", arguments: [12, 20, 28])
  func sides(_ side: Int) {
    var recipe = recipe(side: side)
    for (name, value) in recipe.step(batch(4, side: side)).read() {
      #expect(value.isFinite, "\(name)")
    }
    let logits = evaluating { recipe.classify(batch(4, side: side).images) }
    #expect(logits.shape == [4, 3])
  }

  @Test("loss/class is the whole of it at first: source and class know nothing")
  func firstLosses() throws {
    var recipe = recipe()
    let losses = recipe.step(batch(64)).read()
    let value = { (name: String) in try #require(losses.first { $0.name == name }?.value) }
    for (name, expected) in [
      ("loss/class", 2 * log(3.0)), ("loss/D", 2 * log(3.0) + 2 * log(2.0)),
      ("loss/G", log(3.0) + log(2.0)),
    ] {
      let found = try value(name)
      #expect(abs(found / expected - 1) < 0.1, "\(name): \(found), expected \(expected)")
    }
  }

  @Test("images that a class can be told from are learned to be told apart")
  func learns() {
    var recipe = recipe { ($0.learningRate, $0.dropout) = (2e-3, 0) }
    func labelled() -> LabeledBatch {
      let labels = Tensor.randomIntegers([24], below: 3)
      let level = labels.cast(to: .float32).reshaped(to: [24, 1, 1, 1]) * 0.8 - 0.8
      let noise = Tensor.uniform([24, 1, 16, 16], -0.1, 0.1)
      return LabeledBatch(
        images: (noise + level).contiguous(.channelsLast), labels: labels)
    }
    for _ in 0..<150 { _ = recipe.step(labelled()) }
    let test = labelled()
    let found = evaluating { recipe.classify(test.images) }.argmax(axis: 1).integers
    #expect(zip(found, test.labels.integers).filter(==).count >= 22)
  }

  @Test("too many doublings are refused")
  func refusals() {
    let config = ACGAN.Config.with { $0.generatorWidths = .init(repeating: 2, count: 11) }
    let error = #expect(throws: ConfigError.self) { try config.validate() }
    #expect(error?.description.contains("generatorWidths") == true)
  }
}
