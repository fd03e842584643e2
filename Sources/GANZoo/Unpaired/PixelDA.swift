import GANKit
import Torch
import TorchNN

/// Unsupervised pixel-level domain adaptation (Bousmalis et al. 2017).
public struct PixelDA: TranslatingRecipe, ClassifyingRecipe {
  /// What may be changed; the defaults are those of the authors' run from MNIST to MNIST-M.
  public struct Config: RecipeConfig {
    /// Length of the noise vector.
    public var noiseSize = 10
    /// Channels of the generator.
    public var generatorWidth = 64
    /// Residual blocks of the generator.
    public var blocks = 6
    /// Channels of the discriminator's first maps; doubled at every halving.
    public var discriminatorWidth = 64
    /// The task network: channels of both convolutions, units of the hidden layers.
    public var taskWidths = [32, 48, 100]
    /// The weight of telling target from transferred images.
    public var domainWeight = 0.135603587834
    /// The weight of the task in the update of discriminator and task network.
    public var taskWeight = 1.0
    /// The weight of fooling the discriminator.
    public var styleWeight = 0.0113173311334
    /// The weight of the task in the generator's update.
    public var generatorTaskWeight = 0.0100959947002
    /// Whether the task network learns from source images alone: what adaptation is to improve.
    public var sourceOnly = false
    /// Adam's rate at the beginning.
    public var learningRate = 1e-3
    /// Adam's decay of the first moment.
    public var beta1 = 0.5
    /// Updates after which the rate is 0.95 of what it was.
    public var decayInterval = 20_000
    /// The longest gradient, over all parameters of an update; 0 for no limit.
    public var gradientLimit = 5.0

    /// The default values.
    public init() {}

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      .count(\.noiseSize, "noiseSize", "length of the noise vector, uniform on [-1, 1)"),
      .count(\.generatorWidth, "generatorWidth", "channels of the generator"),
      .count(\.blocks, "blocks", "residual blocks of the generator", in: 0...64),
      .count(
        \.discriminatorWidth, "discriminatorWidth",
        "channels of the first maps; doubled at every halving"),
      .widths(\.taskWidths, "taskWidths", "task network: channels of two convolutions, units"),
      .weight(\.domainWeight, "domainWeight", "weight of telling target from transferred images"),
      .weight(\.taskWeight, "taskWeight", "weight of the task in the task network's update"),
      .weight(\.styleWeight, "styleWeight", "weight of fooling the discriminator"),
      .weight(\.generatorTaskWeight, "generatorTaskWeight", "the task's weight for the generator"),
      .flag(\.sourceOnly, "sourceOnly", "learn the task from source images alone: baseline"),
      .rate(\.learningRate, "learningRate", "Adam's rate at the beginning"),
      .beta1(\.beta1),
      .duration(
        \.decayInterval, "decayInterval", "updates after which the rate is 0.95 of what it was",
        from: 1),
      .weight(\.gradientLimit, "gradientLimit", "longest gradient of an update; 0 for no limit"),
    ]

    /// The task network has three layers that need a width.
    public func checkTogether() throws {
      try ConfigError.check(
        taskWidths.count == 3, "taskWidths", taskWidths.count, "three widths")
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "pixelda", title: "PixelDA",
    summary: "Learns a task on an unlabelled domain from a labelled one made to look like it.",
    paper: "Bousmalis, Silberman, Dohan, Erhan, Krishnan. Unsupervised Pixel-Level Domain "
      + "Adaptation with Generative Adversarial Networks. CVPR 2017, arXiv:1612.05424",
    deviations: [
      "one task network for both domains, as in the paper; the code has first layers of their own",
      "strided convolutions are padded alike on all sides",
      "the content-similarity loss, which the digits do not use, is left out",
    ],
    claim: "MNIST to MNIST-M: target test accuracy at least 30 points above the source alone and "
      + "at least 90 %, in 60 minutes")

