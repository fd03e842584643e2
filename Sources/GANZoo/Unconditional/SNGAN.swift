import GANKit
import Torch
import TorchNN

/// GAN with a spectrally normalised discriminator (Miyato et al. 2018), conditional on request
/// (Miyato and Koyama 2018).
public struct SNGAN: GenerativeRecipe {
  /// The pairs of networks.
  public enum Architecture: String, ConfigChoice {
    /// The standard CNN of table 3.
    case cnn
    /// The residual networks of table 4.
    case resnet
  }

  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    /// Which networks.
    public let architecture: Architecture
    /// Whether the residual networks are told the class.
    public var conditional = false
    /// Channels of the generator: of its maps before the image (`cnn`), or throughout (`resnet`).
    public var generatorWidth: Int
    /// Channels of the discriminator: of its first maps (`cnn`), or throughout (`resnet`).
    public var discriminatorWidth: Int
    /// Length of the noise vector.
    public var latentSize = 128
    /// Discriminator updates for each generator update.
    public var discriminatorSteps = 5
    /// Adam's rate for both players.
    public var learningRate = 2e-4
    /// Generator updates over which the rate falls in a straight line to 0; 0 keeps it constant.
    public var decayUpdates: Int
    /// Adam's decay of the first moment.
    public var beta1 = 0.0
    /// Adam's decay of the second moment.
    public var beta2 = 0.9
    /// How much of the averaged generator one update keeps; 0 samples from the last weights.
    public var averageDecay = 0.0

    /// The default values.
    public init() { self.init(.cnn) }

    /// The values that go with an architecture.
    public init(_ architecture: Architecture) {
      self.architecture = architecture
      switch architecture {
      case .cnn: (generatorWidth, discriminatorWidth, decayUpdates) = (64, 64, 0)
      case .resnet: (generatorWidth, discriminatorWidth, decayUpdates) = (256, 128, 50_000)
      }
    }

    /// The values that go with this architecture.
    public var defaults: Config { Config(architecture) }

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      .choice(\.architecture, "architecture", "cnn (table 3) or resnet (table 4)"),
      .flag(\.conditional, "conditional", "resnet: tells both players the class; needs labels"),
      .count(\.generatorWidth, "generatorWidth", "channels before the image (resnet: throughout)"),
      .count(\.discriminatorWidth, "discriminatorWidth", "channels at first (resnet: throughout)"),
      .latentSize(\.latentSize, "N(0, 1)"),
      .count(\.discriminatorSteps, "discriminatorSteps", "its updates for each of the generator's"),
      .learningRate(\.learningRate),
      .decayUpdates(\.decayUpdates),
      .beta1(\.beta1),
      .beta2(\.beta2),
      .averageDecay(\.averageDecay),
    ]

    /// Only the residual networks can be told the class.
    public func checkTogether() throws {
      try ConfigError.check(
        !conditional || architecture == .resnet, "conditional", conditional,
        "false, or architecture=resnet")
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "sn-gan", title: "SN-GAN",
    summary: "A discriminator whose layers are divided by their largest singular value.",
    paper: "Miyato, Kataoka, Koyama, Yoshida. Spectral Normalization for Generative Adversarial "
      + "Networks. ICLR 2018, arXiv:1802.05957; conditional: Miyato, Koyama. cGANs with Projection "
      + "Discriminator. ICLR 2018, arXiv:1802.05637",
    deviations: [
      "the generator's batch is as large as the discriminator's; the authors double it",
      "real and generated images share one pass, so the power iteration advances once for both",
      "images are not dequantised; the authors add noise of one grey level to real ones",
      "cnn: hinge loss and Adam's numbers are those of resnet; the paper tries six settings",
    ],
    claim: "MNIST: the lowest fid[digits] of gan, dcgan, wgan-gp and this after equal time, all "
      + "ten classes")

  /// The distribution of the noise.
  public let prior: LatentPrior
  /// The classes of the data, where the networks are conditional.
  public let classCount: Int
  let generator: SNGANGenerator
  let discriminator: SNGANDiscriminator
  let generatorAverage: MovingAverage<SNGANGenerator>?
  let generatorOptimizer: Adam
  let discriminatorOptimizer: Adam
  let minibatches = Counter()
  private let loss = AdversarialLoss.hinge
  private let config: Config
  private let device: Device

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, data: DataShape, on device: Device) {
    func newGenerator() -> SNGANGenerator { SNGANGenerator(config, data).placed(on: device) }
    prior = .normal(config.latentSize)
    classCount = config.conditional ? data.classes : 0
    generator = newGenerator()
    discriminator = SNGANDiscriminator(config, data).placed(on: device)
    generatorAverage = MovingAverage(of: generator, decay: config.averageDecay, newGenerator)
    let betas = (config.beta1, config.beta2)
    func schedule(each count: Int) -> Schedule {
      .falling(config.learningRate, over: config.decayUpdates, each: count)
    }
    generatorOptimizer = Adam(generator, learningRate: schedule(each: 1), betas: betas)
    discriminatorOptimizer = Adam(
      discriminator, learningRate: schedule(each: config.discriminatorSteps), betas: betas)
    (self.config, self.device) = (config, device)
  }

  /// 32: the networks need a power of two, or a multiple of 8.
  public static func defaultSize(for config: Config) -> Int? { 32 }

  /// Checks that the networks can take the data.
  public static func validate(_ config: Config, for data: DataShape) throws {
    switch config.architecture {
    case .cnn:
      try data.check(
        data.height == data.width && data.height >= 16 && data.height % 8 == 0, "sn-gan's cnn",
        needs: "square images, a multiple of 8 from 16 up")
    case .resnet: try data.checkPowerOfTwo("sn-gan's resnet", from: 8)
    }
    if config.conditional { try data.checkClasses("sn-gan with conditional=true") }
  }

  /// One discriminator update; after every `discriminatorSteps`-th also one generator update.
  public mutating func step(_ batch: LabeledIfAnyBatch) -> StepReport {
    let lossD = discriminatorStep(batch)
    minibatches.advance()
    guard minibatches.value % config.discriminatorSteps == 0 else { return ["loss/D": lossD] }
    let (fake, labels) = draw(batch.count)
    let lossG = generatorOptimizer.minimize(
      loss.generator(fake: discriminator(fake, labels: labels)))
    generatorAverage?.update(from: generator)
    return ["loss/D": lossD, "loss/G": lossG]
  }

  private func discriminatorStep(_ batch: LabeledIfAnyBatch) -> Tensor {
    let (fake, fakeLabels) = withoutGradients { draw(batch.count) }
    let labels = fakeLabels.map { Tensor.concatenated([batch.requiredLabels, $0]) }
    let judged = inOnePass(batch.images, fake) { discriminator($0, labels: labels) }
    return discriminatorOptimizer.minimize(
      loss.discriminator(real: judged.real, fake: judged.fake))
  }

  /// Images of fresh noise and, where the networks are conditional, of uniform classes.
  private func draw(_ count: Int) -> (images: Tensor, labels: Tensor?) {
    let latent = prior.sample(count, on: device)
    let labels =
      classCount > 0 ? Tensor.randomIntegers([count], below: classCount, on: device) : nil
    return (generator(latent, labels: labels), labels)
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    (generatorAverage?.network ?? generator)(latent, labels: labels)
  }
}
