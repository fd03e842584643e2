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
    @Setting(.choice("dcgan (the shorter side a power of two from 16 up) or mlp"))
    public var architecture = Architecture.dcgan
    @Setting(.count("dcgan: channels beside the image; doubled at every halving"))
    public var width = 64
    @Setting(.widths("hidden layers of a fully connected generator"))
    public var generatorWidths = mlpWidths.generator
    @Setting(.widths("hidden layers of a fully connected critic"))
    public var criticWidths = mlpWidths.discriminator
    @Setting(.latentSize("N(0, 1)")) public var latentSize = 100
    @Setting(.clip) public var clip = 0.01
    @Setting(.criticSteps) public var criticSteps = 5
    @Setting(.count("critic updates for some generator updates, see below"))
    public var longSteps = 100
    @Setting(
      .count("how many first generator updates follow longSteps critic updates", in: 0...65_536))
    public var longStart = 25
    @Setting(
      .count(
        "generator updates from one that follows longSteps to the next; 0: none", in: 0...65_536))
    public var longInterval = 500
    @Setting(.rmsPropRate) public var learningRate = 5e-5
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "wgan", title: "WGAN",
    summary: "A critic with clipped weights estimates the Wasserstein distance.",
    paper: "Arjovsky, Chintala, Bottou. Wasserstein GAN. ICML 2017, arXiv:1701.07875",
    deviations: [
      "100 critic updates before some of the generator's, as in the authors' code; the paper has 5",
      "weights are clipped before each critic update, as in the authors' code; the paper clips after",
      "dcgan: the generator's last and the critic's first and last layer have biases",
      "mlp: today's fully connected networks; the paper has four layers of 512 rectified units",
    ])

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Averaged<Sequential>
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: RMSProp
  let sinceGenerator = Counter()
  private let loss = AdversarialLoss.wasserstein
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .normal(config.latentSize)
    generator = Averaged(decay: config.ema) { config.generator(for: run.data).placed(on: device) }
    discriminator = config.critic(for: run.data).placed(on: device)
    let rate = Schedule.constant(config.learningRate)
    generatorOptimizer = RMSProp(generator.trained.parameters, learningRate: rate)
    discriminatorOptimizer = RMSProp(discriminator.parameters, learningRate: rate)
    self.config = config
  }

  /// What DCGAN's networks need; the fully connected ones take any images.
  public static func needs(_ config: Config) -> DataNeeds {
    config.architecture == .dcgan
      ? .dcgan(["width": config.width]) : .mlpGenerator(widths: config.generatorWidths)
  }

  /// The 25 passes over the three million bedrooms of the authors' code.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 64, steps: 1_184_000)
  }

  /// The critic alone, or the generator, too.
  public var stepKind: Int? {
    let steps = config.criticSteps(after: generatorOptimizer.updates.value)
    return sinceGenerator.value + 1 >= steps ? 1 : 0
  }

  /// One critic update; after as many as the schedule says also one generator update.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    var report = criticStep(batch.images)
    sinceGenerator.advance()
    if sinceGenerator.value >= config.criticSteps(after: generatorOptimizer.updates.value) {
      let fake = generator.trained(prior.sample(like: batch.images))
      report["loss/G"] = generatorOptimizer.minimize(
        loss.generator(fake: discriminator.untracked(fake)))
      generator.update()
      sinceGenerator.reset()
    }
    return report
  }

  private func criticStep(_ real: Tensor) -> StepReport {
    discriminatorOptimizer.clampParameters(to: -config.clip...config.clip)
    let fake = withoutGradients { generator.trained(prior.sample(like: real)) }
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(
        of: discriminator, real: real, fake: fake, isApart: config.architecture == .dcgan))
    return ["loss/D": lossD, "estimate/W": -lossD]
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator.inUse(latent) }
}

// MARK: - Networks

extension WGAN.Config {
  /// How many critic updates go before the generator update that follows `updates` others.
  func criticSteps(after updates: Int) -> Int {
    let isLong = longInterval > 0 && updates % longInterval == 0
    return updates < longStart || isLong ? longSteps : criticSteps
  }

  /// Noise `[N, latent]` to images `[N, C, H, W]`.
  fileprivate func generator(for data: DataShape) -> Sequential {
    switch architecture {
    case .dcgan: dcganGenerator(latent: latentSize, width: width, data, kernel: 4)
    case .mlp: mlpGenerator(inputs: latentSize, widths: generatorWidths, shape: data.imageShape)
    }
  }

  /// Images `[N, C, H, W]` to the critic's numbers `[N]`.
  fileprivate func critic(for data: DataShape) -> Sequential {
    switch architecture {
    case .dcgan: dcganDiscriminator(width: width, data, kernel: 4)
    case .mlp: mlpDiscriminator(data, widths: criticWidths)
    }
  }
}
