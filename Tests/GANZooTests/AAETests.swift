import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("Adversarial autoencoders", .reproducible)
struct AAETests {
  init() { LibTorch.threads = 1 }

  private let shape = DataShape(channels: 1, height: 8, width: 8, classes: 4)
  private var run: RunShape { RunShape(data: shape) }

  private func config(_ change: (inout AAE.Config) -> Void = { _ in }) -> AAE.Config {
    .with {
      ($0.encoderWidths, $0.generatorWidths, $0.discriminatorWidths) = ([16], [16], [16])
      change(&$0)
    }
  }

  private func images() -> Tensor {
    Tensor.uniform([8, 1, 8, 8], -1, 1).contiguous(.channelsLast)
  }

  private func values(_ recipe: some Recipe) -> [String: Tensor] {
    recipe.stateDictionary.mapValues { $0.cloned() }
  }

  private func changed(_ recipe: some Recipe, since before: [String: Tensor]) -> Set<String> {
    Set(
      recipe.namedParameters.filter { before[$0.key]?.rawBytes != $0.parameter.value.rawBytes }
        .compactMap { $0.key.split(separator: ".").first.map(String.init) })
  }

  @Test("without the adversary it is a plain autoencoder")
  func plain() {
    var recipe = AAE(config { $0.adversarialWeight = 0 }, for: run, on: .cpu)
    let before = values(recipe)
    let report = recipe.step(MaybePartlyLabeledBatch(images: images(), labeled: nil))
    #expect(report.entries.map(\.name) == ["loss/reconstruction"])
    #expect(changed(recipe, since: before) == ["encoder", "generator"])
  }

  @Test("reconstruction is learned, and codes come to lie like the prior's")
  func learns() {
    // Two kinds of images: the codes of an autoencoder alone would be two points.
    var recipe = AAE(
      config {
        ($0.latentSize, $0.encoderWidths, $0.generatorWidths) = (1, [64], [64])
        ($0.discriminatorWidths, $0.learningRate, $0.adversarialRate) = ([64], 1e-3, 1e-3)
      }, for: run, on: .cpu)
    let shade = Tensor.uniform([256, 1, 1, 1], -1, 1)
    let images = (shade + Tensor.zeros([256, 1, 8, 8])).contiguous(.channelsLast)
    let batch = MaybePartlyLabeledBatch(images: images, labeled: nil)
    for _ in 0..<600 { _ = recipe.step(batch) }
    let (codes, again) = evaluating { (recipe.encode(images), recipe.reconstruct(images)) }
    let (mean, square) = (codes.mean().item(), codes.squared().mean().item())
    #expect(abs(mean) < 0.4 && abs(square - 1) < 0.5, "\(mean), \(square)")
    #expect((again - images).squared().mean().item() < 0.05)
  }

  @Test("a prior that does not fit is refused in one line")
  func priors() throws {
    func refusal(_ words: String, _ change: (inout AAE.Config) -> Void) {
      let config = config(change)
      let error = #expect(throws: ConfigError.self) { try AAE.validate(config, for: shape) }
      let text = error.map { "\($0)" } ?? ""
      #expect(text.contains(words) && !text.contains("\n"), "\(text)")
    }
    refusal("'prior': expected mixture or swiss-roll") {
      ($0.variant, $0.prior) = (.labeled, .gaussian)
    }
    refusal("'latentSize': expected 2") { ($0.prior, $0.latentSize) = (.mixture, 3) }
    refusal("'latentSize': expected 2") { ($0.prior, $0.latentSize) = (.swissRoll, 8) }
    refusal("aae needs labelled images of 10 classes, found 4") { $0.variant = .labeled }
    try AAE.validate(config { ($0.variant, $0.components) = (.labeled, 4) }, for: shape)
    try AAE.validate(config { ($0.variant, $0.prior) = (.labeled, .swissRoll) }, for: shape)
    try AAE.validate(config { $0.prior = .mixture }, for: shape)
  }

  @Test("labels choose their prior: a mixture, in the plane")
  func labeledDefaults() throws {
    let config = AAE.Config.with { $0.variant = .labeled }
    #expect(config.prior == .mixture && config.latentSize == 2)
    #expect(try AAE.Config().setting([("variant", "labeled")]) == config)
    #expect(AAE.layout(config) == .partlyLabeled && AAE.layout(AAE.Config()) == .images)
  }

  @Test("labels alone teach the encoder alone")
  func labelsAlone() {
    let config = SemiAAE.Config.with {
      ($0.encoderWidths, $0.generatorWidths, $0.discriminatorWidths) = ([16], [16], [16])
      $0.unlabeledWeight = 0
    }
    var recipe = SemiAAE(config, for: run, on: .cpu)
    let before = values(recipe)
    let labeled = LabeledBatch(images: images(), labels: .randomIntegers([8], below: 4))
    let report = recipe.step(PartlyLabeledBatch(labeled: labeled, images: images()))
    #expect(report.entries.map(\.name) == ["loss/labeled"])
    #expect(changed(recipe, since: before) == ["encoder"])
  }

  @Test("codes are a style and a distribution over the categories")
  func categories() {
    let config = ClusteringAAE.Config.with {
      ($0.encoderWidths, $0.generatorWidths, $0.discriminatorWidths) = ([16], [16], [16])
      ($0.styleSize, $0.clusters) = (3, 6)
    }
    var recipe = ClusteringAAE(config, for: run, on: .cpu)
    _ = recipe.step(ImageBatch(images: images()))
    let images = images()
    let (codes, logits) = evaluating { (recipe.encode(images), recipe.inferCodes(images)) }
    #expect(codes.shape == [8, 9] && logits.map(\.shape) == [[8, 6]])
    expectClose(codes.sliced(1, 3..<9), logits[0].softmax(axis: 1), relative: 1e-5)
    #expect(recipe.codes.map(\.columns) == [3..<9])
  }
}
