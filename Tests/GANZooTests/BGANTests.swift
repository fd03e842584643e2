import Foundation
import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@testable import GANZoo

@Suite("BGAN", .reproducible)
struct BGANTests {
  init() { LibTorch.threads = 1 }

  private let shape = DataShape(channels: 1, height: 16, width: 16)

  private func recipe(_ pixels: BGAN.Pixels, ema: Double = 0) throws -> BGAN {
    let config = BGAN.Config.with {
      ($0.pixels, $0.levels, $0.samples, $0.latentSize) = (pixels, 5, 3, 8)
      ($0.generatorWidth, $0.discriminatorWidth, $0.ema) = (4, 4, ema)
    }
    try BGAN.validate(config, for: shape)
    return BGAN(config, for: RunShape(data: shape), on: .cpu)
  }

  @Test("each kind of pixels has the authors' numbers")
  func defaults() {
    let (grey, bits) = (BGAN.Config(), BGAN.Config.with { $0.pixels = .binary })
    #expect(grey.latentSize == 128 && grey.generatorWidth == 128 && grey.learningRate == 1e-4)
    #expect(bits.latentSize == 64 && bits.discriminatorWidth == 64 && bits.samples == 20)
    #expect(BGAN.Config.with { $0.pixels = .categorical }.levels == 16)
  }

  @Test("levels are drawn as often as the logits say; the threshold 0 draws the median")
  func frequencies() {
    let count = 20_000
    let thresholds = Tensor.uniform([count, 1, 1, 1, 1], -1, 1)
    let bright = DiscretePixels.binary.drawn(
      from: .full([1, 1, 1, 1], log(3)), by: thresholds)
    #expect(abs(bright.mean().item() - 0.75) < 0.01)

    let shares = [0.1, 0.2, 0.3, 0.4]
    let logits = Tensor(shares.map { Float(log($0) + 2) }, shape: [1, 4, 1, 1])
    let pixels = DiscretePixels.categorical(levels: 4)
    let drawn = pixels.drawn(from: logits, by: thresholds)
    for (level, share) in shares.enumerated() {
      let found = (drawn .== Double(level)).cast(to: .float32).mean().item()
      #expect(abs(found - share) < 0.011, "level \(level): \(found)")
    }
    #expect(pixels.drawn(from: logits, by: .zeros([1, 1, 1, 1])).item() == 2)
    expectClose(pixels.images(Tensor([Float(0), 1, 3])), Tensor([Float(-1), -1 / 3, 1]))
  }

  @Test("the channels of a level stand together, and colours are drawn by themselves")
  func channels() {
    // Two levels, three channels: the first three logits are those of level 0.
    let logits = Tensor([Float(50), -50, 50, -50, 50, -50], shape: [1, 6, 1, 1])
    let drawn = DiscretePixels.categorical(levels: 2)
      .drawn(from: logits, by: .uniform([1, 3, 1, 1], -1, 1))
    #expect(drawn.floats == [0, 1, 0])
  }

  @Test("the loss is the weighted sum of the draws' likelihoods, each by itself")
  func loss() {
    let indices = Tensor.randomIntegers([3, 2, 1, 2, 2], below: 4).cast(to: .float32)
    let weights = Tensor.randn([3, 2]).softmax(axis: 0)
    let logits = Tensor.randn([2, 4, 2, 2])
    let found = DiscretePixels.categorical(levels: 4)
      .weightedLoss(indices, weights: weights, logits: logits)
    var expected = 0.0
    for (m, n) in (0..<3).flatMap({ m in (0..<2).map { (m, $0) } }) {
      let labels = indices[m][n].flattened().cast(to: .int64)
      let each = crossEntropy(
        logits: logits[n].flattened(from: 1).transposed(), labels: labels, reduction: .sum)
      expected += weights[m][n].item() * each.item() / 2
    }
    #expect(abs(found.item() - expected) < 1e-4)

    // One pixel, bright once with the weight 0.7 and dark once with 0.3.
    let bits = DiscretePixels.binary.weightedLoss(
      Tensor([Float(1), 0], shape: [2, 1, 1, 1, 1]),
      weights: Tensor([Float(0.7), 0.3], shape: [2, 1]),
      logits: .full([1, 1, 1, 1], 1))
    let p = 1 / (1 + exp(-1.0))
    #expect(abs(bits.item() + 0.7 * log(p) + 0.3 * log(1 - p)) < 1e-6)
  }

