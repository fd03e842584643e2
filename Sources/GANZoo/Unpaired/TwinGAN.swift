import GANKit
import Torch
import TorchNN

/// TwinGAN (Li 2018): translation by one encoder and one generator for both domains, which grow and know
/// the domain by their normalisations alone. What the encoder finds, both domains have in common.
public struct TwinGAN: EmbeddingRecipe {
  /// What may be changed; the defaults are those of the authors' script.
  public struct Config: RecipeConfig {
    @Setting(.channelBase) public var channelBase = 2048
    @Setting(.maxChannels) public var maxChannels = 256
    @Setting(.stableImages) public var stableImages = 300_000
    @Setting(.fadeImages) public var fadeImages = 300_000
    @Setting(.duration("batches after which renormalisation may correct more, thrice", from: 1))
    public var renormInterval = 10_000
    @Setting(.weight("weight of images rebuilt in their own domain"))
    public var reconstructionWeight = 1.0
    @Setting(.weight("weight of what the encoder finds in translations"))
    public var contentWeight = 0.1
    @Setting(.penaltyWeight) public var penaltyWeight = 0.25
    @Setting(.learningRate) public var learningRate = 1e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.beta2) public var beta2 = 0.99

    /// The default values.
    public init() {}

    /// How networks for these images grow.
    fileprivate func growth(to data: DataShape) -> Growth {
      Growth(to: data, stableImages: stableImages, fadeImages: fadeImages)
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "twin-gan", title: "TwinGAN",
    summary: "Translates by one growing network whose normalisations alone know the domain.",
    paper: "Li. Twin-GAN: Unpaired Cross-Domain Image Translation with Weight-Sharing GANs. 2018, "
      + "arXiv:1809.00946",
    deviations: [
      "weights have the equalised rates of PGGAN, whose networks these are; the authors' script has none",
      "rebuilt images are judged at all sizes; in the authors' code from 64x64 on, to save time",
      "both players learn from the same minibatch; in the authors' code each from one of its own",
      "the penalty looks where DRAGAN's code does; the authors' on all sides, by the pixels' variance",
      "renormalisation counts the batches of each layer; in the authors' code those of the stage",
      "a skip is always a block's output; in the authors' code it may be the faded maps before it",
      "the minibatch keeps its size; the authors' shrinks from 128x128 on",
      "pictures are cut off at -1 and 1, which the linear output may exceed",
    ])

  let encoder: TwinEncoder
  let generator: TwinGenerator
  let discriminatorA, discriminatorB: ProgressiveDiscriminator
  let generatorOptimizer, discriminatorAOptimizer, discriminatorBOptimizer: Adam
  let imagesSeen = Counter()
  /// Both ways.
  public let directions = [Direction.ab, .ba]
  let growth: Growth
  private let used: (generator: ParametersInUse, a: ParametersInUse, b: ParametersInUse)
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config

