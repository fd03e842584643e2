import Foundation
import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("SGAN", .reproducible)
struct SGANTests {
  init() { LibTorch.threads = 1 }

  private let shape = DataShape(channels: 1, height: 16, width: 16, classes: 4)

  private func recipe(_ settings: (field: String, value: String)...) throws -> SGAN {
    let small = [
      ("generatorWidth", "4"), ("discriminatorWidth", "4"), ("discriminatorWidths", "12,8"),
    ]
    return SGAN(try SGAN.Config().setting(small + settings), for: RunShape(data: shape), on: .cpu)
  }

  private func batch() -> PartlyLabeledBatch {
    func images() -> Tensor { Tensor.uniform([8, 1, 16, 16], -1, 1).contiguous(.channelsLast) }
    return PartlyLabeledBatch(
      labeled: LabeledBatch(images: images(), labels: .randomIntegers([8], below: 4)),
      images: images())
  }

  /// Both parametrisations against the softmax with a class "generated" written out.
  @Test("the probability of real and generated images adds up to 1")
  func probabilities() throws {
    let outputs = Tensor([1, 2, 3, 4, -2, 0, 0, 0, 0, 0] as [Float], shape: [2, 5])
    let odena = try recipe(("objective", "odena")).discriminator
    let p = outputs.softmax(axis: 1)
    expectClose(odena.logGenerated(outputs).exp(), p.selected(1, 4), relative: 1e-5)
    expectClose(odena.logReal(outputs).exp(), 1 - p.selected(1, 4), relative: 1e-5)
    let matching = try recipe(("objective", "matching")).discriminator
    let z = outputs.exp().sum(axes: [1])
    expectClose(matching.logReal(outputs).exp(), z / (z + 1), relative: 1e-5)
    expectClose(matching.logGenerated(outputs).exp(), 1 / (z + 1), relative: 1e-5)
  }

  @Test(
    "classes are told apart without the class of generated images",
    arguments: ["odena", "matching"])
  func classes(objective: String) throws {
    var recipe = try recipe(("objective", objective))
    _ = recipe.step(batch())
    let images = batch().images
    let (first, second) = withMode(.evaluation) {
      withoutGradients { (recipe.classify(images), recipe.classify(images)) }
    }
    #expect(first.shape == [8, 4])
    expectEqual(first, second, "noise in evaluation mode")
  }

  @Test(
    "without the weight of unlabelled images only labels are learned",
    arguments: ["odena", "matching"])
  func supervised(objective: String) throws {
    var recipe = try recipe(
      ("objective", objective), ("unlabeledWeight", "0"), ("learningRate", "0.01"))
    let before = recipe.generator.stateDictionary.mapValues { $0.cloned() }
    let fixed = batch()
    var losses: [Double] = []
    for _ in 0..<60 {
      let report = recipe.step(
        PartlyLabeledBatch(labeled: fixed.labeled, images: .full([8, 1, 16, 16], .nan)))
      #expect(report.entries.map(\.name) == ["loss/D"])
      losses.append(report["loss/D"]?.item() ?? .nan)
    }
    #expect(losses[59] < 0.7 * losses[0], "\(losses[0]), \(losses[59])")
    expectSameState(recipe.generator.stateDictionary, before)
  }
}
