import GANKit
import Torch
import TorchNN

/// Deep convolutional GAN (Radford, Metz and Chintala 2015).
public struct DCGAN: GenerativeRecipe, UniformRecipe {
  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    @Setting(.widthBeforeImage) public var generatorWidth = 128
    @Setting(.firstWidth) public var discriminatorWidth = 128
    @Setting(.latentSize("see noise")) public var latentSize = 100
    @Setting(.choice("distribution of the noise: uniform on [-1, 1) (paper), or normal"))
    public var noise = Noise.uniform
    @Setting(.choice("transposed (paper) or resize: doubling and a 3x3 convolution, 2.25x cheaper"))
    public var upsampling = Upsampling.transposed
    @Setting(.stridedKernel) public var kernelSize = 5
    @Setting(.learningRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}
    /// At first all noise was uniform.
    public static let newerFields: Set = ["noise"]
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "dcgan", title: "DCGAN",
    summary: "Convolutional generator and discriminator with batch normalisation.",
    paper: "Radford, Metz, Chintala. Unsupervised Representation Learning with Deep Convolutional "
      + "Generative Adversarial Networks. ICLR 2016, arXiv:1511.06434",
    deviations: [
      "both players step on every minibatch, with the same noise; the authors' code alternates",
      "batch normalisation keeps running statistics for sampling; the authors' code uses the batch's",
      "its epsilon is 1e-5 and not 1e-8",
      "the generator's last and the discriminator's first and last layer have biases",
      "the generator's first batch normalisation is per map; per unit in the authors' code",
      "no weight decay; the authors' code has 1e-5, the paper names none",
    ],
    holdsInBFloat16: true)

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Averaged<Sequential>
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: Adam
  private let loss = AdversarialLoss.nonSaturating()

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = config.noise == .normal ? .normal(config.latentSize) : .uniform(config.latentSize)
    generator = Averaged(decay: config.ema) {
      dcganGenerator(
        latent: config.latentSize, width: config.generatorWidth, run.data,
        kernel: config.kernelSize, config.upsampling
      ).placed(on: device)
    }
    discriminator = dcganDiscriminator(
      width: config.discriminatorWidth, run.data, kernel: config.kernelSize
    ).placed(on: device)
    generatorOptimizer = Adam(generator.trained, rate: config.learningRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(discriminator, rate: config.learningRate, beta1: config.beta1)
  }

  /// 4x4 maps, doubled up to the image.
  public static func needs(_ config: Config) -> DataNeeds {
    .dcgan(generatorWidth: config.generatorWidth, discriminatorWidth: config.discriminatorWidth)
  }

  /// The 25 passes over 350,000 faces of the authors' code.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 64, batchSize: 128, steps: 68_000)
  }

  /// One update of the discriminator, then one of the generator.
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
