import Foundation
import GANKit
import GANMetrics
import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("SRGAN", .reproducible)
struct SRGANTests {
  init() { LibTorch.threads = 1 }

  private func tiny(
    _ pretraining: Int, steps: Int? = 10, side: Int = 16,
    _ choose: (inout SRGAN.Config) -> Void = { _ in }
  ) throws -> SRGAN {
    var config = SRGAN.Config()
    (config.scale, config.blocks, config.generatorWidth) = (2, 1, 4)
    (config.discriminatorWidth, config.discriminatorFeatures) = (4, 8)
    (config.pretraining, config.content) = (pretraining, .pixels)
    choose(&config)
    let data = DataShape(channels: 3, height: side, width: side)
    try SRGAN.validate(config, for: data)
    return SRGAN(config, for: RunShape(data: data, batchSize: 2, steps: steps), on: .cpu)
  }

  private func batch(side: Int = 16) -> ImageBatch {
    ImageBatch(images: .uniform([2, 3, side, side], -1, 1).contiguous(.channelsLast))
  }

  @Test("the first phase leaves the discriminator alone; moments start anew behind it")
  func phases() throws {
    var recipe = try tiny(2)
    func bits(_ network: some Module) -> [[UInt8]] { network.parameters.map(\.value.rawBytes) }
    func moments() -> Double {
      recipe.generatorOptimizer.stateDictionary.filter { $0.key.hasPrefix("first") }
        .reduce(0) { $0 + $1.value.abs().sum().item() }
    }
    let start = bits(recipe.discriminator)
    #expect(recipe.phase == TrainingPhase("SRResNet", progress: 0))
    #expect(recipe.step(batch()).entries.map(\.name) == ["loss/G"])
    #expect(recipe.phase == TrainingPhase("SRResNet", progress: 0.5) && moments() > 0)
    _ = recipe.step(batch())
    #expect(bits(recipe.discriminator) == start && moments() == 0)
    #expect(recipe.phase == TrainingPhase("SRGAN", progress: 0))
    let report = recipe.step(batch())
    #expect(
      report.entries.map(\.name) == ["loss/D", "loss/G", "loss/content", "loss/adversarial"])
    #expect(bits(recipe.discriminator) != start && moments() > 0)
    #expect(recipe.phase == TrainingPhase("SRGAN", progress: 1 / 8.0))
    #expect(recipe.discriminatorOptimizer.updates.value == 1)
    #expect(try tiny(0, steps: nil).phase == TrainingPhase("SRGAN"))
  }

  @Test("rates: that of each phase, a tenth of it in the second half of the GAN phase")
  func rates() throws {
    let recipe = try tiny(4, steps: 10) { ($0.pretrainingRate, $0.learningRate) = (3, 1) }
    let generator = (0..<10).map { recipe.generatorOptimizer.schedule.rate(after: $0) }
    #expect(generator == [3, 3, 3, 3, 1, 1, 1, 0.1, 0.1, 0.1])
    let discriminator = (0..<6).map { recipe.discriminatorOptimizer.schedule.rate(after: $0) }
    #expect(discriminator == [1, 1, 1, 0.1, 0.1, 0.1])
    let endless = try tiny(4, steps: nil).generatorOptimizer.schedule
    #expect(endless.rate(after: 1_000_000) == 1e-4)
  }

  @Test("restored in either phase it goes on bit for bit, also over the border", arguments: [1, 5])
  func resumes(_ saving: Int) throws {
    var recipe = try tiny(3)
    for _ in 0..<saving { _ = recipe.step(batch()) }
    let saved = recipe.stateDictionary.mapValues { $0.cloned() }
    let random = Randomness.state(of: .cpu)
    for _ in 0..<4 { _ = recipe.step(batch()) }
    var other = try tiny(3)
    try other.load(saved)
    try Randomness.restore(random, of: .cpu)
    for _ in 0..<4 { _ = other.step(batch()) }
    expectSameState(other.stateDictionary, recipe.stateDictionary)
  }

  @Test("the small images are those of MATLAB's filter, in [0, 1]")
  func reduction() throws {
    var recipe = try tiny(9) { $0.blocks = 0 }
    let images = batch()
    var seen: Tensor?
    let low = (images.images.reducedCubically(by: 2) * 0.5 + 0.5).clamped(to: 0...1)
    withMode(.training) { seen = withoutTracking { recipe.generator(low) } }
    let expected = meanSquaredError(try #require(seen), images.images).item()
    let loss = recipe.step(images)["loss/G"]?.item() ?? 0
    #expect(abs(loss - expected) < 1e-6)
  }

  @Test("networks have the paper's sizes")
  func sizes() {
    let shape = RunShape(data: DataShape(channels: 3, height: 96, width: 96), batchSize: 16)
    let recipe = SRGAN(SRGAN.Config(), for: shape, on: .cpu)
    let w = 64
    let block = 2 * 9 * w * w + 4 * w + w
    let (input, output) = (243 * w + w + w, 243 * w + 3)
    let (middle, doubling) = (9 * w * w + 2 * w, 36 * w * w + 4 * w + w)
    let generator: Int = input + 16 * block + middle + 2 * doubling + output
    #expect(recipe.generator.parameterCount == generator)
    let pairs = [(1, 1), (1, 2), (2, 2), (2, 4), (4, 4), (4, 8), (8, 8)]
    let convolutions = pairs.reduce(28 * w) { sum, pair -> Int in
      let weights: Int = 9 * w * w * pair.0 * pair.1
      return sum + weights + 2 * w * pair.1
    }
    let dense: Int = 512 * 36 * 1024 + 1024 + 1024 + 1
    #expect(recipe.discriminator.parameterCount == convolutions + dense)
    #expect(SRGAN.defaults(for: SRGAN.Config()).steps == 1_200_000)
    #expect(SRGAN.defaults(for: SRGAN.Config()).crop == 96)
  }

  @Test("what lies beyond the receptive field changes nothing", arguments: [2, 4])
  func reach(_ scale: Int) throws {
    let recipe = try tiny(0) { $0.scale = scale }
    let side = 2 * recipe.reach + 3
    let image = Tensor.uniform([1, 3, side, side], -1, 1)
    // All but what the pixel in the middle depends on.
    let mask = Tensor.ones([1, 1, side - 2, side - 2]).padded(1)
    let other = image * mask + (1 - mask)
    func middle(_ image: Tensor) -> Tensor {
      let all = evaluating { recipe.generator(image * 0.5 + 0.5) }
      let start = (recipe.reach + 1) * scale
      return all.narrowed(2, from: start, length: scale).narrowed(3, from: start, length: scale)
    }
    expectClose(middle(other), middle(image), absolute: 1e-6)
    // It is not wider than it has to be by more than two pixels.
    let inner = Tensor.ones([1, 1, side - 6, side - 6]).padded(3)
    let touched = middle(image * inner + (1 - inner)) - middle(image)
    #expect(touched.abs().maximum().item() > 0)
  }

  // MARK: - The content loss

  private func weights(_ name: String) -> String {
    Fixture.folder.appendingPathComponent("frozen/\(name).safetensors").path
  }

  @Test(
    "the frozen network passes gradients to images, has none itself and leaves no trace",
    arguments: [ImageContent.vgg22, .vgg54, .efficientNetLite0])
  func frozen(_ content: ImageContent) throws {
    let file = weights(content.needsWeights ? "vgg19" : "efficientnet-lite0")
    let loss = ContentLoss(content, weights: file, on: .cpu)
    let side = 64  // 4x4 maps of phi_5,4
    let target = batch(side: side).images
    let images = batch(side: side).images.trackingGradient()
    let error = loss(images, target: target)
    let slopes = gradients(of: error, withRespectTo: [images])[0]
    // A step along the slope lowers the loss by its square: here by a thousandth.
    let (length, goal) = (slopes.squared().sum().item(), 1e-3 * error.item())
    let moved = loss(images.detached().adding(slopes, times: -goal / length), target: target)
    let fall = error.item() - moved.item()
    #expect(length > 0 && abs(fall - goal) < 0.1 * goal, "\(fall) \(goal)")
    let none = loss(target, target: target)
    #expect(none.item() == 0 && !none.requiresGradient)

    var recipe = try tiny(0, side: side) { ($0.content, $0.weights) = (content, file) }
    try recipe.prepareForTraining()
    #expect(
      recipe.parts.map(\.name).sorted() == [
        "discriminator", "discriminator_optimizer", "generator", "generator_optimizer",
      ])
    _ = recipe.step(batch(side: side))
  }

  @Test("pixels count beside maps that do not see all of them, and only there")
  func pixels() throws {
    let (images, target) = (batch(side: 64).images, batch(side: 64).images)
    let pixels = ContentLoss(.pixels, weights: "", on: .cpu)(images, target: target)
    func maps(_ network: PerceptualFeatures) -> Tensor {
      meanSquaredError(network(images), network(target))
    }
    let (vgg, lite) = (weights("vgg19"), weights("efficientnet-lite0"))
    let seen = try maps(.vgg19(.low, weights: URL(fileURLWithPath: vgg)))
    expectClose(ContentLoss(.vgg22, weights: vgg, on: .cpu)(images, target: target), seen)
    let half = try maps(.lite0(weights: URL(fileURLWithPath: lite)))
    let both = ContentLoss(.efficientNetLite0, weights: lite, on: .cpu)(images, target: target)
    expectClose(both, half + pixels)
  }

  @Test("the maps are those of the whole network")
  func maps() throws {
    let file = try WeightsFile(URL(fileURLWithPath: weights("vgg19")))
    let images = batch().images
    let low = try PerceptualFeatures.vgg19(.low, weights: file.url)(images)
    let high = try PerceptualFeatures.vgg19(.high, weights: file.url)(images)
    #expect(low.shape == [2, 8, 8, 8] && high.shape == [2, 32, 1, 1])
    #expect(low.minimum().item() >= 0 && high.minimum().item() >= 0)
    let lite = try PerceptualFeatures.lite0(
      weights: URL(fileURLWithPath: weights("efficientnet-lite0")))(images)
    #expect(lite.shape == [2, 240, 2, 2] && lite.maximum().item() <= 1.5)
    // A single channel counts three times.
    let grey = images.narrowed(1, from: 0, length: 1)
    expectEqual(
      try PerceptualFeatures.vgg19(.low, weights: file.url)(grey),
      try PerceptualFeatures.vgg19(.low, weights: file.url)(grey.repeated([1, 3, 1, 1])))
  }

  @Test("weights that are missing or of another network are named before training")
  func missing() throws {
    func words(_ content: ImageContent, _ file: String) throws -> String {
      let recipe = try tiny(1) { ($0.content, $0.weights) = (content, file) }
      do {
        try recipe.prepareForTraining()
        return ""
      } catch { return "\(error)" }
    }
    for content in [ImageContent.vgg22, .vgg54, .efficientNetLite0] {
      let absent = try words(content, "/nowhere/vgg19.safetensors")
      #expect(absent.contains("/nowhere/vgg19.safetensors") && !absent.contains("\n"), "\(absent)")
    }
    let lite = weights("efficientnet-lite0")
    #expect(try words(.vgg54, lite).hasPrefix("\(lite): tensor 'features.34.weight' is missing"))
    let other = try words(.efficientNetLite0, weights("vgg19"))
    #expect(other.contains("is missing"), "\(other)")
    #expect {
      try tiny(1) { $0.content = .vgg54 }
    } throws: {
      "\($0)".contains("'weights'") && "\($0)".contains("VGG-19")
    }
    #expect { try tiny(1) { $0.weights = "x" } } throws: { "\($0)".contains("'weights'") }
  }
}
