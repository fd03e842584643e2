import GANKit
import Torch
import TorchNN

/// Progressive growing of GANs (Karras et al. 2018): both networks start at 4x4 and gain a layer at a
/// time, faded in, until they reach the data's size.
public struct PGGAN: GenerativeRecipe {
  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    /// Length of the noise vector.
    public var latentSize = 512
    /// Channels at 4x4 times 2, at 8x8 times 4 and so on, where ``mostChannels`` allows them.
    public var channelBase = 8192
    /// The largest number of channels.
    public var mostChannels = 512
    /// Images for which a stage is trained once it is faded in.
    public var stableImages = 800_000
    /// Images over which a stage is faded in; 0 switches at once.
    public var fadeImages = 800_000
    /// The weight λ of the gradient penalty.
    public var penaltyWeight = 10.0
    /// The weight of the squared outputs for real images.
    public var driftWeight = 0.001
    /// Adam's rate for both players.
    public var learningRate = 1e-3
    /// Adam's decay of the first moment.
    public var beta1 = 0.0
    /// Adam's decay of the second moment.
    public var beta2 = 0.99
    /// How much of the averaged generator one update keeps; 0 samples from the last weights.
    public var averageDecay = 0.999

    /// The default values.
    public init() {}

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      .latentSize(\.latentSize, "N(0, 1)"),
      .count(
        \.channelBase, "channelBase", "channels at 4x4 times 2, at 8x8 times 4, ...",
        in: 2...1_048_576),
      .count(\.mostChannels, "mostChannels", "the largest number of channels"),
      .duration(\.stableImages, "stableImages", "images for a stage once it is faded in", from: 1),
      .duration(\.fadeImages, "fadeImages", "images that fade a stage in; 0 switches at once"),
      .penaltyWeight(\.penaltyWeight),
      .weight(\.driftWeight, "driftWeight", "the weight of squared outputs for real images"),
      .learningRate(\.learningRate),
      .beta1(\.beta1),
      .beta2(\.beta2),
      .averageDecay(\.averageDecay),
    ]
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "pggan", title: "PGGAN",
    summary: "Networks that grow with the size of the pictures, from 4x4 on.",
    paper: "Karras, Aila, Laine, Lehtinen. Progressive Growing of GANs for Improved Quality, "
      + "Stability, and Variation. ICLR 2018, arXiv:1710.10196",
    deviations: [
      "the minibatch keeps its size; the paper's shrinks as the pictures grow",
      "pictures are cut off at -1 and 1, which the linear output may exceed",
      "every stage is trained to its own size; shorter stages with --set stableImages, fadeImages",
    ],
    claim: RecipeCard.tenDigits(minutes: 6))

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: ProgressiveGenerator
  let discriminator: ProgressiveDiscriminator
  let generatorAverage: MovingAverage<ProgressiveGenerator>?
  let generatorOptimizer: Adam
  let discriminatorOptimizer: Adam
  let imagesSeen = Counter()
  let growth: Growth
  private let used: (generator: ParametersInUse, discriminator: ParametersInUse)
  private let config: Config
  private let size: Int
  private let device: Device

  /// Networks of all stages and optimizers at their initial values.
  public init(_ config: Config, data: DataShape, on device: Device) {
    let growth = Growth(
      stages: doublings(from: 4, to: data.height) + 1, stableImages: config.stableImages,
      fadeImages: config.fadeImages)
    let widths = config.widths(stages: growth.stages)
    func newGenerator() -> ProgressiveGenerator {
      ProgressiveGenerator(latent: config.latentSize, widths: widths, channels: data.channels)
        .placed(on: device)
    }
    prior = .normal(config.latentSize)
    generator = newGenerator()
    discriminator = ProgressiveDiscriminator(widths: widths, channels: data.channels)
      .placed(on: device)
    generatorAverage = MovingAverage(of: generator, decay: config.averageDecay, newGenerator)
    let (rate, beta1, beta2) = (config.learningRate, config.beta1, config.beta2)
    generatorOptimizer = Adam(generator, rate: rate, beta1: beta1, beta2: beta2)
    discriminatorOptimizer = Adam(discriminator, rate: rate, beta1: beta1, beta2: beta2)
    used = (
      ParametersInUse(growth.stages, of: generatorOptimizer, generator.parameters(in:)),
      ParametersInUse(growth.stages, of: discriminatorOptimizer, discriminator.parameters(in:))
    )
    (self.growth, self.config, size, self.device) = (growth, config, data.height, device)
  }

  /// How far the networks have grown.
  public static var stateInUse: [String] { ["images_seen"] }

  /// 32: the networks need a power of two.
  public static func defaultSize(for config: Config) -> Int? { 32 }

  /// Checks that the networks can take the data.
  public static func validate(_ config: Config, for data: DataShape) throws {
    try data.checkPowerOfTwo("pggan", from: 8, to: 1024)
  }

  /// Where the networks stand.
  var phase: Growth.Phase { growth.phase(after: imagesSeen.value) }

  /// One update of the critic and one of the generator, both at the present size.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    let phase = phase
    var report = criticStep(shown(batch.images, in: phase), phase)
    let fake = generator(prior.sample(batch.count, on: device), phase)
    report["loss/G"] = generatorOptimizer.minimize(
      AdversarialLoss.wasserstein.generator(fake: discriminator(fake, phase)),
      only: used.generator[phase])
    generatorAverage?.update(from: generator)
    imagesSeen.advance(by: batch.count)
    if self.phase.stage != phase.stage {
      generatorOptimizer.reset()
      discriminatorOptimizer.reset()
    }
    return report
  }

  private func criticStep(_ real: Tensor, _ phase: Growth.Phase) -> StepReport {
    let fake = withoutGradients { generator(prior.sample(real.size(0), on: device), phase) }
    let judged = inOnePass(real, fake) { discriminator($0, phase, sets: 2) }
    let penalty = GradientPenalty.wassersteinGP(
      { discriminator($0, phase) }, real: real, fake: fake)
    let drift = judged.real.atLeastFloat32().squared().mean()
    let loss = AdversarialLoss.wasserstein.discriminator(real: judged.real, fake: judged.fake)
    let total = discriminatorOptimizer.minimize(
      loss + config.penaltyWeight * penalty + config.driftWeight * drift,
      only: used.discriminator[phase])
    return ["loss/D": total, "loss/penalty": penalty, "loss/drift": drift]
  }

  /// Real images `[N, C, size, size]` at a phase's size: averaged, and while a stage is faded in as
  /// much like the stage before as generated ones.
  func shown(_ images: Tensor, in phase: Growth.Phase) -> Tensor {
    let factor = size / phase.size
    let images = factor == 1 ? images : images.averagePooled(factor)
    guard phase.isFading else { return images }
    return enlarged(images.averagePooled(2), 2).interpolated(to: images, by: phase.alpha)
  }

  /// `[N, latent] -> [N, C, size, size]` in [-1, 1], small pictures enlarged to the data's size.
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    let phase = phase
    let images = (generatorAverage?.network ?? generator)(latent, phase)
    return enlarged(images.clamped(to: -1...1), size / phase.size)
  }
}

extension PGGAN.Config {
  /// Channels of each stage, from 4x4 on.
  fileprivate func widths(stages: Int) -> [Int] {
    (1...stages).map { min(max(channelBase >> $0, 1), mostChannels) }
  }
}
