import GANKit
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// How often players step, what clipping does and what labels do, beyond what the goldens hold.
@Suite("Critics", .reproducible)
struct CriticTests {
  init() { LibTorch.threads = 1 }

  private let shape = DataShape(channels: 1, height: 8, width: 8)

  /// At which of `count` steps the generator is updated.
  private func generatorSteps(_ recipe: some GenerativeRecipe, _ count: Int) -> [Int] {
    func run<R: GenerativeRecipe>(_ recipe: R) -> [Int] {
      var recipe = recipe
      return (1...count).filter { _ in
        recipe.step(randomBatch(4, for: R.self, R.Batch.layout, shape))["loss/G"] != nil
      }
    }
    return run(recipe)
  }

  private func perceptrons() -> WGAN.Config {
    var config = WGAN.Config.with { $0.architecture = .mlp }
    (config.latentSize, config.generatorWidths, config.criticWidths) = (4, [8], [8])
    return config
  }

  /// The first two after 4 critic updates; of the others every third after 4, the rest after 2.
  @Test("WGAN's critic makes many updates at first and now and then")
  func schedule() {
    var config = perceptrons()
    (config.criticSteps, config.longSteps) = (2, 4)
    (config.longStart, config.longInterval) = (2, 3)
    let recipe = WGAN(config, for: RunShape(data: shape), on: .cpu)
    #expect(generatorSteps(recipe, 24) == [4, 8, 10, 14, 16, 18, 22, 24])
    #expect(recipe.discriminatorOptimizer.updates.value == 24)
    #expect(recipe.generatorOptimizer.updates.value == 8)
  }

  @Test("a rate that falls with the run stays where nobody knows its steps")
  func unknownLength() {
    func rate(_ steps: Int?) -> Double {
      Schedule.falling(1, from: 0.5, of: RunShape(data: shape, steps: steps)).rate(after: 75)
    }
    #expect(rate(100) == 0.5 && rate(nil) == 1)
  }

  @Test("the paper's schedule: 100 updates for the first 25 and every 500th")
  func paperSchedule() {
    let config = WGAN.Config()
    let long = (0...1500).filter { config.criticSteps(after: $0) == 100 }
    #expect(long == Array(0..<25) + [500, 1000, 1500])
    #expect(config.criticSteps(after: 25) == 5 && config.criticSteps(after: 501) == 5)
    var never = config
    (never.longStart, never.longInterval) = (0, 0)
    #expect((0...600).allSatisfy { never.criticSteps(after: $0) == 5 })
  }

  /// An update of RMSProp's first step moves a weight by rate / √(1 - α) at most: tenfold.
  @Test("WGAN's critic stays within the bound but for its last update")
  func clipping() {
    var config = perceptrons()
    (config.clip, config.learningRate) = (0.02, 1e-4)
    var recipe = WGAN(config, for: RunShape(data: shape), on: .cpu)
    for _ in 0..<3 {
      let report = recipe.step(randomBatch(4, for: WGAN.self, .images, shape))
      let largest = recipe.discriminator.parameters.map { $0.value.abs().maximum().item() }.max()
      #expect((largest ?? 0) > 0.01 && (largest ?? 1) <= 0.02 + 1e-3 + 1e-6)
      #expect(report["estimate/W"]?.item() == report["loss/D"].map { -$0.item() })
    }
  }

  @Test("SN-GAN's generator follows every fifth update of the discriminator")
  func criticSteps() {
    var config = SNGAN.Config.with { $0.architecture = .resnet }
    (config.generatorWidth, config.discriminatorWidth, config.latentSize) = (4, 4, 4)
    let recipe = SNGAN(config, for: RunShape(data: shape), on: .cpu)
    #expect(generatorSteps(recipe, 10) == [5, 10])
    #expect(recipe.classCount == 0 && recipe.discriminator.namedBuffers.count > 0)
  }

  /// The conditional networks, which goldens hold, with classes that change nothing.
  @Test("without classes the residual networks are the conditional ones that ignore them")
  func unconditional() throws {
    let plain = ResNetGenerator(
      latent: 4, width: 6, DataShape(channels: 2, height: 8, width: 8), classes: 0)
    let told = ResNetGenerator(
      latent: 4, width: 6, DataShape(channels: 2, height: 8, width: 8), classes: 3)
    for parameter in plain.parameters where parameter.value.rank == 1 {
      parameter.assign(.uniform(parameter.value.shape, 0.5, 1.5))
    }
    var state = told.stateDictionary
    for (key, value) in plain.stateDictionary {
      let parts = key.split(separator: ".")
      guard parts.first == "blocks", parts[2].hasPrefix("norm") else {
        state[key] = value
        continue
      }
      let prefix = parts.dropLast().joined(separator: ".")
      switch parts.last {
      case "weight": state["\(prefix).gain.weight"] = value.unsqueezed(0).repeated([3, 1])
      case "bias": state["\(prefix).bias.weight"] = value.unsqueezed(0).repeated([3, 1])
      default: state["\(prefix).norm.\(parts.last ?? "")"] = value
      }
    }
    try told.load(state)
    let (latent, labels) = (Tensor.randn([5, 4]), Tensor([0, 1, 2, 1, 0]))
    expectClose(
      told(latent, labels: labels), plain(latent, labels: nil), relative: 1e-4, absolute: 1e-5)
  }

  @Test("the projection adds e(y)·h to what the discriminator says without classes")
  func projection() throws {
    let plain = ProjectionDiscriminator(width: 6, channels: 2, classes: 0)
    let told = ProjectionDiscriminator(width: 6, channels: 2, classes: 3)
    var state = plain.stateDictionary
    state["embedding.weight"] = Tensor(
      [0, 0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0], shape: [3, 6])
    state["embedding.u"] = Tensor([0, 0, 1])
    try told.load(state)
    let images = Tensor.randn([3, 2, 8, 8])
    let judged = withMode(.evaluation) {
      (plain(images, labels: nil).floats, told(images, labels: Tensor([0, 1, 2])).floats)
    }
    #expect(abs(judged.0[0] - judged.1[0]) < 1e-5, "a class without a vector")
    // The table's largest singular value is 2, so the last class adds the second feature itself.
    #expect(judged.1[2] >= judged.0[2] && judged.1[1] >= judged.0[1])
    #expect(judged.1[2] > judged.0[2] || judged.1[1] > judged.0[1])
  }
}
