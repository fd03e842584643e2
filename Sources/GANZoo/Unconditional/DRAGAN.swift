import GANKit
import Torch
import TorchNN

/// DRAGAN (Kodali et al. 2017): the slope of D's logit around real images is held at 1, for it is steep
/// there where a game ends in a bad equilibrium.
public struct DRAGAN: GenerativeRecipe, UniformRecipe {
  /// The pairs of networks.
  public enum Architecture: String, ConfigChoice {
    /// DCGAN's, without normalisation in the discriminator.
    case dcgan
    /// Fully connected with rectified units, for points in the plane.
    case toy
  }

  /// Where beside a real image the slope is judged.
  public enum Perturbation: String, ConfigChoice {
    /// With noise in all directions (the paper, section 2.3).
    case gaussian
    /// Towards brighter pixels, by half the minibatch's deviation at most (the authors' code).
    case oneSided = "one-sided"
  }

  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    @Setting(.choice("dcgan (powers of two), or toy (points)"))
    public var architecture = Architecture.dcgan
    @Setting(.choice("gaussian, N(0, c), or one-sided, up to half the minibatch's deviation"))
    public var perturbation = Perturbation.gaussian
    @Setting(.weight("variance c of gaussian noise, pixels lying in [-1, 1]"))
    public var noiseVariance = 10.0
    @Setting(.penaltyWeight) public var penaltyWeight = 10.0
    @Setting(.count("dcgan: channels beside the image; doubled at every halving"))
    public var width = 64
    @Setting(.widths("toy: hidden layers of the generator"))
    public var generatorWidths = [512, 512, 512]
    @Setting(.widths("toy: hidden layers of the discriminator"))
    public var discriminatorWidths = [512, 512, 512]
    @Setting(.latentSize("uniform on [-1, 1); toy: N(0, 1)")) public var latentSize = 100
    @Setting(.learningRate) public var learningRate = 1e-4
    @Setting(.decayStart) public var decayStart = 1.0
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.beta2) public var beta2 = 0.9
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}

    /// The values that go with this architecture.
    public var defaults: Config {
      architecture == .dcgan ? Config() : .toy
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "dragan", title: "DRAGAN",
    summary: "The original loss, and a penalty that holds D's slope around real images at 1.",
    paper: "Kodali, Abernethy, Hays, Kira. On Convergence and Stability of GANs. 2017, "
      + "arXiv:1705.07215",
    deviations: [
      "pixels lie in [-1, 1], to which slopes refer; in the authors' code for digits in [0, 1]",
      "gaussian: with c = 10 noise deviates by 3.2 where pixels span 2; the paper names no scale",
      "one-sided: up to half the deviation of the minibatch's pixels, on whatever scale they are",
      "dcgan: DCGAN's networks with kernels of 4; the authors' code for digits has perceptrons",
      "toy: the networks and the penalty's weight of Gulrajani et al. 2017 for points",
    ],
    holdsInBFloat16: true)

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Averaged<Sequential>
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: Adam
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = config.prior
    generator = Averaged(decay: config.ema) { config.generator(for: run.data).placed(on: device) }
    discriminator = config.discriminator(for: run.data).placed(on: device)
    func adam(_ network: Sequential) -> Adam {
      Adam(
        network, learningRate: .falling(config.learningRate, from: config.decayStart, of: run),
        betas: (config.beta1, config.beta2))
    }
    generatorOptimizer = adam(generator.trained)
    discriminatorOptimizer = adam(discriminator)
    self.config = config
  }

  /// 4x4 maps, doubled up to the image; the networks for points take any.
  public static func needs(_ config: Config) -> DataNeeds {
    config.architecture == .dcgan ? .dcgan(["width": config.width]) : .none
  }

  /// The minibatches and updates of the authors' code; for points those of Gulrajani et al. 2017.
  public static func defaults(for config: Config) -> RunDefaults {
    switch config.architecture {
    case .dcgan: RunDefaults(size: 32, batchSize: 128, steps: 200_000)
    case .toy: RunDefaults(size: 32, batchSize: 256, steps: 100_000)
    }
  }

  /// One update of the discriminator, then one of the generator from noise of its own.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    var report = discriminatorStep(batch.images)
    let fake = generator.trained(prior.sample(like: batch.images))
    report["loss/G"] = generatorOptimizer.minimize(loss.generator(fake: discriminator(fake)))
    generator.update()
    return report
  }

  private func discriminatorStep(_ real: Tensor) -> StepReport {
    let fake = withoutGradients { generator.trained(prior.sample(like: real)) }
    let judged = inOnePass(real, fake) { discriminator($0) }
    let penalty = GradientPenalty.dragan(
      { discriminator($0) }, real: real, config.gradientPerturbation)
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

extension DRAGAN.Config {
  /// For points: the paper's noise would reach far beyond all of them.
  fileprivate static var toy: Self {
    var config = Self()
    (config.architecture, config.perturbation) = (.toy, .oneSided)
    (config.latentSize, config.penaltyWeight) = (2, 0.1)
    return config
  }

  fileprivate var gradientPerturbation: GradientPenalty.Perturbation {
    switch perturbation {
    case .gaussian: .gaussian(variance: noiseVariance)
    case .oneSided: .oneSided
    }
  }

  fileprivate var prior: LatentPrior {
    switch architecture {
    case .dcgan: .uniform(latentSize)
    case .toy: .normal(latentSize)
    }
  }

  /// Noise `[N, latent]` to images `[N, C, H, W]`.
  fileprivate func generator(for data: DataShape) -> Sequential {
    switch architecture {
    case .dcgan: dcganGenerator(latent: latentSize, width: width, data, kernel: 4)
    case .toy: toyGenerator(latent: latentSize, widths: generatorWidths, data)
    }
  }

  /// Images `[N, C, H, W]` to logits `[N]`.
  fileprivate func discriminator(for data: DataShape) -> Sequential {
    switch architecture {
    case .dcgan:
      // By He's rule, as in the authors' code: with DCGAN's small weights and nothing normalised, biases
      // soon decide which units are on, and D is linear.
      dcganDiscriminator(width: width, data, kernel: 4, normalization: .none)
        .initialized(.kaimingNormal)
    case .toy: toyDiscriminator(data, widths: discriminatorWidths)
    }
  }
}
