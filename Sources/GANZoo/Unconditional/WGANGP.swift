import GANKit
import Torch
import TorchNN

/// Wasserstein GAN with gradient penalty (Gulrajani et al. 2017, algorithm 1).
public struct WGANGP: GenerativeRecipe {
  /// The pairs of networks.
  public enum Architecture: String, ConfigChoice {
    /// Fully connected.
    case mlp
    /// The residual networks of appendix F for small photos.
    case resnet
    /// Fully connected with rectified units, for points in the plane (section 4).
    case toy
  }

  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    /// Which networks.
    public let architecture: Architecture
    /// Channels of the residual networks.
    public var width = 128
    /// Hidden layers of a fully connected generator.
    public var generatorWidths: [Int]
    /// Hidden layers of a fully connected critic.
    public var criticWidths: [Int]
    /// Length of the noise vector.
    public var latentSize: Int
    /// Critic updates for each generator update.
    public var criticSteps = 5
    /// The weight λ of the penalty.
    public var penaltyWeight: Double
    /// Adam's rate for both players.
    public var learningRate: Double
    /// Generator updates over which the rate falls in a straight line to 0; 0 keeps it constant.
    public var decayUpdates: Int
    /// Adam's decay of the first moment.
    public var beta1: Double
    /// Adam's decay of the second moment.
    public var beta2 = 0.9
    /// How much of the averaged generator one update keeps; 0 samples from the last weights.
    public var averageDecay = 0.0

    /// The default values.
    public init() { self.init(.mlp) }

    /// The values that go with an architecture.
    public init(_ architecture: Architecture) {
      self.architecture = architecture
      (generatorWidths, criticWidths) = mlpWidths
      (penaltyWeight, beta1) = (10, 0)
      switch architecture {
      case .mlp: (latentSize, learningRate, decayUpdates) = (100, 1e-4, 0)
      case .resnet: (latentSize, learningRate, decayUpdates) = (128, 2e-4, 100_000)
      case .toy:
        (generatorWidths, criticWidths) = ([512, 512, 512], [512, 512, 512])
        (latentSize, learningRate, decayUpdates) = (2, 1e-4, 0)
        (penaltyWeight, beta1) = (0.1, 0.5)
      }
    }

    /// The values that go with this architecture.
    public var defaults: Config { Config(architecture) }

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      .choice(
        \.architecture, "architecture",
        "mlp, resnet (squares, powers of two) or toy (points)"),
      .count(\.width, "width", "channels of the residual networks"),
      .widths(\.generatorWidths, "generatorWidths", "hidden layers of a fully connected generator"),
      .widths(\.criticWidths, "criticWidths", "hidden layers of a fully connected critic"),
      .latentSize(\.latentSize, "N(0, 1)"),
      .criticSteps(\.criticSteps),
      .penaltyWeight(\.penaltyWeight),
      .learningRate(\.learningRate),
      .decayUpdates(\.decayUpdates),
      .beta1(\.beta1),
      .beta2(\.beta2),
      .averageDecay(\.averageDecay),
    ]
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "wgan-gp", title: "WGAN-GP",
    summary: "A critic of the Wasserstein distance, kept 1-Lipschitz by a gradient penalty.",
    paper:
      "Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville. Improved Training of Wasserstein GANs. "
      + "NeurIPS 2017, arXiv:1704.00028",
    deviations: [
      "the generator's batch is as large as the critic's; the authors' CIFAR-10 script doubles it",
      "images are not dequantised; that script adds noise of one grey level to real ones",
      "mlp: today's fully connected networks, which the paper does not use for images",
    ],
    claim: "covers at least 24 of the 25 modes of the grid of Gaussians")

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: AnyLayer
  let discriminator: AnyLayer
  let generatorAverage: MovingAverage<AnyLayer>?
  let generatorOptimizer: Adam
  let discriminatorOptimizer: Adam
  let minibatches = Counter()
  private let config: Config
  private let device: Device

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, data: DataShape, on device: Device) {
    prior = .normal(config.latentSize)
    func newGenerator() -> AnyLayer { wganGPGenerator(config, data).placed(on: device) }
    generator = newGenerator()
    discriminator = wganGPCritic(config, data).placed(on: device)
    generatorAverage = MovingAverage(of: generator, decay: config.averageDecay, newGenerator)
    let betas = (config.beta1, config.beta2)
    func schedule(each count: Int) -> Schedule {
      .falling(config.learningRate, over: config.decayUpdates, each: count)
    }
    generatorOptimizer = Adam(generator, learningRate: schedule(each: 1), betas: betas)
    discriminatorOptimizer = Adam(
      discriminator, learningRate: schedule(each: config.criticSteps), betas: betas)
    (self.config, self.device) = (config, device)
  }

  /// 32 for the networks that need a power of two.
  public static func defaultSize(for config: Config) -> Int? {
    config.architecture == .resnet ? 32 : nil
  }

  /// Checks that the networks can take the data.
  public static func validate(_ config: Config, for data: DataShape) throws {
    guard config.architecture == .resnet else { return }
    try data.checkPowerOfTwo("wgan-gp's resnet", from: 8)
  }

  /// One critic update; after every `criticSteps`-th also one generator update.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    var report = criticStep(batch.images)
    minibatches.advance()
    if minibatches.value % config.criticSteps == 0 {
      let fake = generator(prior.sample(batch.count, on: device))
      report["loss/G"] = generatorOptimizer.minimize(
        AdversarialLoss.wasserstein.generator(fake: discriminator(fake)))
      generatorAverage?.update(from: generator)
    }
    return report
  }

  private func criticStep(_ real: Tensor) -> StepReport {
    let fake = withoutGradients { generator(prior.sample(real.size(0), on: device)) }
    let judged = inOnePass(real, fake) { discriminator($0) }
    let penalty = GradientPenalty.wassersteinGP({ discriminator($0) }, real: real, fake: fake)
    let loss = AdversarialLoss.wasserstein.discriminator(real: judged.real, fake: judged.fake)
    let total = discriminatorOptimizer.minimize(loss + config.penaltyWeight * penalty)
    return ["loss/D": total, "loss/penalty": penalty]
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1]; the toy generator's output is linear, so its few
  /// points outside are moved to the border.
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    let images = (generatorAverage?.network ?? generator)(latent)
    return config.architecture == .toy ? images.clamped(to: -1...1) : images
  }
}
