import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// Which layers the two domains of CoGAN share, and what follows from it.
@Suite("CoGAN", .reproducible)
struct CoGANTests {
  init() { LibTorch.threads = 1 }

  private let data = DataShape(channels: 3, height: 16, width: 16, inputChannels: 1)
  private let labeled = DataShape(channels: 1, height: 16, width: 16, classes: 4, inputChannels: 1)

  private func recipe(_ data: DataShape? = nil) -> CoGAN {
    CoGAN(
      .with { ($0.latentSize, $0.generatorWidth, $0.discriminatorWidths) = (8, 4, [3, 4, 6]) },
      for: RunShape(data: data ?? self.data, batchSize: 4), on: .cpu)
  }

  private func adapting(sourceOnly: Bool) -> AdaptingCoGAN {
    AdaptingCoGAN(
      .with {
        ($0.latentSize, $0.generatorWidth, $0.discriminatorWidths) = (8, 4, [3, 4, 6])
        $0.sourceOnly = sourceOnly
      }, for: RunShape(data: labeled, batchSize: 4), on: .cpu)
  }

  private func shapes(_ module: some Module) -> [String: [Int]] {
    module.namedParameters.reduce(into: [:]) { $0[$1.key] = $1.parameter.value.shape }
      .filter { $0.value.count > 1 }
  }

