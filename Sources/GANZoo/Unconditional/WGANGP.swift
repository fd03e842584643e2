import GANKit
import Torch
import TorchNN

/// Wasserstein GAN with gradient penalty (Gulrajani et al. 2017, algorithm 1).
public struct WGANGP: GenerativeRecipe {
  /// The pairs of networks.
  public enum Architecture: String, ConfigChoice {
    /// Fully connected.
    case mlp
    /// DCGAN's, without normalisation in the critic, as the authors take for digits.
    case dcgan
    /// The residual networks of appendix F for small photos.
    case resnet
    /// Fully connected with rectified units, for points in the plane (section 4).
    case toy
  }

  /// What may be changed; where the defaults are not the paper's, the card says so.
  public struct Config: RecipeConfig {
    @Setting(.choice("mlp, dcgan or resnet (powers of two), or toy (points)"))
    public var architecture = Architecture.mlp
    @Setting(.count("resnet: channels; dcgan: those beside the image, doubled at every halving"))
    public var width = 128
    @Setting(.widths("hidden layers of a fully connected generator"))
    public var generatorWidths = mlpWidths.generator
    @Setting(.widths("hidden layers of a fully connected critic"))
    public var criticWidths = mlpWidths.discriminator
    @Setting(.latentSize("N(0, 1)")) public var latentSize = 100
    @Setting(.criticSteps) public var criticSteps = 5
    @Setting(.penaltyWeight) public var penaltyWeight = 10.0
    @Setting(.learningRate) public var learningRate = 1e-4
    @Setting(.decayStart) public var decayStart = 1.0
    @Setting(.beta1) public var beta1 = 0.0
    @Setting(.beta2) public var beta2 = 0.9
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}

    /// The values that go with this architecture.
    public var defaults: Config {
      var config = Config()
      config.architecture = architecture
      switch architecture {
      case .mlp: break
      case .dcgan: (config.latentSize, config.beta1, config.width) = (128, 0.5, 64)
      case .resnet: (config.latentSize, config.learningRate, config.decayStart) = (128, 2e-4, 0)
      case .toy:
        (config.generatorWidths, config.criticWidths) = ([512, 512, 512], [512, 512, 512])
        (config.latentSize, config.penaltyWeight, config.beta1) = (2, 0.1, 0.5)
      }
      return config
    }
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
      "dcgan: the generator doubles by resizing and normalises; the authors' for digits do neither",
    ],
    holdsInBFloat16: true)

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Averaged<AnyLayer>
  let discriminator: AnyLayer
  let generatorOptimizer, discriminatorOptimizer: Adam
  let minibatches = Counter()
  private let loss = AdversarialLoss.wasserstein
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .normal(config.latentSize)
    generator = Averaged(decay: config.ema) { config.generator(for: run.data).placed(on: device) }
    discriminator = config.critic(for: run.data).placed(on: device)
    func adam(_ network: AnyLayer, each steps: Int) -> Adam {
      Adam(
        network,
        learningRate: .falling(config.learningRate, from: config.decayStart, of: run, each: steps),
        betas: (config.beta1, config.beta2))
    }
    generatorOptimizer = adam(generator.trained, each: config.criticSteps)
    discriminatorOptimizer = adam(discriminator, each: 1)
    self.config = config
  }

  /// Convolutions halve the images down to 4x4; the others take any.
  public static func needs(_ config: Config) -> DataNeeds {
    switch config.architecture {
    case .mlp: .mlpGenerator(widths: config.generatorWidths)
    case .dcgan: .dcgan(["width": config.width])
    case .resnet: .halvings(from: 8)
    case .toy: .none
    }
  }

  /// The authors' updates of the generator: 100,000, for digits 200,000.
  public static func defaults(for config: Config) -> RunDefaults {
    let run =
      switch config.architecture {
      case .mlp, .resnet: (batch: 64, updates: 100_000)
      case .dcgan: (batch: 50, updates: 200_000)
      case .toy: (batch: 256, updates: 100_000)
      }
    return RunDefaults(
      size: 32, batchSize: run.batch, steps: run.updates * config.criticSteps)
  }

  /// The critic alone, or the generator, too.
  public var stepKind: Int? { (minibatches.value + 1) % config.criticSteps == 0 ? 1 : 0 }

  /// One critic update; after every `criticSteps`-th also one generator update.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    var report = criticStep(batch.images)
    minibatches.advance()
    if minibatches.value % config.criticSteps == 0 {
      let fake = generator.trained(prior.sample(like: batch.images))
      report["loss/G"] = generatorOptimizer.minimize(loss.generator(fake: discriminator(fake)))
      generator.update()
    }
    return report
  }

  private func criticStep(_ real: Tensor) -> StepReport {
    let fake = withoutGradients { generator.trained(prior.sample(like: real)) }
    let judged = inOnePass(real, fake) { discriminator($0) }
    let penalty = GradientPenalty.wassersteinGP({ discriminator($0) }, real: real, fake: fake)
    let total = discriminatorOptimizer.minimize(
      loss.discriminator(real: judged.real, fake: judged.fake) + config.penaltyWeight * penalty)
    return ["loss/D": total, "loss/penalty": penalty]
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1]; the toy generator's output is linear, so its few
  /// points outside are moved to the border.
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    let images = generator.inUse(latent)
    return config.architecture == .toy ? images.clamped(to: -1...1) : images
  }
}

// MARK: - Networks

extension WGANGP.Config {
  /// Noise `[N, latent]` to images `[N, C, H, W]`.
  fileprivate func generator(for data: DataShape) -> AnyLayer {
    switch architecture {
    case .mlp:
      AnyLayer(
        mlpGenerator(inputs: latentSize, widths: generatorWidths, shape: data.imageShape))
    case .dcgan:
      AnyLayer(
        dcganGenerator(latent: latentSize, width: width, data, kernel: 4, .resize))
    case .resnet:
      AnyLayer(
        ResNetGenerator(
          latent: latentSize, width: width, data))
    case .toy:
      AnyLayer(toyGenerator(latent: latentSize, widths: generatorWidths, data))
    }
  }

  /// Images `[N, C, H, W]` to the critic's numbers `[N]`.
  fileprivate func critic(for data: DataShape) -> AnyLayer {
    switch architecture {
    case .mlp: AnyLayer(mlpDiscriminator(data, widths: criticWidths))
    case .dcgan:
      AnyLayer(dcganDiscriminator(width: width, data, kernel: 4, normalization: .none))
    case .resnet: AnyLayer(ResNetCritic(width: width, channels: data.channels))
    case .toy:
      AnyLayer(toyDiscriminator(data, widths: criticWidths))
    }
  }
}
