import GANKit
import Torch
import TorchNN

/// The two sets of networks of the fully connected systems.
public enum MLPArchitecture: String, ConfigChoice {
  /// LeakyReLU, batch normalisation in the generator, Adam: what is used today.
  case mlp
  /// The networks and the gradient descent of 2014: maxout discriminator with dropout.
  case maxout

  static let meaning = "mlp (today's) or maxout (the networks of 2014)"

  static func learningRate<C>(_ path: ConfigField<C>.Path<Double>) -> ConfigField<C> {
    .rate(path, "learningRate", "rate of Adam (mlp) or of gradient descent (maxout)")
  }

  static func beta1<C>(_ path: ConfigField<C>.Path<Double>) -> ConfigField<C> {
    .fraction(path, "beta1", "Adam's decay of the first moment (mlp)")
  }
}

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
    /// How much of the averaged generator one step keeps; 0 samples from the last weights.
    public var averageDecay = 0.0

    /// The default values.
    public init() { self.init(.mlp) }

    /// The values that go with an architecture.
    public init(_ architecture: MLPArchitecture) {
      self.architecture = architecture
      switch architecture {
      case .mlp:
        (generatorWidths, discriminatorWidths) = ([128, 256, 512, 1024], [512, 256])
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
      .count(\.latentSize, "latentSize", "length of the noise vector"),
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
    claim: "MNIST: readable digits of all ten classes")

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
    func newGenerator() -> Sequential {
      GAN.generator(config, shape: data.imageShape).placed(on: device)
    }
    switch config.architecture {
    case .mlp: prior = .normal(config.latentSize)
    case .maxout:  // of variance 1, as the authors' code draws it
      prior = .uniform(config.latentSize, low: -3.0.squareRoot(), high: 3.0.squareRoot())
    }
    generator = newGenerator()
    discriminator = GAN.discriminator(config, inputs: data.elementCount).placed(on: device)
    generatorAverage = MovingAverage(
      of: generator, decay: config.averageDecay, newGenerator)
    (generatorOptimizer, discriminatorOptimizer) = GAN.optimizers(config, generator, discriminator)
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

// MARK: - Networks

extension GAN {
  private static func generator(_ config: Config, shape: [Int]) -> Sequential {
    switch config.architecture {
    case .mlp:
      return mlpGenerator(
        inputs: config.latentSize, widths: config.generatorWidths, shape: shape)
    case .maxout:
      var inputs = config.latentSize
      return Sequential {
        for width in config.generatorWidths {
          Linear(inputs, width)
          ReLU()
          let _ = inputs = width
        }
        Linear(inputs, shape.reduce(1, *))
        SignedSigmoid()
        Unflatten(shape)
      }.initialized(.uniform(bound: 0.05))
    }
  }

  private static func discriminator(_ config: Config, inputs: Int) -> Sequential {
    switch config.architecture {
    case .mlp:
      return Sequential(
        [Flatten()] + mlpDiscriminator(inputs: inputs, widths: config.discriminatorWidths))
    case .maxout:
      var inputs = inputs
      return Sequential {
        Flatten()
        for (index, width) in config.discriminatorWidths.enumerated() {
          Dropout(index == 0 ? 0.2 : 0.5)
          Maxout(inputs, width, pieces: 5)
          let _ = inputs = width
        }
        Dropout(0.5)
        Linear(inputs, 1)
        Flatten(from: 0)
      }.initialized(.uniform(bound: 0.005))
    }
  }

  private static func optimizers(
    _ config: Config, _ generator: Sequential, _ discriminator: Sequential
  ) -> (generator: any Optimizer, discriminator: any Optimizer) {
    let rate = config.learningRate
    switch config.architecture {
    case .mlp:
      let betas = (config.beta1, 0.999)
      return (
        Adam(generator, learningRate: .constant(rate), betas: betas),
        Adam(discriminator, learningRate: .constant(rate), betas: betas)
      )
    case .maxout:
      return (
        goodfellowDescent(generator, rate: rate, decay: 1.000004),
        // The authors' code takes half the discriminator's loss.
        goodfellowDescent(discriminator, rate: rate / 2, decay: 1.000004)
      )
    }
  }
}

/// The gradient descent of 2014's experiments: the rate is divided by `decay` at every update, down
/// to 1e-6; the momentum rises from 0.5 to 0.7 over 250 epochs of 500 updates.
func goodfellowDescent(_ network: some Module, rate: Double, decay: Double) -> SGD {
  SGD(
    network.parameters,
    learningRate: .exponential(rate, factor: 1 / decay, minimum: min(rate, 1e-6)),
    momentum: .init(from: 0.5, to: 0.7, over: 125_000))
}
