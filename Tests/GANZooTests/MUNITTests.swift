import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// What content is and what style is, where styles come from, and how the system starts.
@Suite("MUNIT", .reproducible)
struct MUNITTests {
  init() { LibTorch.threads = 1 }

  private let data = DataShape(channels: 3, height: 16, width: 16, inputChannels: 1)

  private func recipe(_ change: (inout MUNIT.Config) -> Void = { _ in }) -> MUNIT {
    let config = MUNIT.Config.with {
      ($0.contentHalvings, $0.styleHalvings, $0.residualBlocks) = (1, 3, 1)
      ($0.styleSize, $0.mlpWidth, $0.generatorWidth) = (3, 8, 4)
      ($0.discriminatorWidth, $0.discriminatorLayers, $0.scales) = (4, 2, 2)
      change(&$0)
    }
    return MUNIT(config, for: RunShape(data: data, batchSize: 2), on: .cpu)
  }

  private func images(_ channels: Int, _ count: Int = 2, side: Int = 16) -> Tensor {
    .uniform([count, channels, side, side], -1, 1).contiguous(.channelsLast)
  }

  @Test("adapted maps have the deviations and means that they are told")
  func adaptation() {
    let maps = (Tensor.randn([2, 4, 5, 5]) * 3 + 1).contiguous(.channelsLast)
    let numbers = Tensor.randn([2, 8])
    let found = maps.adapted(by: numbers)
    let (offsets, gains) = (
      numbers.narrowed(1, from: 0, length: 4), numbers.narrowed(1, from: 4, length: 4)
    )
    expectClose(found.mean(axes: [2, 3]), offsets, relative: 1e-4, absolute: 1e-5)
    let mean = maps.mean(axes: [2, 3], keepingDimensions: true)
    let variance = maps.variance(axes: [2, 3], unbiased: false, keepingDimensions: true)
    let shape = [2, 4, 1, 1]
    expectClose(
      found,
      gains.reshaped(to: shape) * (maps - mean) / (variance + 1e-5).sqrt()
        + offsets.reshaped(to: shape), relative: 1e-4, absolute: 1e-5)
  }

  @Test("each discriminator sees half of what the one before sees, borders left out of the means")
  func scales() {
    let discriminator = recipe { $0.scales = 3 }.discriminatorB
    let grey = Tensor.full([1, 3, 18, 13], 0.7)
    let found = discriminator(grey)
    #expect(found.count == 3)
    for (index, (height, width)) in [(18, 13), (9, 7), (5, 4)].enumerated() {
      expectClose(
        found[index], discriminator.scales[index](.full([1, 3, height, width], 0.7)),
        relative: 1e-4, absolute: 1e-6)
    }
  }

  @Test("a translation has the content of the image in the style that is asked for")
  func styles() {
    let recipe = recipe()
    let (plain, other) = (images(1), images(3))
    evaluating {
      let style = recipe.style(of: other, .ab)
      #expect(style.shape == [2, 3])
      let output = recipe.translate(plain, .ab, style: style)
      #expect(output.shape == [2, 3, 16, 16])
      expectEqual(output, recipe.generatorB.decoder(recipe.generatorA.content(plain), style))
      #expect(output.rawBytes != recipe.translate(plain, .ab, style: style + 1).rawBytes)
      // What belongs to one image does not depend on the other.
      expectClose(
        output[1..<2], recipe.translate(plain[1..<2], .ab, style: style[1..<2]), relative: 1e-4,
        absolute: 1e-5)
      #expect(recipe.style(of: plain, .ba).shape == [2, 3])
      #expect(recipe.translate(other, .ba, style: style).shape == [2, 1, 16, 16])
    }
  }

  @Test("a picture too small for the style encoder is continued at its border")
  func smallReference() {
    let recipe = recipe()
    let small = images(3, 1, side: 4)
    evaluating {
      let rows = Tensor.concatenated(
        [small] + [small.narrowed(2, from: 3, length: 1)].repeated(4), axis: 2)
      let whole = Tensor.concatenated(
        [rows] + [rows.narrowed(3, from: 3, length: 1)].repeated(4), axis: 3)
      expectEqual(recipe.style(of: small, .ab), recipe.style(of: whole, .ab))
    }
  }

