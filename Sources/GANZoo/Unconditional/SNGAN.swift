import GANKit
import Torch
import TorchNN

/// GAN with a spectrally normalised discriminator (Miyato et al. 2018), conditional on request
/// (Miyato and Koyama 2018).
public struct SNGAN: LabelablePlayers {
  /// The pairs of networks.
  public enum Architecture: String, ConfigChoice {
    /// The standard CNN of table 3.
    case cnn
    /// The residual networks of table 4.
    case resnet
  }

  /// What may be changed; where the defaults are not the paper's, the card says so.
  public struct Config: RecipeConfig {
    @Setting(.choice("cnn (table 3) or resnet (table 4)"))
    public var architecture = Architecture.cnn
    @Setting(.flag("resnet: tells both players the class; needs labels"))
    public var conditional = false
    @Setting(.count("channels before the image (resnet: throughout)"))
    public var generatorWidth = 64
    @Setting(.count("channels at first (resnet: throughout)")) public var discriminatorWidth = 64
    @Setting(.latentSize("N(0, 1)")) public var latentSize = 128
    @Setting(.criticSteps) public var criticSteps = 5
    @Setting(.learningRate) public var learningRate = 2e-4
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
      guard architecture == .resnet else { return config }
      (config.generatorWidth, config.discriminatorWidth, config.decayStart) = (256, 128, 0)
      return config
    }

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
      "the generator steps after the discriminator's updates, in the authors' code before them",
      "images are not dequantised; the authors add noise of one grey level to real ones",
      "cnn: hinge loss and Adam's numbers are those of resnet; the paper tries six settings",
    ])

  /// The distribution of the noise.
  public let prior: LatentPrior
  /// The classes of the data, where the networks are conditional.
  public let classCount: Int
  let generator: Averaged<LabeledNetwork>
  let discriminator: LabeledNetwork
  let generatorOptimizer, discriminatorOptimizer: Adam
  let minibatches = Counter()
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .normal(config.latentSize)
    classCount = config.conditional ? run.data.classes : 0
    generator = Averaged(decay: config.ema) { config.generator(for: run.data).placed(on: device) }
    discriminator = config.discriminator(for: run.data).placed(on: device)
    func adam(_ network: LabeledNetwork, each steps: Int) -> Adam {
      Adam(
        network,
        learningRate: .falling(config.learningRate, from: config.decayStart, of: run, each: steps),
        betas: (config.beta1, config.beta2))
    }
    generatorOptimizer = adam(generator.trained, each: config.criticSteps)
    discriminatorOptimizer = adam(discriminator, each: 1)
    self.config = config
  }

  /// Three halvings (cnn), or doublings of 4x4 (resnet).
  public static func needs(_ config: Config) -> DataNeeds {
    config.architecture == .cnn ? .multiples(of: 8, from: 16) : .halvings(from: 8)
  }

  /// Labelled images for conditional networks.
  public static func layout(_ config: Config) -> DataLayout {
    config.conditional ? .labeled : .images
  }

  /// 50,000 updates of the generator, as for CIFAR-10.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 32, steps: 50_000 * config.criticSteps)
  }

  /// The discriminator alone, or the generator, too.
  public var stepKind: Int? { (minibatches.value + 1) % config.criticSteps == 0 ? 1 : 0 }

  /// One discriminator update; after every `criticSteps`-th also one generator update.
  public mutating func step(_ batch: MaybeLabeledBatch) -> StepReport {
    let lossD = updateDiscriminator(batch, withoutGradients { draw(like: batch.images) })
    minibatches.advance()
    guard minibatches.value % config.criticSteps == 0 else { return ["loss/D": lossD] }
    let (fake, labels) = draw(like: batch.images)
    return [
      "loss/D": lossD, "loss/G": updateGenerator(judged: discriminator(fake, labels: labels)),
    ]
  }
}

// MARK: - Networks

extension SNGAN.Config {
  /// Noise `[N, latent]` and, where conditional, labels `[N]` to images `[N, C, H, W]` in [-1, 1].
  fileprivate func generator(for data: DataShape) -> LabeledNetwork {
    switch architecture {
    case .cnn:
      LabeledNetwork(standardGenerator(data))
    case .resnet:
      LabeledNetwork(
        ResNetGenerator(
          latent: latentSize, width: generatorWidth, data,
          classes: conditional ? data.classes : 0))
    }
  }

  /// Images `[N, C, H, W]` and, where conditional, labels `[N]` to logits `[N]`.
  fileprivate func discriminator(for data: DataShape) -> LabeledNetwork {
    switch architecture {
    case .cnn:
      LabeledNetwork(standardDiscriminator(data))
    case .resnet:
      LabeledNetwork(
        ProjectionDiscriminator(
          width: discriminatorWidth, channels: data.channels,
          classes: conditional ? data.classes : 0))
    }
  }

  /// The standard generator (Miyato et al. 2018, table 3a): a projection to maps of an eighth of the
  /// size, doubled three times while the channels halve. `[N, latent] -> [N, C, H, W]`.
  private func standardGenerator(_ data: DataShape) -> Sequential {
    let (width, rows, columns) = (generatorWidth, data.height / 8, data.width / 8)
    return Sequential {
      Linear(latentSize, 8 * width * rows * columns)
      Unflatten([8 * width, rows, columns])
      for maps in [4 * width, 2 * width, width] {
        normalizedDoubling(2 * maps, maps)
      }
      Conv2d(width, data.channels, kernel: 3, padding: 1)
      Tanh()
    }.initialized(.normal(deviation: 0.02))
  }

  /// The standard discriminator (Miyato et al. 2018, table 3b): seven convolutions, every second one
  /// halving the size, LeakyReLU(0.1), all spectrally normalised. `[N, C, H, W] -> [N]`.
  private func standardDiscriminator(_ data: DataShape) -> Sequential {
    var inputs = data.channels
    return Sequential {
      for (index, factor) in [1, 1, 2, 2, 4, 4, 8].enumerated() {
        SpectralConv2d(
          inputs, factor * discriminatorWidth, kernel: 3 + index % 2, stride: 1 + index % 2,
          padding: 1)
        LeakyReLU(0.1)
        let _ = inputs = factor * discriminatorWidth
      }
      Flatten()
      SpectralLinear(inputs * (data.height / 8) * (data.width / 8), 1)
      Flatten(from: 0)
    }.initialized(.normal(deviation: 0.02))
  }
}
