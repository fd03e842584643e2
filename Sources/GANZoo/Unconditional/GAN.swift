import GANKit
import Torch
import TorchNN

/// Generative adversarial network (Goodfellow et al. 2014).
public struct GAN: GenerativeRecipe {
  /// What may be changed.
  public struct Config: RecipeConfig {
    /// Which networks.
    public let architecture: MLPArchitecture
    /// Length of the noise vector.
    public var latentSize = 100
    /// Hidden layers of the generator.
    public var generatorWidths: [Int]
    /// Hidden layers of the discriminator; `maxout` takes the largest of five pieces for each unit.
    public var discriminatorWidths: [Int]
    /// Rate of Adam (`mlp`) or of gradient descent with momentum (`maxout`).
    public var learningRate: Double
    /// Adam's decay of the first moment (`mlp`).
    public var beta1 = 0.5
    /// Target of the discriminator for real images; below 1 smooths one side.
    public var realLabel = 1.0
    /// How much of the averaged generator one update keeps; 0 samples from the last weights.
    public var averageDecay = 0.0

    /// The default values.
    public init() { self.init(.mlp) }

    /// The values that go with an architecture.
    public init(_ architecture: MLPArchitecture) {
      self.architecture = architecture
      switch architecture {
      case .mlp:
        (generatorWidths, discriminatorWidths) = mlpWidths
        learningRate = 2e-4
      case .maxout:
        (generatorWidths, discriminatorWidths) = ([1200, 1200], [240, 240])
        learningRate = 0.1
      }
    }

    /// The values that go with this architecture.
    public var defaults: Config { Config(architecture) }

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      .choice(\.architecture, "architecture", MLPArchitecture.meaning),
      .latentSize(\.latentSize),
      .widths(\.generatorWidths, "generatorWidths", "hidden layers of the generator"),
      .widths(\.discriminatorWidths, "discriminatorWidths", "hidden layers of the discriminator"),
      MLPArchitecture.learningRate(\.learningRate),
      MLPArchitecture.beta1(\.beta1),
      ConfigField(
        \.realLabel, "realLabel", "the discriminator's target for real images; below 1 smooths",
        expected: "a number above 0.5, at most 1"
      ) { $0 > 0.5 && $0 <= 1 },
      .averageDecay(\.averageDecay),
    ]
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "gan", title: "GAN",
    summary: "The original: two fully connected networks and the non-saturating loss.",
    paper: "Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville, Bengio. "
      + "Generative Adversarial Networks. NeurIPS 2014, arXiv:1406.2661",
    deviations: [
      "the default networks and Adam are today's; --set architecture=maxout gives those of 2014",
      "both players use the same noise in a step; algorithm 1 draws it afresh for the generator",
      "images lie in [-1, 1], so the sigmoid output of 2014 becomes 2·sigmoid - 1",
      "maxout: the output's bias starts at 0; the authors' code starts it at the data's mean image",
      "maxout: momentum rises with the updates (125,000), in the authors' code with the epochs (250)",
    ],
    claim: RecipeCard.tenDigits(minutes: 6))

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Sequential
  let discriminator: Sequential
  let generatorAverage: MovingAverage<Sequential>?
  let generatorOptimizer: any Optimizer
  let discriminatorOptimizer: any Optimizer
  private let loss: AdversarialLoss
  private let device: Device

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, data: DataShape, on device: Device) {
    func newGenerator() -> Sequential { ganGenerator(config, data).placed(on: device) }
    switch config.architecture {
    case .mlp: prior = .normal(config.latentSize)
    case .maxout:  // of variance 1, as the authors' code draws it
      prior = .uniform(config.latentSize, low: -3.0.squareRoot(), high: 3.0.squareRoot())
    }
    generator = newGenerator()
    discriminator = ganDiscriminator(config, data).placed(on: device)
    generatorAverage = MovingAverage(of: generator, decay: config.averageDecay, newGenerator)
    generatorOptimizer = config.optimizer(generator)
    // The authors' code takes half the discriminator's loss.
    discriminatorOptimizer = config.optimizer(discriminator, of: 0.5)
    loss = .nonSaturating(realLabel: config.realLabel)
    self.device = device
  }

  /// Checks that the networks can take the data.
  public static func validate(_ config: Config, for data: DataShape) throws {}

  /// One update of the discriminator, then one of the generator.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    let fake = generator(prior.sample(batch.count, on: device))
    let judged = inOnePass(batch.images, fake.detached()) { discriminator($0) }
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(real: judged.real, fake: judged.fake))
    let lossG = generatorOptimizer.minimize(loss.generator(fake: discriminator(fake)))
    generatorAverage?.update(from: generator)
    return ["loss/D": lossD, "loss/G": lossG]
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    (generatorAverage?.network ?? generator)(latent)
  }
}

extension GAN.Config {
  /// - Parameter share: how much of the loss is taken, where the rate is not Adam's.
  fileprivate func optimizer(_ network: some Module, of share: Double = 1) -> any Optimizer {
    switch architecture {
    case .mlp: Adam(network, rate: learningRate, beta1: beta1)
    case .maxout: goodfellowDescent(network, rate: share * learningRate, decay: 1.000004)
    }
  }
}
