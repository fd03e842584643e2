import GANKit
import Torch
import TorchNN

/// Generative adversarial network (Goodfellow et al. 2014).
public struct GAN: GenerativeRecipe, UniformRecipe {
  /// What may be changed; where the defaults are not the paper's, the card says so.
  public struct Config: RecipeConfig {
    @Setting(.mlpArchitecture) public var architecture = MLPArchitecture.mlp
    @Setting(.latentSize("N(0, 1); maxout: uniform, of variance 1")) public var latentSize = 100
    @Setting(.widths("hidden layers of the generator"))
    public var generatorWidths = mlpWidths.generator
    @Setting(.widths("hidden layers of the discriminator; maxout: each unit has five pieces"))
    public var discriminatorWidths = mlpWidths.discriminator
    @Setting(.mlpRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.realLabel) public var realLabel = 1.0
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}

    /// The values that go with this architecture.
    public var defaults: Config {
      var config = Config()
      config.architecture = architecture
      guard architecture == .maxout else { return config }
      (config.generatorWidths, config.discriminatorWidths) = ([1200, 1200], [240, 240])
      config.learningRate = 0.1
      return config
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "gan", title: "GAN",
    summary: "The original: two fully connected networks and the non-saturating loss.",
    paper: "Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville, Bengio. "
      + "Generative Adversarial Networks. NeurIPS 2014, arXiv:1406.2661",
    deviations: [
      "the default networks and Adam are today's; --preset paper gives those of 2014",
      "both players use the same noise in a step; algorithm 1 draws it afresh for the generator",
      "images lie in [-1, 1], so the sigmoid output of 2014 becomes 2·sigmoid - 1",
      "maxout: so a zeroed input of the discriminator is grey; in the authors' code black",
      "maxout: the output's bias starts at 0; the authors' code starts it at the data's mean image",
    ])

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Averaged<Sequential>
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: any Optimizer
  private let loss: AdversarialLoss

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    switch config.architecture {
    case .mlp: prior = .normal(config.latentSize)
    case .maxout:  // of variance 1, as the authors' code draws it
      prior = .uniform(config.latentSize, low: -3.0.squareRoot(), high: 3.0.squareRoot())
    }
    generator = Averaged(decay: config.ema) { config.generator(for: run.data).placed(on: device) }
    discriminator = config.discriminator(for: run.data).placed(on: device)
    generatorOptimizer = config.optimizer(generator.trained, run)
    // The authors' code takes half the discriminator's loss.
    discriminatorOptimizer = config.optimizer(discriminator, run, of: 0.5)
    loss = .nonSaturating(realLabel: config.realLabel)
  }

  /// Any images.
  public static func needs(_ config: Config) -> DataNeeds {
    config.architecture == .mlp ? .mlpGenerator(widths: config.generatorWidths) : .none
  }

  /// For maxout the minibatches of 2014, and the 250 passes in which the momentum rises.
  public static func defaults(for config: Config) -> RunDefaults { config.architecture.run }

  /// One update of the discriminator, then one of the generator.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    let fake = generator.trained(prior.sample(like: batch.images))
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(inOnePass: batch.images, fake.detached()) { discriminator($0) })
    let lossG = generatorOptimizer.minimize(loss.generator(fake: discriminator(fake)))
    generator.update()
    return ["loss/D": lossD, "loss/G": lossG]
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator.inUse(latent) }
}

// MARK: - Networks

extension GAN.Config {
  /// Noise `[N, latent]` to images `[N, C, H, W]` in [-1, 1].
  fileprivate func generator(for data: DataShape) -> Sequential {
    switch architecture {
    case .mlp:
      return mlpGenerator(inputs: latentSize, widths: generatorWidths, shape: data.imageShape)
    case .maxout:
      let hidden = rectifiedLayers(
        inputs: latentSize, widths: generatorWidths, outputs: data.elementCount)
      return Sequential(hidden + [SignedSigmoid(), Unflatten(data.imageShape)])
        .initialized(.uniform(bound: 0.05))
    }
  }

  /// Images `[N, C, H, W]` to logits `[N]`.
  fileprivate func discriminator(for data: DataShape) -> Sequential {
    guard architecture == .maxout else {
      return mlpDiscriminator(data, widths: discriminatorWidths)
    }
    var inputs = data.elementCount
    return Sequential {
      Flatten()
      for (index, width) in discriminatorWidths.enumerated() {
        Dropout(index == 0 ? 0.2 : 0.5)
        Maxout(inputs, width, pieces: 5)
        let _ = inputs = width
      }
      Dropout(0.5)
      Linear(inputs, 1)
      Flatten(from: 0)
    }.initialized(.uniform(bound: 0.005))
  }

  /// - Parameter share: how much of the loss is taken, where the rate is not Adam's.
  fileprivate func optimizer(
    _ network: Sequential, _ run: RunShape, of share: Double = 1
  ) -> any Optimizer {
    switch architecture {
    case .mlp: Adam(network, rate: learningRate, beta1: beta1)
    case .maxout: goodfellowDescent(network, rate: share * learningRate, decay: 1.000004, run)
    }
  }
}