  /// Networks of all stages and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let (growth, channels) = (config.growth(to: run.data), run.data.channels)
    let widths = growth.widths(base: config.channelBase, most: config.maxChannels)
    let interval = config.renormInterval
    let encoder = TwinEncoder(widths: widths, channels: channels, interval: interval)
      .placed(on: device)
    let generator = TwinGenerator(widths: widths, channels: channels, interval: interval)
      .placed(on: device)
    func discriminator() -> ProgressiveDiscriminator {
      ProgressiveDiscriminator(widths: widths, channels: channels).placed(on: device)
    }
    (discriminatorA, discriminatorB) = (discriminator(), discriminator())
    func adam(_ networks: any Module...) -> Adam {
      Adam(
        networks.flatMap { $0.parameters }, learningRate: .constant(config.learningRate),
        betas: (config.beta1, config.beta2))
    }
    generatorOptimizer = adam(encoder, generator)
    discriminatorAOptimizer = adam(discriminatorA)
    discriminatorBOptimizer = adam(discriminatorB)
    used = (
      ParametersInUse(growth.stages, of: generatorOptimizer) {
        encoder.parameters(in: $0) + generator.parameters(in: $0)
      },
      ParametersInUse(
        growth.stages, of: discriminatorAOptimizer, discriminatorA.parameters(in:)),
      ParametersInUse(
        growth.stages, of: discriminatorBOptimizer, discriminatorB.parameters(in:))
    )
    (self.encoder, self.generator, self.growth, self.config) = (encoder, generator, growth, config)
  }

  /// How far the networks have grown.
  public static var stateInUse: [String] { ["images_seen"] }

  /// 4x4, doubled up to the image; both domains of one kind.
  public static func needs(_ config: Config) -> DataNeeds {
    .squares(powerOfTwo: 8...1024).equalChannels(for: "one generator")
  }

  /// Two domains in the same colours.
  public static func layout(_ config: Config) -> DataLayout { .union }

  /// The authors' stages up to 256x256, eight images of each domain at a time.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 256, batchSize: 8, steps: 487_500)
  }

  /// Networks that do not grow up.
  public static func shortfall(of config: Config, in run: RunShape) -> String? {
    config.growth(to: run.data).shortfall(in: run)
  }

  /// What the halvings to 4x4 ask for.
  public var sideMultiple: Int { growth.size / 4 }

  /// Where the networks stand.
  var stage: Growth.Stage { growth.stage(after: imagesSeen.value) }

  /// The size that is trained, and how much of its fading in is done.
  public var phase: TrainingPhase? { stage.phase }

  /// One update of each discriminator, then one of encoder and generator, all at the present size.
  public mutating func step(_ batch: UnpairedBatch) -> StepReport {
    let stage = stage
    let (a, b) = drawn(
      growth.shown(batch.a, in: stage), growth.shown(batch.b, in: stage), stage)
    let (lossA, penaltyA) = discriminatorLoss(discriminatorA, a, stage)
    let (lossB, penaltyB) = discriminatorLoss(discriminatorB, b, stage)
    let lossDA = discriminatorAOptimizer.minimize(lossA, only: used.a[stage])
    let lossDB = discriminatorBOptimizer.minimize(lossB, only: used.b[stage])
    let fooled = fooled(discriminatorA, a, stage) + fooled(discriminatorB, b, stage)
    let reconstruction = absoluteError(a.rebuilt, a.real) + absoluteError(b.rebuilt, b.real)
    let content = absoluteError(a.again, a.content) + absoluteError(b.again, b.content)
    let lossG = generatorOptimizer.minimize(
      fooled + config.reconstructionWeight * reconstruction + config.contentWeight * content,
      only: used.generator[stage])
    imagesSeen.advance(by: ProcessGroup.total(batch.count))
    if self.stage.differs(from: stage) {
      for optimizer in [generatorOptimizer, discriminatorAOptimizer, discriminatorBOptimizer] {
        optimizer.reset()
      }
    }
    return [
      "loss/G": lossG, "loss/D_A": lossDA, "loss/D_B": lossDB, "loss/penalty_A": penaltyA,
      "loss/penalty_B": penaltyB, "loss/reconstruction": reconstruction, "loss/content": content,
    ]
  }

  /// What both domains' images become; every network sees a minibatch of one domain at a time, for their
  /// normalisations couple its images.
  private func drawn(_ a: Tensor, _ b: Tensor, _ stage: Growth.Stage) -> (a: Drawn, b: Drawn) {
    let (codeA, codeB) = (encoder(a, .a, stage), encoder(b, .b, stage))
    let (asB, asA) = (generator(codeA, .b, stage), generator(codeB, .a, stage))
    let (sameA, sameB) = (generator(codeA, .a, stage), generator(codeB, .b, stage))
    let (againA, againB) = (encoder(asB, .b, stage).content, encoder(asA, .a, stage).content)
    return (
      Drawn(real: a, translated: asA, rebuilt: sameA, content: codeA.content, again: againA),
      Drawn(real: b, translated: asB, rebuilt: sameB, content: codeB.content, again: againB)
    )
  }

  /// Real images against translated ones, and once more against rebuilt ones; one penalty.
  private func discriminatorLoss(
    _ discriminator: ProgressiveDiscriminator, _ drawn: Drawn, _ stage: Growth.Stage
  ) -> (loss: Tensor, penalty: Tensor) {
    let count = drawn.real.size(0)
    let judged = discriminator(
      .concatenated([drawn.real] + drawn.fakes.map { $0.detached() }), stage, sets: 3)
    let penalty = GradientPenalty.dragan(
      { discriminator($0, stage) }, real: drawn.real, .oneSided)
    // Twice the mean over both kinds is the sum of their means.
    let adversarial =
      2 * loss.discriminator(real: judged[0..<count], fake: judged[count..<3 * count])
    return (adversarial + config.penaltyWeight * penalty, penalty)
  }

  private func fooled(
    _ discriminator: ProgressiveDiscriminator, _ drawn: Drawn, _ stage: Growth.Stage
  ) -> Tensor {
    2 * loss.generator(fake: discriminator(.concatenated(drawn.fakes), stage, sets: 2))
  }

  /// Images of one domain as images of the other, `[N, C, H, W]` in [-1, 1].
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    let stage = stage
    let code = encoder(growth.shown(images, in: stage), direction.from, stage)
    return growth.fullSize(generator(code, direction.to, stage), in: stage)
  }

  /// The content, `[N, D]`; images of the run's size have 16 numbers for each map of 4x4.
  public func embed(_ images: Tensor, _ direction: Direction) -> Tensor {
    let stage = stage
    return encoder(growth.shown(images, in: stage), direction.from, stage).content
      .contiguous().flattened(from: 1)
  }
}

/// What a step draws in one domain, at the stage's size.
private struct Drawn {
  /// Images of the domain.
  let real: Tensor
  /// Images of the other domain as images of this one.
  let translated: Tensor
  /// The real images by way of their codes.
  let rebuilt: Tensor
  /// What the encoder finds in the real images, and in their translations.
  let content, again: Tensor

  /// What the discriminator is to take for real.
  var fakes: [Tensor] { [translated, rebuilt] }
}
