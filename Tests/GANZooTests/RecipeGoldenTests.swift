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
  @Test("gan") func gan() throws {
    var config = GAN.Config()
    (config.latentSize, config.generatorWidths, config.discriminatorWidths) = (
      16, [16, 32], [32, 16]
    )
    try replay(GAN.self, config, "gan")
  }

  @Test("gan, maxout") func ganMaxout() throws {
    var config = GAN.Config()
    config.architecture = .maxout
    (config.latentSize, config.generatorWidths, config.discriminatorWidths) = (16, [24], [12])
    try replay(GAN.self, config, "gan-maxout")
  }

  @Test("dcgan", arguments: ["dcgan-k5", "dcgan-k4", "dcgan-resize"])
  func dcgan(name: String) throws {
    var config = DCGAN.Config()
    (config.latentSize, config.generatorWidth, config.discriminatorWidth) = (16, 4, 4)
    config.kernelSize = name == "dcgan-k5" ? 5 : 4
    config.upsampling = name == "dcgan-resize" ? .resize : .transposed
    try replay(DCGAN.self, config, name)
  }

  @Test("wgan-gp, fully connected") func wganGP() throws {
    var config = WGANGP.Config()
    (config.latentSize, config.generatorWidths, config.criticWidths) = (16, [16, 32], [32, 16])
    config.criticSteps = 2
    try replay(WGANGP.self, config, "wgan-gp-mlp")
  }

  @Test("wgan-gp, residual") func wganGPResNet() throws {
    var config = WGANGP.Config()
    (config.architecture, config.latentSize, config.width) = (.resnet, 16, 8)
    config.criticSteps = 2
    try replay(WGANGP.self, config, "wgan-gp-resnet")
  }

  @Test("cgan") func cgan() throws {
    var config = CGAN.Config()
    (config.latentSize, config.generatorWidths, config.discriminatorWidths) = (
      16, [16, 32], [32, 16]
    )
    try replay(CGAN.self, config, "cgan")
  }

  @Test("cgan, maxout") func cganMaxout() throws {
    var config = CGAN.Config()
    config.architecture = .maxout
    (config.latentSize, config.generatorWidths, config.discriminatorWidths) =
      (16, [12, 10, 24], [12, 4, 10])
    try replay(CGAN.self, config, "cgan-maxout")
  }
}

// MARK: - Replay

/// Loads the fixture's weights into a new recipe, takes its two steps with the recorded draws, and
/// compares losses, gradients, final state and a sample.
private func replay<R: GenerativeRecipe>(_ type: R.Type, _ config: R.Config, _ name: String) throws
{
  let golden = try RecipeGolden(name)
  var recipe = R(config, data: try golden.shape(classes: 4), on: .cpu)
  try golden.loadInitial(into: recipe)
  for step in 0..<2 {
    let batch = R.Batch(
      images: try golden["step\(step)/batch/images"].contiguous(.channelsLast),
      labels: golden.file.tensors["step\(step)/batch/labels"])
    var report: StepReport = [:]
    let updates = RandomTape.replay(golden.all("step\(step)/random/").map(\.value)) {
      GradientProbe.record(descendingAt: 0.05) { report = recipe.step(batch) }
    }
    for entry in golden.all("step\(step)/loss/") {
      let found = try #require(report["loss/\(entry.key)"])
      expectClose(found, entry.value, "step \(step) loss \(entry.key)", relative: 1e-5)
    }
    try golden.compare(updates, step: step, of: recipe)
  }
  for (network, module) in recipe.networks {
    for (key, value) in module.stateDictionary {
      expectClose(value, try golden["final/\(network).\(key)"], "final \(network).\(key)")
    }
  }
  let input = try golden["sample/input"]
  let sample = withMode(.evaluation) {
    withoutGradients {
      recipe.generate(input, labels: golden.file.tensors["sample/labels"])
    }
  }
  expectClose(sample, try golden["sample/output"], "sample")
}

private struct RecipeGolden {
  let file: SafetensorsFile

  init(_ name: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/recipes")
    file = try SafetensorsFile(readingFrom: folder.appendingPathComponent("\(name).safetensors"))
  }

  subscript(key: String) -> Tensor {
    get throws { try #require(file.tensors[key], "fixture lacks \(key)") }
  }

  /// The tensors below a prefix in order of key, keyed by what follows it.
  func all(_ prefix: String) -> [(key: String, value: Tensor)] {
    file.tensors.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }
      .map { (String($0.key.dropFirst(prefix.count)), $0.value) }
  }

  func shape(classes: Int) throws -> DataShape {
    let images = try self["step0/batch/images"].shape
    return DataShape(channels: images[1], height: images[2], width: images[3], classes: classes)
  }

  func loadInitial(into recipe: some Recipe) throws {
    for (name, network) in recipe.networks {
      try network.load(
        Dictionary(uniqueKeysWithValues: all("initial/\(name).").map { ($0.key, $0.value) }))
    }
  }

  func compare(_ updates: [[Tensor]], step: Int, of recipe: some Recipe) throws {
    for (index, gradients) in updates.enumerated() {
      let expected = all("step\(step)/update\(index)/")
      #expect(expected.count == gradients.count)
      let network = try #require(expected.first?.key.split(separator: ".").first)
      let keys = recipe.networks[String(network)]?.namedParameters.map(\.key) ?? []
      for (key, gradient) in zip(keys, gradients) {
        expectClose(
          gradient, try self["step\(step)/update\(index)/\(network).\(key)"],
          "step \(step) update \(index) \(network).\(key)")
      }
    }
    #expect(file.tensors.keys.contains("step\(step)/update\(updates.count)/") == false)
  }
}

extension Recipe {
  fileprivate var networks: [String: any Module] {
    children.reduce(into: [:]) { result, child in
      if case .module(let module) = child.node, ["generator", "discriminator"].contains(child.name)
      {
        result[child.name] = module
      }
    }
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
