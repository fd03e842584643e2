import GANKit
import Torch
import TorchNN

/// Least squares GAN (Mao et al. 2017).
public struct LSGAN: GenerativeRecipe, UniformRecipe {
  /// What D is to say of fake (a) and real (b) images, and what G wants it to say of fakes (c).
  public enum Target: String, ConfigChoice {
    /// 0, 1 and 1 (equation 9).
    case zeroOne = "zero-one"
    /// -1, 1 and 0, with which G minimises a Pearson χ² divergence (equation 8).
    case pearson

    var loss: AdversarialLoss {
      switch self {
      case .zeroOne: .leastSquares(fake: 0, real: 1, generated: 1)
      case .pearson: .leastSquares(fake: -1, real: 1, generated: 0)
      }
    }
  }

  /// What may be changed; where the defaults are not the paper's, the card says so.
  public struct Config: RecipeConfig {
    @Setting(
      .choice("targets for fake, real and generated: zero-one (0, 1, 1) or pearson (-1, 1, 0)"))
    public var target = Target.zeroOne
    @Setting(.widthBeforeImage) public var generatorWidth = 64
    @Setting(.firstWidth) public var discriminatorWidth = 64
    @Setting(.latentSize("uniform on [-1, 1)")) public var latentSize = 100
    @Setting(.learningRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "lsgan", title: "LSGAN",
    summary: "Squares in place of log-likelihoods: fakes far from the data are pulled, too.",
    paper: "Mao, Li, Xie, Lau, Wang, Smolley. Least Squares Generative Adversarial Networks. "
      + "ICCV 2017, arXiv:1611.04076",
    deviations: [
      "DCGAN's networks with kernels of 4; the paper's for 112x112 scenes have twice the layers",
      "the rate is that of DCGAN; the paper trains on LSUN with 0.001",
      "both players step on every minibatch, with the same noise",
    ],
    holdsInBFloat16: true)

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Averaged<Sequential>
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: Adam
  private let loss: AdversarialLoss

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .uniform(config.latentSize)
    loss = config.target.loss
    generator = Averaged(decay: config.ema) {
      dcganGenerator(
        latent: config.latentSize, width: config.generatorWidth, run.data, kernel: 4
      ).placed(on: device)
    }
    discriminator = dcganDiscriminator(
      width: config.discriminatorWidth, run.data, kernel: 4
    ).placed(on: device)
    generatorOptimizer = Adam(generator.trained, rate: config.learningRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(discriminator, rate: config.learningRate, beta1: config.beta1)
  }

  /// 4x4 maps, doubled up to the image.
  public static func needs(_ config: Config) -> DataNeeds {
    .dcgan(generatorWidth: config.generatorWidth, discriminatorWidth: config.discriminatorWidth)
  }

  /// The paper names no length.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 64, steps: 100_000)
  }

  /// One update of the discriminator, then one of the generator (equation 2).
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    let fake = generator.trained(prior.sample(like: batch.images))
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(
        real: discriminator(batch.images), fake: discriminator.untracked(fake.detached())))
    let lossG = generatorOptimizer.minimize(
      loss.generator(fake: discriminator.untracked(fake)))
    generator.update()
    return ["loss/D": lossD, "loss/G": lossG]
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator.inUse(latent) }
}
