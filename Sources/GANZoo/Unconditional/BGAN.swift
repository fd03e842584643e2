import GANKit
import Torch
import TorchNN

/// Boundary-seeking GAN (Hjelm et al. 2018): the generator draws where the discriminator cannot decide,
/// by a gradient through continuous pixels, or by weighting draws of discrete ones.
public struct BGAN: GenerativeRecipe, UniformRecipe {
  /// What a pixel is.
  public enum Pixels: String, ConfigChoice {
    /// A number in [-1, 1].
    case continuous
    /// Black or white.
    case binary
    /// One of a few grey levels.
    case categorical
  }

  /// What may be changed; the defaults are those of the authors' code for each kind of pixels.
  public struct Config: RecipeConfig {
    @Setting(.choice("continuous, binary (black or white) or categorical (one of levels)"))
    public var pixels = Pixels.continuous
    @Setting(.count("grey levels of categorical pixels", in: 2...256)) public var levels = 16
    @Setting(.count("draws of discrete pixels that are weighted for each noise", in: 2...65_536))
    public var samples = 20
    @Setting(.latentSize("uniform on [-1, 1)")) public var latentSize = 128
    @Setting(.widthBeforeImage) public var generatorWidth = 128
    @Setting(.firstWidth) public var discriminatorWidth = 128
    @Setting(.learningRate) public var learningRate = 1e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}

    /// The values that go with these pixels.
    public var defaults: Config {
      var config = Config()
      config.pixels = pixels
      guard pixels != .continuous else { return config }
      (config.latentSize, config.generatorWidth, config.discriminatorWidth) = (64, 64, 64)
      return config
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "bgan", title: "BGAN",
    summary: "Fakes on the discriminator's boundary; also discrete pixels, by weighted draws.",
    paper: "Hjelm, Jacob, Che, Trischler, Cho, Bengio. Boundary-Seeking Generative Adversarial "
      + "Networks. ICLR 2018, arXiv:1702.08431",
    deviations: [
      "DCGAN's networks with kernels of 4; for digits the authors' have two fully connected layers",
      "continuous: the squared logit itself; a script of the authors subtracts a running log Z",
      "discrete: images are moved to the nearest level; the authors take binarised sets or palettes",
      "categorical: the discriminator sees grey levels, channel by channel; the authors' one-hot maps",
      "the noise is uniform on [-1, 1) as in DCGAN; the authors' code draws it from [0, 1)",
    ])

  /// The distribution of the noise; of discrete pixels what decides each of them is a part of it.
  public let prior: LatentPrior
  let generator: Averaged<Sequential>
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: Adam
  private let noise: LatentPrior
  private let pixels: DiscretePixels?
  private let samples: Int
  private let image: [Int]
  private let loss = AdversarialLoss.nonSaturating()

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let pixels = config.discretePixels
    (noise, self.pixels, samples) = (.uniform(config.latentSize), pixels, config.samples)
    image = run.data.imageShape
    prior = .uniform(config.latentSize + (pixels == nil ? 0 : run.data.elementCount))
    generator = Averaged(decay: config.ema) {
      dcganGenerator(
        latent: config.latentSize, width: config.generatorWidth, run.data, kernel: 4,
        output: pixels.map { GeneratorOutput.logits($0.logitCount) } ?? .image
      ).placed(on: device)
    }
    discriminator = dcganDiscriminator(
      width: config.discriminatorWidth, run.data, kernel: 4,
      normalization: pixels == nil ? .batch : .none
    ).placed(on: device)
    generatorOptimizer = Adam(generator.trained, rate: config.learningRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(discriminator, rate: config.learningRate, beta1: config.beta1)
  }

  /// 4x4 maps, doubled up to the image.
  public static func needs(_ config: Config) -> DataNeeds {
    .dcgan(generatorWidth: config.generatorWidth, discriminatorWidth: config.discriminatorWidth)
  }

  /// The authors' passes: 50 over 200,000 faces, 100 over 50,000 binarised digits.
  public static func defaults(for config: Config) -> RunDefaults {
    config.pixels == .continuous
      ? RunDefaults(size: 64, steps: 158_000) : RunDefaults(size: 32, steps: 78_000)
  }

  /// One update of the discriminator, and one of the generator on fresh noise.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    let report = pixels.map { discreteStep(batch.images, $0) } ?? continuousStep(batch.images)
    generator.update()
    return report
  }

  /// The generator minimises the square of the logit, log D - log(1 - D), which is 0 on the boundary.
  private func continuousStep(_ real: Tensor) -> StepReport {
    let fake = withoutGradients { generator.trained(noise.sample(like: real)) }
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(real: discriminator(real), fake: discriminator.untracked(fake)))
    let judged = discriminator.untracked(generator.trained(noise.sample(like: real)))
    let lossG = generatorOptimizer.minimize(judged.atLeastFloat32().squared().mean())
    return ["loss/D": lossD, "loss/G": lossG]
  }

  /// The generator makes those of several draws likelier that the discriminator takes for real: by the
  /// weights D / (1 - D) = exp(logit), which add up to 1 over the draws of a noise.
  private func discreteStep(_ images: Tensor, _ pixels: DiscretePixels) -> StepReport {
    let real = pixels.quantized(images)
    let fake = withoutGradients {
      draws(of: generator.trained(noise.sample(like: real)), pixels).images
    }
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(inOnePass: real, fake) { discriminator($0) })

    let logits = generator.trained(noise.sample(like: real))
    let (indices, weights) = withoutGradients {
      let (indices, images) = draws(of: logits, pixels)
      let judged = discriminator(images).atLeastFloat32()
      return (indices, judged.reshaped(to: [samples, real.size(0)]).softmax(axis: 0))
    }
    let lossG = generatorOptimizer.minimize(
      pixels.weightedLoss(indices, weights: weights, logits: logits))
    return ["loss/D": lossD, "loss/G": lossG]
  }

  /// Several draws of each noise: levels `[M, N, C, H, W]`, and all of them as images `[M·N, C, H, W]`.
  private func draws(
    of logits: Tensor, _ pixels: DiscretePixels
  ) -> (indices: Tensor, images: Tensor) {
    let shape = [samples, logits.size(0)] + image
    let indices = pixels.drawn(from: logits, by: .uniform(shape, -1, 1, on: logits.device))
    let images = pixels.images(indices).flattened(from: 0, to: 1)
    return (indices, images.contiguous(.channelsLast))
  }

  /// How many levels discrete pixels have.
  public var greyLevels: Int? { pixels?.levels }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1], of discrete pixels one of their levels each.
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    guard let pixels else { return generator.inUse(latent) }
    let thresholds = latent.sliced(1, noise.dimension..<prior.dimension)
    return pixels.images(
      from: generator.inUse(latent.sliced(1, 0..<noise.dimension)),
      by: thresholds.reshaped(to: [latent.size(0)] + image))
  }
}

extension BGAN.Config {
  /// The pixels that are drawn; `nil` for continuous ones.
  fileprivate var discretePixels: DiscretePixels? {
    switch pixels {
    case .continuous: nil
    case .binary: .binary
    case .categorical: .categorical(levels: levels)
    }
  }
}