  @Test(
    "draws have levels only, and follow from the noise",
    arguments: [("binary", 2), ("categorical", 5)])
  func levels(pixels: String, count: Int) throws {
    let recipe = try recipe(#require(BGAN.Pixels(rawValue: pixels)))
    #expect(recipe.greyLevels == count && recipe.prior.dimension == 8 + 256)
    let latent = recipe.prior.sample(6, on: .cpu)
    let images = evaluating { recipe.generate(latent, labels: nil) }
    let steps = Double(count - 1)
    let indices = (images + 1) * (steps / 2)
    expectClose(indices.rounded(), indices, absolute: 1e-5)
    #expect(Set(indices.rounded().integers).count == count)
    expectEqual(evaluating { recipe.generate(latent, labels: nil) }, images)
    // The noise decides how likely, its rest what is drawn.
    let other = Tensor.concatenated([latent.sliced(1, 0..<8), -latent.sliced(1, 8..<264)], axis: 1)
    #expect(evaluating { recipe.generate(other, labels: nil) }.floats != images.floats)
  }

  @Test("a search of the noise follows the expected image")
  func search() throws {
    for pixels in [BGAN.Pixels.binary, .categorical] {
      let recipe = try recipe(pixels)
      let latent = recipe.prior.sample(2, on: .cpu).trackingGradient()
      let drawn = withMode(.evaluation) { recipe.generate(latent, labels: nil) }
      expectEqual(drawn.detached(), evaluating { recipe.generate(latent, labels: nil) })
      let gradient = gradients(of: drawn.sum(), withRespectTo: [latent])[0]
      #expect(gradient.sliced(1, 0..<8).abs().minimum().item() > 0)
      #expect(gradient.sliced(1, 8..<264).abs().maximum().item() == 0)
    }
  }

  @Test("real images are moved to the levels before they are judged")
  func quantized() throws {
    func losses(_ images: Tensor) throws -> [Double] {
      Randomness.seed(4)
      var recipe = try recipe(.binary)
      return recipe.step(ImageBatch(images: images)).read().map(\.value)
    }
    let grey = Tensor.uniform([8, 1, 16, 16], -1, 1)
    let bits = (grey .> 0).cast(to: .float32) * 2 - 1
    #expect(try losses(grey) == losses(bits))
    #expect(try losses(grey) != losses(-bits))
    let five = DiscretePixels.categorical(levels: 5).quantized(
      Tensor([Float(-0.8), -0.7, 0.1, 0.9]))
    #expect(five.floats == [-1, -0.5, 0, 1])
  }

  /// A sigmoid's logarithm is infinite from a logit of -104 on.
  @Test(
    "losses stay finite under a discriminator that is certain",
    arguments: [BGAN.Pixels.continuous, .binary, .categorical])
  func saturated(pixels: BGAN.Pixels) throws {
    var recipe = try recipe(pixels)
    let last = Array(recipe.discriminator.parameters.suffix(2))
    last[0].assign(last[0].value.detached() * 1e4)
    last[1].assign(last[1].value.detached() - 1e5)
    let real = Tensor.uniform([8, 1, 16, 16], -1, 1)
    func judged() -> Tensor {
      let fakes = evaluating { recipe.generate(recipe.prior.sample(8, on: .cpu), labels: nil) }
      return withoutGradients { recipe.discriminator.untracked(fakes) }
    }
    #expect(judged().maximum().item() < -104)
    #expect(judged().sigmoid().log().maximum().item() == -.infinity)
    for step in 0..<300 {
      for (name, value) in recipe.step(ImageBatch(images: real)).read() {
        #expect(value.isFinite, "\(name) at step \(step)")
      }
    }
    #expect(recipe.parameters.allSatisfy { $0.value.isFinite().all().item() == 1 })
  }
}