  let generator: DomainGenerator
  let discriminator: DomainDiscriminator
  let classifier: Sequential
  let generatorOptimizer: Adam
  let criticsOptimizer: Adam
  /// From source to target.
  public let directions = [Direction.ab]
  /// The noise is as large as the images, so they keep their size.
  public let sideMultiple: Int
  private let noise: LatentPrior
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config
  private let device: Device

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, data: DataShape, on device: Device) {
    func placed<M: Module>(_ module: M) -> M {
      module.initialized(.normal(deviation: 0.02)).placed(on: device)
    }
    generator = placed(
      DomainGenerator(
        noise: config.noiseSize, width: config.generatorWidth, blocks: config.blocks,
        shape: data.imageShape))
    discriminator = placed(
      DomainDiscriminator(
        channels: data.channels, width: config.discriminatorWidth, size: data.height))
    classifier = digitTower(
      channels: data.channels, size: data.height, widths: config.taskWidths, classes: data.classes
    ).placed(on: device)
    func adam(_ parameters: [Parameter]) -> Adam {
      Adam(
        parameters,
        learningRate: .step(config.learningRate, factor: 0.95, interval: config.decayInterval),
        betas: (config.beta1, 0.999), weightDecay: 1e-5)
    }
    generatorOptimizer = adam(generator.parameters)
    criticsOptimizer = adam(discriminator.parameters + classifier.parameters)
    noise = .uniform(config.noiseSize)
    sideMultiple = data.height
    (self.config, self.device) = (config, device)
  }

  /// A power of two from 8 up.
  public static func fittingSize(_ native: Int, for config: Config) -> Int {
    var size = 8
    while size * 2 <= native || size < native && native <= 32 { size *= 2 }
    return size
  }

  /// Checks that the networks can take the data.
  public static func validate(_ config: Config, for data: DataShape) throws {
    try data.checkPowerOfTwo("pixelda", from: 8)
    guard data.inputShape == data.imageShape else {
      throw ConfigError.data("pixelda needs source and target of equal channels")
    }
    try data.checkClasses("pixelda", of: "a labelled source")
  }

  /// One joint update of discriminator and task network, then one of the generator.
  public mutating func step(_ batch: AdaptationBatch) -> StepReport {
    config.sourceOnly ? taskStep(batch.source) : adaptationStep(batch)
  }

  private func adaptationStep(_ batch: AdaptationBatch) -> StepReport {
    let (source, labels) = (batch.source.images, batch.source.labels)
    let earlier = withoutGradients { transferred(source) }
    let domain = loss.discriminator(
      real: discriminator(batch.target), fake: discriminator(earlier))
    // One pass over both: the mean of as many source as transferred images, twice.
    let task =
      2
      * crossEntropy(
        logits: classifier(.concatenated([source, earlier])),
        labels: .concatenated([labels, labels]))
    let critics = config.domainWeight * domain + config.taskWeight * task
    let lossD = criticsOptimizer.minimize(critics, maxGradientNorm: config.gradientLimit)
    let fake = transferred(source)
    let style = loss.generator(fake: discriminator(fake))
    let told = crossEntropy(logits: classifier(fake), labels: labels)
    let lossG = generatorOptimizer.minimize(
      config.styleWeight * style + config.generatorTaskWeight * told,
      maxGradientNorm: config.gradientLimit)
    return ["loss/D": lossD, "loss/G": lossG, "loss/domain": domain, "loss/task": task]
  }

  /// The discriminator's gradients are those of a weight of 0.
  private func taskStep(_ source: LabeledBatch) -> StepReport {
    let task = crossEntropy(logits: classifier(source.images), labels: source.labels)
    return [
      "loss/task": criticsOptimizer.minimize(
        config.taskWeight * task, maxGradientNorm: config.gradientLimit)
    ]
  }

  private func transferred(_ source: Tensor) -> Tensor {
    generator(source, noise.sample(source.size(0), on: device))
  }

  /// Source images as images of the target domain, each with noise of its own.
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor { transferred(images) }

  /// `[N, C, H, W] -> [N, classes]` logits, for images of either domain.
  public func classify(_ images: Tensor) -> Tensor { classifier(images) }
}