  @Test("the networks for digits are the published ones")
  func published() {
    let digits = DataShape(channels: 1, height: 28, width: 28, inputChannels: 1)
    let recipe = CoGAN(.init(), for: RunShape(data: digits), on: .cpu)
    #expect(
      shapes(recipe.generator.trained) == [
        "shared.1.weight": [100, 1024, 4, 4], "shared.4.weight": [1024, 512, 3, 3],
        "shared.7.weight": [512, 256, 3, 3], "shared.10.weight": [256, 128, 3, 3],
        "output_a.0.weight": [128, 1, 6, 6], "output_b.0.weight": [128, 1, 6, 6],
      ])
    #expect(
      shapes(recipe.discriminator) == [
        "input_a.weight": [20, 1, 5, 5], "input_b.weight": [20, 1, 5, 5],
        "shared.1.weight": [50, 20, 5, 5], "shared.3.weight": [500, 50, 4, 4],
        "output.weight": [2, 500],
      ])
    #expect(CoupledGenerator.sides(of: 28) == [4, 7, 13, 25])
    #expect(CoupledGenerator.sides(of: 32) == [4, 8, 15, 29])
  }

  @Test("both domains are drawn by the layers near the noise, each by a last one of its own")
  func generators() {
    let recipe = recipe()
    let latent = recipe.prior.sample(3, on: .cpu)
    func drawn() -> [[Float]] {
      let pairs = evaluating { recipe.generatePairs(latent) }
      return [pairs.a.floats, pairs.b.floats]
    }
    let network = recipe.generator.trained
    let parts: [(any Module, [Bool])] = [
      (network.outputA, [true, false]), (network.outputB, [false, true]),
      (network.shared, [true, true]),
    ]
    for (part, expected) in parts {
      let before = drawn()
      for parameter in part.parameters { parameter.assign(parameter.value.detached() + 0.1) }
      #expect(zip(before, drawn()).map { $0 != $1 } == expected)
    }
  }

  @Test("images are judged by a first layer of their domain, and by the same from there on")
  func discriminators() {
    let grey = DataShape(channels: 1, height: 16, width: 16, inputChannels: 1)
    let network = recipe(grey).discriminator
    let (a, b) = (Tensor.uniform([3, 1, 16, 16], -1, 1), Tensor.uniform([3, 1, 16, 16], -1, 1))
    func judged(_ first: Tensor, _ second: Tensor) -> [Tensor] {
      let values = network.realness(of: network.features(first, second))
      return [values[0..<3], values[3..<6]]
    }
    #expect(judged(a, b)[0].floats != judged(b, a)[1].floats)
    network.inputB.copyValues(from: network.inputA)
    expectEqual(judged(a, b)[0], judged(b, a)[1])
    expectEqual(judged(a, b)[1], judged(b, a)[0])
  }

  @Test("weights start by Glorot's rule for rectifiers, biases at 0.1, slopes at a quarter")
  func start() {
    let recipe = recipe()
    for (key, parameter) in recipe.namedParameters {
      let (value, shape) = (parameter.value.detached(), parameter.value.shape)
      guard shape.count > 1 else {
        let expected: Float = key.hasSuffix("bias") ? 0.1 : 0.25
        #expect(value.floats.allSatisfy { $0 == expected }, "\(key)")
        continue
      }
      let fans = Double(shape[0] + shape[1]) * Double(shape.dropFirst(2).reduce(1, *))
      let (bound, found) = ((12 / fans).squareRoot(), value.abs().maximum().item())
      #expect(found <= bound * 1.0001 && found > 0.7 * bound, "\(key): \(found), \(bound)")
    }
    #expect(recipe.prior == .normal(8))
  }

  @Test("images may be of different colours, and any squares that hold the kernels")
  func sizes() throws {
    for side in [16, 17, 22, 28, 32] {
      let data = DataShape(channels: 3, height: side, width: side, inputChannels: 1)
      try CoGAN.validate(.init(), for: data)
      var recipe = recipe(data)
      let pairs = evaluating { recipe.generatePairs(recipe.prior.sample(2, on: .cpu)) }
      #expect(pairs.a.shape == [2, 1, side, side] && pairs.b.shape == [2, 3, side, side])
      let report = recipe.step(randomBatch(4, for: CoGAN.self, .unpaired, data))
      #expect(report.read().allSatisfy { $0.value.isFinite })
    }
    for (height, width) in [(15, 15), (16, 24)] {
      let data = DataShape(channels: 1, height: height, width: width, inputChannels: 1)
      let error = #expect(throws: ConfigError.self) { try CoGAN.validate(.init(), for: data) }
      let message = "cogan needs square images from 16 up, found \(height)x\(width)"
      #expect(error?.description == message)
    }
  }

  @Test("a sheet has the second images below the first ones of the same noise")
  func preview() throws {
    let recipe = recipe()
    let material = PreviewMaterial(shape: data, parts: [], seed: 3, on: .cpu)
    let rows = try #require(evaluating { recipe.preview(of: material) }?.rows)
    #expect(rows.map { $0.size(1) } == [1, 3, 1, 3, 1, 3, 1, 3])
    let noise = material.noise(recipe.prior, 32)
    let pairs = evaluating { recipe.generatePairs(noise) }
    expectClose(rows[2], pairs.a[8..<16], relative: 1e-4, absolute: 1e-5)
    expectClose(rows[3], pairs.b[8..<16], relative: 1e-4, absolute: 1e-5)
  }

  @Test("both domains are compared with images of their own")
  func comparisons() {
    let recipe = recipe()
    let latent = recipe.prior.sample(2, on: .cpu)
    let pairs = evaluating { recipe.generatePairs(latent) }
    let found = recipe.comparisons(on: .unpaired)
    #expect(found.map(\.name) == ["b/", "a/"] && found.map(\.target) == [1, 0])
    expectEqual(evaluating { found[0].output(latent, nil) }, pairs.b)
    expectEqual(evaluating { found[1].output(latent, nil) }, pairs.a)
  }

  @Test("the source alone teaches its first layer and what is shared, which then read the target")
  func sourceAlone() {
    var recipe = adapting(sourceOnly: true)
    let before = recipe.discriminator.namedParameters.map { ($0.key, $0.parameter.value.rawBytes) }
    let updates = GradientProbe.record(descendingAt: 0.1) {
      let batch = randomBatch(4, for: AdaptingCoGAN.self, .adaptation, self.labeled)
      #expect(recipe.step(batch).entries.map(\.name) == ["loss/class"])
    }
    #expect(updates.count == 1)
    let rest = zip(before, recipe.discriminator.parameters).filter { old, parameter in
      old.1 == parameter.value.detached().rawBytes
    }
    #expect(
      rest.map(\.0.0) == ["input_b.weight", "input_b.bias", "output.weight", "output.bias"])
    let images = Tensor.uniform([2, 1, 16, 16], -1, 1)
    let network = recipe.discriminator
    expectEqual(recipe.classify(images), network.classified(images, by: network.inputA))
    let both = adapting(sourceOnly: false)
    expectEqual(
      both.classify(images), both.discriminator.classified(images, by: both.discriminator.inputB))
  }
}
