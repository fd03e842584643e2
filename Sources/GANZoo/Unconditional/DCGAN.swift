import GANKit
import Torch
import TorchNN

/// Deep convolutional GAN (Radford, Metz and Chintala 2015).
public struct DCGAN: GenerativeRecipe {
  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    /// Channels of the generator's maps before the image; doubled at every halving of the size.
    public var generatorWidth = 128
    /// Channels of the discriminator's first maps; doubled at every halving of the size.
    public var discriminatorWidth = 128
    /// Length of the noise vector.
    public var latentSize = 100
    /// How the generator enlarges its maps.
    public var upsampling = Upsampling.transposed
    /// Side of the strided kernels: 4 or 5.
    public var kernelSize = 5
    /// Adam's rate for both players.
    public var learningRate = 2e-4
    /// Adam's decay of the first moment.
    public var beta1 = 0.5
    /// How much of the averaged generator one update keeps; 0 samples from the last weights.
    public var averageDecay = 0.0

    /// The default values.
    public init() {}

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      .count(
        \.generatorWidth, "generatorWidth",
        "channels of the maps before the image; doubled at every halving"),
      .count(
        \.discriminatorWidth, "discriminatorWidth",
        "channels of the first maps; doubled at every halving"),
      .latentSize(\.latentSize, "uniform on [-1, 1)"),
      .choice(
        \.upsampling, "upsampling",
        "transposed (paper) or resize: doubling and a 3x3 convolution, 2.25x cheaper"),
      ConfigField(
        \.kernelSize, "kernelSize", "side of the strided kernels: 4 or 5", expected: "4 or 5"
      ) { [4, 5].contains($0) },
      .learningRate(\.learningRate),
      .beta1(\.beta1),
      .averageDecay(\.averageDecay),
    ]
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
      "its epsilon is 1e-5 and not 1e-8; the first and last layers have biases",
      "no weight decay; the authors' code has 1e-5, the paper names none",
    ],
    claim: RecipeCard.tenDigits(minutes: 6))

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Sequential
  let discriminator: Sequential
  let generatorAverage: MovingAverage<Sequential>?
  let generatorOptimizer: Adam
  let discriminatorOptimizer: Adam
  private let loss = AdversarialLoss.nonSaturating()
  private let device: Device

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, data: DataShape, on device: Device) {
    func newGenerator() -> Sequential {
      dcganGenerator(
        latent: config.latentSize, width: config.generatorWidth, data, kernel: config.kernelSize,
        config.upsampling
      ).placed(on: device)
    }
    prior = .uniform(config.latentSize)
    generator = newGenerator()
    discriminator = dcganDiscriminator(
      width: config.discriminatorWidth, data, kernel: config.kernelSize
    ).placed(on: device)
    generatorAverage = MovingAverage(of: generator, decay: config.averageDecay, newGenerator)
    generatorOptimizer = Adam(generator, rate: config.learningRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(discriminator, rate: config.learningRate, beta1: config.beta1)
    self.device = device
  }

  /// 32: the networks need a power of two.
  public static func defaultSize(for config: Config) -> Int? { 32 }

  /// Checks that the networks can take the data.
  public static func validate(_ config: Config, for data: DataShape) throws {
    try checkDCGAN(
      data, "dcgan",
      [
        ("generatorWidth", config.generatorWidth),
        ("discriminatorWidth", config.discriminatorWidth),
      ])
  }

  /// One update of the discriminator, then one of the generator.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    let fake = generator(prior.sample(batch.count, on: device))
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(
        real: discriminator(batch.images), fake: discriminator(fake.detached())))
    let lossG = generatorOptimizer.minimize(loss.generator(fake: discriminator(fake)))
    generatorAverage?.update(from: generator)
    return ["loss/D": lossD, "loss/G": lossG]
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    (generatorAverage?.network ?? generator)(latent)
  }
}
