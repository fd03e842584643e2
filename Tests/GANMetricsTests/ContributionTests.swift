import Foundation
import GANMetrics
import Testing
import Torch
import TorchNN

@Suite("Class contributions")
struct ContributionTests {
  /// What is left of the scores when the sums over all places are taken away.
  private func rest(_ found: ClassContributions) -> Tensor {
    found.logits - found.maps.sum(axes: [2, 3])
  }

  @Test("Behind global pooling, places add up to the scores less the bias")
  func residual() throws {
    Randomness.seed(7)
    let network = ResidualClassifier(classes: 5, width: 8)
    let images = Tensor.uniform([3, 3, 32, 32], 0, 1)
    let classifier = ResidualFeatures(network, checksum: "")
    let found = try classifier.contributions(in: images)
    #expect(found.maps.shape == [3, 5, 4, 4])
    let bias = try #require(network.stateDictionary["fc.bias"])
    #expect((rest(found) - bias).abs().maximum().item() < 1e-4)
    let logits = try classifier.logits(images)
    #expect((found.logits - logits).abs().maximum().item() < 1e-5)
  }

  @Test("Behind the head of the digits classifier, with the open features' biases")
  func digits() throws {
    Randomness.seed(8)
    let network = DigitsClassifier(classes: 4)
    let images = Tensor.uniform([3, 1, 28, 28], 0, 1)
    let classifier = DigitsFeatures(network, checksum: "")
    let found = try classifier.contributions(in: images)
    #expect(found.maps.shape == [3, 4, 8, 8])
    let state = network.stateDictionary
    let open = (try classifier.features(images) .> 0).cast(to: .float32)
    let hidden = open * (try #require(state["embed.bias"]))
    let weight = try #require(state["fc.weight"])
    let offset = hidden.matmul(weight.transposed()) + (try #require(state["fc.bias"]))
    #expect((rest(found) - offset).abs().maximum().item() < 1e-4)
    #expect(found.maps.abs().maximum().item() > 1e-6)
    #expect((found.logits - (try classifier.logits(images))).abs().maximum().item() < 1e-5)
  }
}
