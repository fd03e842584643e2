import GANKit
import Torch
import TorchNN

/// Progressive growing of GANs (Karras et al. 2018): both networks start at 4x4 and gain a layer at a
/// time, faded in, until they reach the data's size.
public struct PGGAN: GenerativeRecipe {
  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    @Setting(.latentSize("N(0, 1)")) public var latentSize = 512
    @Setting(.channelBase) public var channelBase = 8192
    @Setting(.maxChannels) public var maxChannels = 512
    @Setting(.stableImages) public var stableImages = 800_000
    @Setting(.fadeImages) public var fadeImages = 800_000
    @Setting(.penaltyWeight) public var penaltyWeight = 10.0
    @Setting(.weight("weight of squared outputs for real images"))
    public var driftWeight = 0.001
    @Setting(.learningRate) public var learningRate = 1e-3
    @Setting(.beta1) public var beta1 = 0.0
    @Setting(.beta2) public var beta2 = 0.99
    @Setting(.ema) public var ema = 0.999

    /// The default values.
    public init() {}

    /// How networks for these images grow.
    fileprivate func growth(to data: DataShape) -> Growth {
      Growth(to: data, stableImages: stableImages, fadeImages: fadeImages)
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "pggan", title: "PGGAN",
    summary: "Networks that grow with the size of the pictures, from 4x4 on.",
    paper: "Karras, Aila, Laine, Lehtinen. Progressive Growing of GANs for Improved Quality, "
      + "Stability, and Variation. ICLR 2018, arXiv:1710.10196",
    deviations: [
      "the minibatch keeps its size; the paper's shrinks as the pictures grow",
      "random mirroring is asked for by --flip",
      "pictures are cut off at -1 and 1, which the linear output may exceed",
    ])

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Averaged<ProgressiveGenerator>
  let discriminator: ProgressiveDiscriminator
  let generatorOptimizer, discriminatorOptimizer: Adam
  let imagesSeen = Counter()
  let growth: Growth
  private let used: (generator: ParametersInUse, discriminator: ParametersInUse)
  private let loss = AdversarialLoss.wasserstein
  private let config: Config

  /// Networks of all stages and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let data = run.data
    let growth = config.growth(to: data)
    let widths = growth.widths(base: config.channelBase, most: config.maxChannels)
    prior = .normal(config.latentSize)
    generator = Averaged(decay: config.ema) {
      ProgressiveGenerator(latent: config.latentSize, widths: widths, channels: data.channels)
        .placed(on: device)
    }
    discriminator = ProgressiveDiscriminator(widths: widths, channels: data.channels)
      .placed(on: device)
    func adam(_ network: some Module) -> Adam {
      Adam(network, rate: config.learningRate, beta1: config.beta1, beta2: config.beta2)
    }
    (generatorOptimizer, discriminatorOptimizer) = (adam(generator.trained), adam(discriminator))
    used = (
      ParametersInUse(growth.stages, of: generatorOptimizer, generator.trained.parameters(in:)),
      ParametersInUse(growth.stages, of: discriminatorOptimizer, discriminator.parameters(in:))
    )
    (self.growth, self.config) = (growth, config)
  }

  /// How far the networks have grown.
  public static var stateInUse: [String] { ["images_seen"] }

  /// 4x4, doubled up to the image.
  public static func needs(_ config: Config) -> DataNeeds { .squares(powerOfTwo: 8...1024) }

  /// 12 million images, in minibatches of the size that the authors take at 128x128.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 1024, batchSize: 16, steps: 750_000)
  }

  /// Networks that do not grow up.
  public static func shortfall(of config: Config, in run: RunShape) -> String? {
    config.growth(to: run.data).shortfall(in: run)
  }

  /// Where the networks stand.
  var stage: Growth.Stage { growth.stage(after: imagesSeen.value) }

  /// Whether images of the data's size are trained or faded in.
  public var isInLastStage: Bool { stage.index == growth.stages - 1 }

  /// The size that is trained, and how much of its fading in is done.
  public var phase: TrainingPhase? { stage.phase }

  /// One update of the critic and one of the generator, both at the present size. The optimizers
  /// start anew where a stage begins to fade in and where it has faded in, as in the authors' code.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    let stage = stage
    var report = criticStep(growth.shown(batch.images, in: stage), stage)
    let fake = generator.trained(prior.sample(like: batch.images), stage)
    report["loss/G"] = generatorOptimizer.minimize(
      loss.generator(fake: discriminator(fake, stage)), only: used.generator[stage])
    generator.update()
    imagesSeen.advance(by: ProcessGroup.total(batch.count))
    if self.stage.differs(from: stage) {
      generatorOptimizer.reset()
      discriminatorOptimizer.reset()
    }
    return report
  }

  private func criticStep(_ real: Tensor, _ stage: Growth.Stage) -> StepReport {
    let fake = withoutGradients { generator.trained(prior.sample(like: real), stage) }
    let judged = inOnePass(real, fake) { discriminator($0, stage, sets: 2) }
    let penalty = GradientPenalty.wassersteinGP(
      { discriminator($0, stage) }, real: real, fake: fake)
    let drift = judged.real.atLeastFloat32().squared().mean()
    let total = discriminatorOptimizer.minimize(
      loss.discriminator(real: judged.real, fake: judged.fake) + config.penaltyWeight * penalty
        + config.driftWeight * drift,
      only: used.discriminator[stage])
    return ["loss/D": total, "loss/penalty": penalty, "loss/drift": drift]
  }

  /// `[N, latent] -> [N, C, size, size]` in [-1, 1], small pictures enlarged to the data's size.
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    let stage = stage
    return growth.fullSize(generator.inUse(latent, stage), in: stage)
  }
}
