import GANKit
import Torch
import TorchNN

/// Wasserstein GAN with weight clipping (Arjovsky, Chintala and Bottou 2017, algorithm 1).
public struct WGAN: GenerativeRecipe {
  /// The pairs of networks.
  public enum Architecture: String, ConfigChoice {
    /// Those of ``DCGAN`` with kernels of 4, as the authors' code has them.
    case dcgan
    /// Fully connected.
    case mlp
  }

  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    /// Which networks.
    public let architecture: Architecture
    /// Channels of the convolutional networks beside the image; doubled at every halving of the size.
    public var width = 64
    /// Hidden layers of the fully connected generator.
    public var generatorWidths = mlpWidths.generator
    /// Hidden layers of the fully connected critic.
    public var criticWidths = mlpWidths.discriminator
    /// Length of the noise vector.
    public var latentSize = 100
    /// The bound c of the critic's weights.
    public var clip = 0.01
    /// Critic updates for each generator update.
    public var criticSteps = 5
    /// Critic updates for each of the generator's first updates and for every `longInterval`-th.
    public var longSteps = 100
    /// How many of the generator's first updates follow `longSteps` critic updates.
    public var longStart = 25
    /// Every how many generator updates the critic makes `longSteps`; 0 is never.
    public var longInterval = 500
    /// RMSProp's rate for both players.
    public var learningRate = 5e-5
    /// How much of the averaged generator one update keeps; 0 samples from the last weights.
    public var averageDecay = 0.0

    /// The default values.
    public init() { self.init(.dcgan) }

    /// The values that go with an architecture.
    public init(_ architecture: Architecture) { self.architecture = architecture }

    /// The values that go with this architecture.
    public var defaults: Config { Config(architecture) }

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      .choice(\.architecture, "architecture", "dcgan (squares, a power of two from 16 up) or mlp"),
      .count(\.width, "width", "channels of dcgan's maps beside the image; halvings double them"),
      .widths(\.generatorWidths, "generatorWidths", "hidden layers of a fully connected generator"),
      .widths(\.criticWidths, "criticWidths", "hidden layers of a fully connected critic"),
      .latentSize(\.latentSize, "N(0, 1)"),
      ConfigField(
        \.clip, "clip", "the bound c of every weight of the critic",
        expected: "a number above 0, at most 10"
      ) { $0 > 0 && $0 <= 10 },
      .criticSteps(\.criticSteps),
      .count(\.longSteps, "longSteps", "critic updates for some generator updates, see below"),
      .count(
        \.longStart, "longStart",
        "how many first generator updates follow longSteps critic updates", in: 0...65_536),
      .count(
        \.longInterval, "longInterval",
        "generator updates from one that follows longSteps to the next; 0: none", in: 0...65_536),
      .rate(\.learningRate, "learningRate", "RMSProp's rate for both players"),
      .averageDecay(\.averageDecay),
    ]

    /// How many critic updates go before the generator update that follows `updates` others.
    func criticSteps(after updates: Int) -> Int {
      let isLong = longInterval > 0 && updates % longInterval == 0
      return updates < longStart || isLong ? longSteps : criticSteps
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "wgan", title: "WGAN",
    summary: "A critic with clipped weights estimates the Wasserstein distance.",
    paper: "Arjovsky, Chintala, Bottou. Wasserstein GAN. ICML 2017, arXiv:1701.07875",
    deviations: [
      "weights are clipped before each critic update, as in the authors' code; the paper clips after",
      "dcgan: the generator's last and the critic's first and last layer have biases",
      "mlp: today's fully connected networks; the paper has four layers of 512 rectified units",
    ],
    claim: "MNIST: the critic's estimate ranks the checkpoints like fid[digits], with a rank "
      + "correlation of at least 0.8")

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Sequential
  let discriminator: Sequential
  let generatorAverage: MovingAverage<Sequential>?
  let generatorOptimizer: RMSProp
  let discriminatorOptimizer: RMSProp
  let sinceGenerator = Counter()
  private let loss = AdversarialLoss.wasserstein
  private let config: Config
  private let device: Device

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, data: DataShape, on device: Device) {
    func newGenerator() -> Sequential { wganGenerator(config, data).placed(on: device) }
    prior = .normal(config.latentSize)
    generator = newGenerator()
    discriminator = wganCritic(config, data).placed(on: device)
    generatorAverage = MovingAverage(of: generator, decay: config.averageDecay, newGenerator)
    let rate = Schedule.constant(config.learningRate)
    generatorOptimizer = RMSProp(generator.parameters, learningRate: rate)
    discriminatorOptimizer = RMSProp(discriminator.parameters, learningRate: rate)
    (self.config, self.device) = (config, device)
  }

  /// 32 for the networks that need a power of two.
  public static func defaultSize(for config: Config) -> Int? {
    config.architecture == .dcgan ? 32 : nil
  }

  /// Checks that the networks can take the data.
  public static func validate(_ config: Config, for data: DataShape) throws {
    guard config.architecture == .dcgan else { return }
    try checkDCGAN(data, "wgan's dcgan", [("width", config.width)])
  }

  /// One critic update; after as many as the schedule says also one generator update.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    var report = criticStep(batch.images)
    sinceGenerator.advance()
    if sinceGenerator.value >= config.criticSteps(after: generatorOptimizer.updates.value) {
      let fake = generator(prior.sample(batch.count, on: device))
      report["loss/G"] = generatorOptimizer.minimize(loss.generator(fake: discriminator(fake)))
      generatorAverage?.update(from: generator)
      sinceGenerator.reset()
    }
    return report
  }

  private func criticStep(_ real: Tensor) -> StepReport {
    discriminatorOptimizer.clampParameters(to: -config.clip...config.clip)
    let fake = withoutGradients { generator(prior.sample(real.size(0), on: device)) }
    let judged = judge(real, fake)
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(real: judged.real, fake: judged.fake))
    return ["loss/D": lossD, "estimate/W": -lossD]
  }

  /// Batch normalisation sees real and generated images apart.
  private func judge(_ real: Tensor, _ fake: Tensor) -> (real: Tensor, fake: Tensor) {
    switch config.architecture {
    case .dcgan: (discriminator(real), discriminator(fake))
    case .mlp: inOnePass(real, fake) { discriminator($0) }
    }
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    (generatorAverage?.network ?? generator)(latent)
  }
}
