import GANKit
import Torch
import TorchNN

/// Information maximising GAN (Chen et al. 2016): codes beside the noise which a recognition network
/// reads off the pictures again, so that they come to mean something.
public struct InfoGAN: CodedRecipe {
  /// What may be changed; the defaults are those of the authors' code for MNIST.
  public struct Config: RecipeConfig {
    /// Categories of each categorical code.
    public var categorical = [10]
    /// How many continuous codes, uniform on [-1, 1).
    public var continuous = 2
    /// Length of the noise beside the codes.
    public var noiseSize = 62
    /// Channels of the maps of half the picture's size; twice as many at a quarter.
    public var width = 64
    /// Units of the fully connected layers of generator and discriminator.
    public var features = 1024
    /// Units of the recognition network's own hidden layer.
    public var recognitionWidth = 128
    /// The weight λ of the information about categorical codes.
    public var categoricalWeight = 1.0
    /// The weight λ of the information about continuous codes.
    public var continuousWeight = 1.0
    /// Adam's rate for the generator.
    public var generatorRate = 1e-3
    /// Adam's rate for the discriminator and the recognition network.
    public var discriminatorRate = 2e-4
    /// Adam's decay of the first moment.
    public var beta1 = 0.5
    /// How much of the averaged generator one update keeps; 0 samples from the last weights.
    public var averageDecay = 0.0

    /// The default values.
    public init() {}

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      ConfigField(
        "categorical", "categories of each categorical code, with commas; may be empty"
      ) { try $0.checkCategories() },
      .count(\.continuous, "continuous", "continuous codes, each uniform on [-1, 1)", in: 0...1024),
      .count(\.noiseSize, "noiseSize", "length of the noise beside the codes, uniform on [-1, 1)"),
      .count(\.width, "width", "channels at half the picture's size; twice as many at a quarter"),
      .count(\.features, "features", "units of the fully connected layers"),
      .count(\.recognitionWidth, "recognitionWidth", "hidden units of the recognition network"),
      .weight(\.categoricalWeight, "categoricalWeight", "weight lambda of the categorical codes"),
      .weight(\.continuousWeight, "continuousWeight", "weight lambda of the continuous codes"),
      .rate(\.generatorRate, "generatorRate", "Adam's rate for the generator"),
      .rate(\.discriminatorRate, "discriminatorRate", "Adam's rate for the other two networks"),
      .beta1(\.beta1),
      .averageDecay(\.averageDecay),
    ]

    private func checkCategories() throws {
      for count in categorical {
        try ConfigError.check(
          (2...65_536).contains(count), "categorical", count, "from 2 to 65536 categories each")
      }
      try ConfigError.check(
        categorical.count <= 64, "categorical", categorical.count, "at most 64 codes")
    }

    /// There are codes of one kind or the other.
    public func checkTogether() throws {
      try ConfigError.check(
        continuous > 0 || !categorical.isEmpty, "continuous", continuous,
        "at least 1 where there are no categorical codes")
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "infogan", title: "InfoGAN",
    summary: "Codes beside the noise come to mean class, slant and width without any label.",
    paper: "Chen, Duan, Houthooft, Schulman, Sutskever, Abbeel. InfoGAN: Interpretable "
      + "Representation Learning by Information Maximizing Generative Adversarial Nets. "
      + "NeurIPS 2016, arXiv:1606.03657",
    deviations: [
      "the authors' batch has 128 images; choose with --batch-size",
      "LeakyReLU has the slope 0.1 of appendix C; the authors' code has 0.01",
    ],
    claim: "MNIST: c1 sorts the test digits with at most 8 % error, one continuous code "
      + "correlates at least 0.7 with their slant, another with their width")

  /// Noise, then the codes.
  public let prior: LatentPrior
  /// The codes in the order of their columns.
  public let codes: [LatentCode]
  let generator: Sequential
  let discriminator: InfoGANDiscriminator
  let recognition: InfoGANRecognition
  let generatorAverage: MovingAverage<Sequential>?
  let generatorOptimizer: Adam
  let discriminatorOptimizer: Adam
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config
  private let device: Device

  /// Networks and optimizers at their initial values; the discriminator's optimizer trains the
  /// recognition network, too.
  public init(_ config: Config, data: DataShape, on device: Device) {
    func newGenerator() -> Sequential {
      infoGANGenerator(config, data).dcganInitialized().placed(on: device)
    }
    (prior, codes) = (config.prior, config.codes)
    generator = newGenerator()
    discriminator = InfoGANDiscriminator(config, data).dcganInitialized().placed(on: device)
    recognition = InfoGANRecognition(config).dcganInitialized().placed(on: device)
    generatorAverage = MovingAverage(of: generator, decay: config.averageDecay, newGenerator)
    generatorOptimizer = Adam(generator, rate: config.generatorRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(
      discriminator.parameters + recognition.parameters,
      learningRate: .constant(config.discriminatorRate), betas: (config.beta1, 0.999))
    (self.config, self.device) = (config, device)
  }

  /// Checks that the networks can take the data.
  public static func validate(_ config: Config, for data: DataShape) throws {
    try data.check(
      data.height % 4 == 0 && data.width % 4 == 0 && min(data.height, data.width) >= 8, "infogan",
      needs: "images whose sides are multiples of 4 from 8 up")
  }

  /// One update of discriminator and recognition network, then one of the generator with fresh
  /// noise and codes. What the codes tell is subtracted from both losses.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    var report = discriminatorStep(batch.images)
    let latent = prior.sample(batch.count, on: device)
    let judged = discriminator(generator(latent))
    let information = information(about: latent, in: judged.features)
    report["loss/G"] = generatorOptimizer.minimize(
      loss.generator(fake: judged.logits) - information.weighted(by: config))
    generatorAverage?.update(from: generator)
    return report
  }

  private func discriminatorStep(_ real: Tensor) -> StepReport {
    let latent = prior.sample(real.size(0), on: device)
    let fake = withoutGradients { generator(latent) }
    let (onReal, onFake) = (discriminator(real), discriminator(fake))
    let information = information(about: latent, in: onFake.features)
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(real: onReal.logits, fake: onFake.logits)
        - information.weighted(by: config))
    var report: StepReport = ["loss/D": lossD]
    report["info/categorical"] = information.categorical
    report["info/continuous"] = information.continuous
    return report
  }

  private func information(about latent: Tensor, in features: Tensor) -> CodeInformation {
    CodeInformation(codes, in: latent, inferred: recognition(features))
  }

  /// `[N, prior.dimension] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    (generatorAverage?.network ?? generator)(latent)
  }

  /// Logits or means of the codes of images `[N, C, H, W]`.
  public func inferCodes(_ images: Tensor) -> [Tensor] {
    let inferred = recognition(discriminator(images).features)
    return codes.map { code in
      inferred.narrowed(
        1, from: code.columns.lowerBound - config.noiseSize, length: code.columns.count)
    }
  }
}
