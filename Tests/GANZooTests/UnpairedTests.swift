import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// Whose turn it is, what is clipped and what is noise, beyond what the goldens hold.
@Suite("Two domains without pairs", .reproducible)
struct UnpairedTests {
  init() { LibTorch.threads = 1 }

  private let shape = DataShape(channels: 3, height: 16, width: 16, inputChannels: 3)

  private func batch() -> UnpairedBatch {
    randomBatch(4, for: DiscoGAN.self, .unpaired, shape)
  }

  private func discoGAN(
    _ choose: (inout DiscoGAN.Config) -> Void = { _ in }
  ) -> DiscoGAN {
    var config = DiscoGAN.Config()
    (config.generatorWidth, config.discriminatorWidth) = (4, 4)
    choose(&config)
    return DiscoGAN(config, for: RunShape(data: shape), on: .cpu)
  }

  private func dualGAN(_ choose: (inout DualGAN.Config) -> Void = { _ in }) -> DualGAN {
    var config = DualGAN.Config()
    (config.generatorWidths, config.discriminatorWidth) = ([4, 8, 8], 4)
    config.discriminatorLayers = 2
    choose(&config)
    return DualGAN(config, for: RunShape(data: shape), on: .cpu)
  }

  /// The names of the losses that a step reports.
  private func losses(_ report: StepReport) -> Set<String> {
    Set(report.entries.map(\.name).filter { $0.hasPrefix("loss/") })
  }

  @Test("DiscoGAN's discriminators learn from the first of three minibatches")
  func turns() {
    var recipe = discoGAN()
    for step in 0..<7 {
      let expected: Set = step % 3 == 0 ? ["loss/D"] : ["loss/G", "loss/features", "loss/cycle"]
      #expect(losses(recipe.step(batch())) == expected, "\(step)")
    }
    #expect(recipe.discriminatorOptimizer.updates.value == 3)
    #expect(recipe.generatorOptimizer.updates.value == 4)
  }

  @Test("a run goes on in the turn and at the rate at which it stopped", arguments: 1...5)
  func stopped(after count: Int) throws {
    func recipe() -> DiscoGAN { discoGAN { $0.curriculumSteps = 4 } }
    let batches = (0..<8).map { _ in batch() }
    Randomness.seed(3)
    var whole = recipe()
    for batch in batches[..<count] { _ = whole.step(batch) }
    let saved = whole.stateDictionary.mapValues { $0.cloned() }
    var resumed = recipe()
    try resumed.load(saved)
    for batch in batches[count...] {
      let (expected, found) = (whole.step(batch).read(), resumed.step(batch).read())
      #expect(expected.map(\.name) == found.map(\.name))
      #expect(expected.map(\.value) == found.map(\.value))
    }
    expectSameState(resumed.stateDictionary, whole.stateDictionary)
  }

  @Test("DiscoGAN's reconstructions weigh little at first")
  func curriculum() {
    let config = DiscoGAN.Config()
    #expect([0, 9999].map(config.reconstructionRate(after:)) == [0.01, 0.01])
    #expect([10_000, 90_000].map(config.reconstructionRate(after:)) == [0.5, 0.5])
    func line(_ steps: Int?) -> String? {
      DiscoGAN.shortfall(of: config, in: RunShape(data: shape, steps: steps))
    }
    #expect(line(nil) == nil && line(10_001) == nil)
    #expect(
      line(5000) == "ends within the curriculum; needs more than 10000 steps, this run has 5000")
  }

  /// Where everything else has no weight, the loss is the error in [0, 1].
  @Test("DiscoGAN compares images in [0, 1]")
  func unitRange() throws {
    var recipe = discoGAN { ($0.curriculumSteps, $0.reconstructionRate) = (0, 1) }
    _ = recipe.step(batch())
    let batch = batch()
    func error(_ from: Sequential, _ back: Sequential, _ images: Tensor) -> Double {
      let cycled = withoutGradients { withoutTracking { back(from(images)) } }
      return (0.5 * (cycled - images)).squared().mean().item()
    }
    let expected =
      error(recipe.generatorAB, recipe.generatorBA, batch.a)
      + error(recipe.generatorBA, recipe.generatorAB, batch.b)
    let report = recipe.step(batch)
    #expect(abs(try #require(report["loss/G"]).item() - expected) < 1e-5 * expected)
  }

  @Test("the statistics in use are those of real images, one batch a step")
  func statistics() {
    var recipe = discoGAN()
    for _ in 0..<6 { _ = recipe.step(batch()) }
    let counts = recipe.stateDictionary.filter { $0.key.hasSuffix("num_batches_tracked") }
    #expect(!counts.isEmpty && counts.values.allSatisfy { $0.item() == 6 })
  }

  @Test("DualGAN's critics are clipped, its generators follow every third update")
  func clipping() {
    var recipe = dualGAN { ($0.clip, $0.learningRate) = (0.015, 1e-3) }
    for step in 1...7 {
      let report = recipe.step(batch())
      #expect((report["loss/G"] != nil) == (step % 3 == 0))
      #expect(report["estimate/W"]?.item() == report["loss/D"].map { -$0.item() })
      let critics = recipe.discriminatorA.parameters + recipe.discriminatorB.parameters
      let largest = critics.map { $0.value.abs().maximum().item() }.max() ?? 0
      #expect(largest > 0.0149 && largest < 0.015001, "\(largest)")
    }
    #expect(recipe.generatorOptimizer.updates.value == 2)
  }

  @Test("DualGAN's dropout is noise in use as well, and follows from the seed")
  func noise() {
    func translated(_ recipe: DualGAN, seed: UInt64) -> [Float] {
      Randomness.seed(seed)
      return evaluating { recipe.translate(images, .ba) }.floats
    }
    let images = batch().b
    let noisy = dualGAN()
    #expect(translated(noisy, seed: 1) == translated(noisy, seed: 1))
    #expect(translated(noisy, seed: 1) != translated(noisy, seed: 2))
    let plain = dualGAN { $0.dropout = 0 }
    #expect(translated(plain, seed: 1) == translated(plain, seed: 2))
  }

  @Test("domains may have other channels", arguments: [(1, 3), (3, 1)])
  func channels(from inputs: Int, to outputs: Int) throws {
    let shape = DataShape(channels: outputs, height: 16, width: 16, inputChannels: inputs)
    func check<R: TranslatingRecipe>(_ recipe: R) where R.Batch == UnpairedBatch {
      var recipe = recipe
      for _ in 0..<3 { _ = recipe.step(randomBatch(4, for: R.self, .unpaired, shape)) }
      let there = evaluating { recipe.translate(.zeros([2, inputs, 16, 16]), .ab) }
      let back = evaluating { recipe.translate(there, .ba) }
      #expect(there.shape == [2, outputs, 16, 16] && back.shape == [2, inputs, 16, 16])
    }
    let run = RunShape(data: shape)
    let disco = DiscoGAN.Config.with { ($0.generatorWidth, $0.discriminatorWidth) = (4, 4) }
    let dual = DualGAN.Config.with {
      ($0.generatorWidths, $0.discriminatorWidth, $0.discriminatorLayers) = ([4, 8], 4, 1)
    }
    check(DiscoGAN(disco, for: run, on: .cpu))
    check(DualGAN(dual, for: run, on: .cpu))
  }
}
