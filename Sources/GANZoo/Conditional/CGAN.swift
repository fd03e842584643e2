import GANKit
import Torch
import TorchNN

/// Conditional GAN (Mirza and Osindero 2014).
public struct CGAN: GenerativeRecipe {
  /// What may be changed.
  public struct Config: RecipeConfig {
    /// Which networks.
    public let architecture: MLPArchitecture
    /// Length of the noise vector.
    public var latentSize = 100
    /// Hidden layers of the generator (`mlp`), or units for noise, label and both (`maxout`).
    public var generatorWidths: [Int]
    /// Hidden layers of the discriminator (`mlp`), or units for image, label and both (`maxout`).
    public var discriminatorWidths: [Int]
    /// Rate of Adam (`mlp`) or of gradient descent with momentum (`maxout`).
    public var learningRate: Double
    /// Adam's decay of the first moment (`mlp`).
    public var beta1 = 0.5
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
        (generatorWidths, discriminatorWidths) = ([200, 1000, 1200], [240, 50, 240])
        learningRate = 0.1
      }
    }

    /// The values that go with this architecture.
    public var defaults: Config { Config(architecture) }

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      .choice(\.architecture, "architecture", MLPArchitecture.meaning),
      .latentSize(\.latentSize),
      .widths(
        \.generatorWidths, "generatorWidths",
        "hidden layers of the generator; maxout: of noise, label and both"),
      .widths(
        \.discriminatorWidths, "discriminatorWidths",
        "hidden layers of the discriminator; maxout: of image, label and both"),
      MLPArchitecture.learningRate(\.learningRate),
      MLPArchitecture.beta1(\.beta1),
      .averageDecay(\.averageDecay),
    ]

    /// The networks of 2014 have three hidden layers of given places.
    public func checkTogether() throws {
      guard architecture == .maxout else { return }
      for (field, widths) in [
        ("generatorWidths", generatorWidths), ("discriminatorWidths", discriminatorWidths),
      ] {
        try ConfigError.check(widths.count == 3, field, widths.count, "three widths for maxout")
      }
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "cgan", title: "CGAN",
    summary: "Generator and discriminator are told the class.",
    paper: "Mirza, Osindero. Conditional Generative Adversarial Nets. 2014, arXiv:1411.1784",
    deviations: [
      "the default networks and Adam are today's; --set architecture=maxout gives those of 2014",
      "both players use the same noise in a step",
      "images lie in [-1, 1], so the sigmoid output of 2014 becomes 2·sigmoid - 1",
      "maxout: the paper names neither initial values nor the momentum's course: those of GAN",
    ],
    claim: "MNIST: a classifier reads at least 97 % of the digits asked for")

  /// The distribution of the noise.
  public let prior: LatentPrior
  /// The classes of the data.
  public let classCount: Int
  let generator: CGANGenerator
  let discriminator: CGANDiscriminator
  let generatorAverage: MovingAverage<CGANGenerator>?
  let generatorOptimizer: any Optimizer
  let discriminatorOptimizer: any Optimizer
  private let loss = AdversarialLoss.nonSaturating()
  private let device: Device

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, data: DataShape, on device: Device) {
    func newGenerator() -> CGANGenerator { CGANGenerator(config, data).placed(on: device) }
    switch config.architecture {
    case .mlp: prior = .normal(config.latentSize)
    case .maxout: prior = .uniform(config.latentSize, low: 0, high: 1)
    }
    classCount = data.classes
    generator = newGenerator()
    discriminator = CGANDiscriminator(config, data).placed(on: device)
    generatorAverage = MovingAverage(of: generator, decay: config.averageDecay, newGenerator)
    generatorOptimizer = config.optimizer(generator)
    discriminatorOptimizer = config.optimizer(discriminator)
    self.device = device
  }

  /// Checks that the networks can take the data.
  public static func validate(_ config: Config, for data: DataShape) throws {
    try data.checkClasses("cgan")
  }

  /// One update of the discriminator, then one of the generator.
  public mutating func step(_ batch: LabeledBatch) -> StepReport {
    let labels = batch.labels
    let fake = generator(prior.sample(batch.count, on: device), labels: labels)
    let twice = Tensor.concatenated([labels, labels])
    let judged = inOnePass(batch.images, fake.detached()) { discriminator($0, labels: twice) }
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(real: judged.real, fake: judged.fake))
    let lossG = generatorOptimizer.minimize(
      loss.generator(fake: discriminator(fake, labels: labels)))
    generatorAverage?.update(from: generator)
    return ["loss/D": lossD, "loss/G": lossG]
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    guard let labels else { preconditionFailure("cgan draws images of given classes") }
    return (generatorAverage?.network ?? generator)(latent, labels: labels)
  }
}

extension CGAN.Config {
  fileprivate func optimizer(_ network: some Module) -> any Optimizer {
    switch architecture {
    case .mlp: Adam(network, rate: learningRate, beta1: beta1)
    case .maxout: goodfellowDescent(network, rate: learningRate, decay: 1.00004)
    }
  }
}