  @Test("without a style one is drawn, for each image another")
  func drawn() {
    let recipe = recipe()
    #expect(recipe.stylePrior == .normal(3))
    let twice = images(1, 1).repeated([2, 1, 1, 1]).contiguous(.channelsLast)
    func translated(_ seed: UInt64) -> Tensor {
      Randomness.isolated(seed: seed, on: .cpu) { evaluating { recipe.translate(twice, .ab) } }
    }
    expectEqual(translated(1), translated(1))
    #expect(translated(1).rawBytes != translated(2).rawBytes)
    #expect(translated(1)[0..<1].rawBytes != translated(1)[1..<2].rawBytes)
    // The way back would draw a style of its own.
    let comparisons = recipe.comparisons(on: .unpaired)
    #expect(comparisons.map(\.name) == ["ab/", "ba/"] && comparisons.allSatisfy { $0.back == nil })
  }

  @Test("sheets show each input in the same three styles")
  func preview() throws {
    let recipe = recipe()
    let (a, b) = (images(1, 3), images(3, 3))
    let material = PreviewMaterial(shape: data, parts: [a, b], seed: 1, on: .cpu)
    let rows = try #require(evaluating { recipe.preview(of: material) }).rows
    #expect(rows.map { $0.size(1) } == [1, 3, 3, 3, 3, 1, 1, 1])
    expectEqual(rows[0], a)
    expectEqual(rows[4], b)
    let styles = material.noise(recipe.stylePrior, 3)
    for row in 0..<3 {
      let style = styles[row..<row + 1].repeated([3, 1])
      expectEqual(rows[1 + row], evaluating { recipe.translate(a, .ab, style: style) })
      expectEqual(rows[5 + row], evaluating { recipe.translate(b, .ba, style: style) })
    }
  }

  @Test("the way there and back is compared where it has a weight")
  func cycle() throws {
    let batch = UnpairedBatch(a: images(1), b: images(3))
    var plain = recipe()
    #expect(plain.step(batch)["loss/cycle"] == nil)
    var cycled = recipe { $0.cycleWeight = 2 }
    let report = cycled.step(batch)
    #expect(try #require(report["loss/cycle"]).item() > 0)
  }

  @Test("autoencoders start by He's rule, discriminators from N(0, 0.02)")
  func start() {
    let recipe = recipe {
      ($0.generatorWidth, $0.mlpWidth, $0.discriminatorWidth, $0.styleSize) = (16, 64, 64, 8)
    }
    for (key, parameter) in recipe.namedParameters {
      let (value, shape) = (parameter.value.detached(), parameter.value.shape)
      if key.hasSuffix("bias") {
        #expect(value.abs().maximum().item() == 0, "\(key)")
      } else if shape.count == 1 {
        #expect(value.floats.allSatisfy { $0 == 1 }, "\(key)")
      } else if value.count > 2000 {
        let fans = Double(shape.dropFirst().reduce(1, *))
        let expected = key.hasPrefix("discriminator") ? 0.02 : (2 / fans).squareRoot()
        let deviation = value.squared().mean().item().squareRoot()
        #expect(abs(deviation / expected - 1) < 0.08, "\(key): \(deviation), \(expected)")
      }
    }
  }

  @Test("rates are halved after every so many updates; weights decay")
  func optimizers() {
    let recipe = recipe { ($0.learningRate, $0.halvingInterval) = (0.01, 100) }
    for (_, optimizer) in recipe.optimizers {
      let rates = [0, 99, 100, 199, 200].map(optimizer.schedule.rate(after:))
      #expect(rates == [0.01, 0.01, 0.005, 0.005, 0.0025])
      let weight = optimizer.parameters.first { $0.value.rank == 4 }?.value.detached().cloned()
      let gradients = optimizer.parameters.map { Tensor.zeros($0.value.shape) }
      optimizer.apply(gradients)
      let moved = optimizer.parameters.first { $0.value.rank == 4 }?.value.detached()
      let (before, after) = (weight?.abs().mean().item() ?? 0, moved?.abs().mean().item() ?? 0)
      #expect(after < before, "\(before), then \(after)")
    }
  }

  @Test("sides must leave every halving two pixels")
  func sides() throws {
    func check(_ side: Int, _ config: MUNIT.Config) throws {
      try MUNIT.validate(
        config, for: DataShape(channels: 3, height: side, width: side, inputChannels: 1))
    }
    try check(64, .init())
    for side in [60, 66, 32] { #expect(throws: ConfigError.self) { try check(side, .init()) } }
    let narrow = MUNIT.Config.with {
      ($0.styleHalvings, $0.scales, $0.discriminatorLayers) = (3, 2, 2)
    }
    try check(8, narrow)
    #expect(throws: ConfigError.self) { try check(4, narrow) }
  }
}

extension Array {
  fileprivate func repeated(_ count: Int) -> [Element] { (0..<count).flatMap { _ in self } }
}
