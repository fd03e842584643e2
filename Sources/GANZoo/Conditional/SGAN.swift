import GANKit
import Torch
import TorchNN

/// Semi-supervised GAN (Odena 2016; Salimans et al. 2016): a classifier learns from a few labelled
/// images, many without labels, and generated ones.
public struct SGAN: GenerativeRecipe, ClassifyingRecipe {
  /// What discriminator and generator are after.
  public enum Objective: String, ConfigChoice {
    /// One more class, "generated", which the generator avoids; convolutions (Odena 2016).
    case odena
    /// As many outputs as classes, and a generator that matches the mean features of real images;
    /// fully connected (Salimans et al. 2016, sections 3.1 and 5).
    case matching
  }

  /// What may be changed; the defaults are the papers', for MNIST.
  public struct Config: RecipeConfig {
    /// Which losses and networks.
    public let objective: Objective
    /// Length of the noise vector.
    public var latentSize = 100
    /// Channels before the image (`odena`), or units of the hidden layers (`matching`).
    public var generatorWidth: Int
    /// Channels of the discriminator's first maps (`odena`).
    public var discriminatorWidth = 64
    /// Hidden layers of the discriminator (`matching`).
    public var discriminatorWidths = [1000, 500, 250, 250, 250]
    /// Deviation of the noise added to the discriminator's images (`matching`).
    public var inputNoise = 0.3
    /// Deviation of the noise added to the discriminator's hidden layers (`matching`).
    public var hiddenNoise = 0.5
    /// The weight of the loss without labels; 0 trains the classifier on the labelled images alone.
    public var unlabeledWeight = 1.0
    /// Adam's rate for both players.
    public var learningRate: Double
    /// Adam's decay of the first moment.
    public var beta1 = 0.5
    /// How much of the averaged generator one update keeps; 0 samples from the last weights.
    public var averageDecay = 0.0

    /// The default values.
    public init() { self.init(.matching) }

    /// The values that go with an objective.
    public init(_ objective: Objective) {
      self.objective = objective
      switch objective {
      case .odena: (generatorWidth, learningRate) = (64, 2e-4)
      case .matching: (generatorWidth, learningRate) = (500, 3e-3)
      }
    }

    /// The values that go with this objective.
    public var defaults: Config { Config(objective) }

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      .choice(\.objective, "objective", "matching (fully connected) or odena (convolutions)"),
      .latentSize(\.latentSize, "uniform"),
      .count(\.generatorWidth, "generatorWidth", "channels (odena) or hidden units (matching)"),
      .count(\.discriminatorWidth, "discriminatorWidth", "channels of the first maps (odena)"),
      .widths(\.discriminatorWidths, "discriminatorWidths", "hidden layers (matching)"),
      .weight(\.inputNoise, "inputNoise", "deviation of noise on images (matching)"),
      .weight(\.hiddenNoise, "hiddenNoise", "deviation of noise on hidden layers (matching)"),
      .weight(\.unlabeledWeight, "unlabeledWeight", "of the loss without labels; 0: labels only"),
      .learningRate(\.learningRate),
      .beta1(\.beta1),
      .averageDecay(\.averageDecay),
    ]
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "sgan", title: "SGAN",
    summary: "A classifier learns from few labels, many images without, and generated ones.",
    paper: "Odena. Semi-Supervised Learning with Generative Adversarial Networks. 2016, "
      + "arXiv:1606.01583; matching: Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen. Improved "
      + "Techniques for Training GANs. NeurIPS 2016, arXiv:1606.03498",
    deviations: [
      "matching: the classifier is that of the last weights; the authors average them over updates",
      "matching: the scales of hidden layers are trained, and the rate does not fall in the end",
      "odena: the networks are DCGAN's with 4x4 kernels; the paper does not give its own",
    ],
    claim: "MNIST with 100 labels: at least 93 % of the test images, 5 points more than without "
      + "the other images")

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Sequential
  let discriminator: SGANDiscriminator
  let generatorAverage: MovingAverage<Sequential>?
  let generatorOptimizer: Adam
  let discriminatorOptimizer: Adam
  private let config: Config
  private let classes: Int
  private let device: Device

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, data: DataShape, on device: Device) {
    func newGenerator() -> Sequential { sganGenerator(config, data).placed(on: device) }
    prior = .uniform(config.latentSize, low: config.objective == .odena ? -1 : 0, high: 1)
    generator = newGenerator()
    discriminator = SGANDiscriminator(config, data).placed(on: device)
    generatorAverage = MovingAverage(of: generator, decay: config.averageDecay, newGenerator)
    generatorOptimizer = Adam(generator, rate: config.learningRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(discriminator, rate: config.learningRate, beta1: config.beta1)
    (self.config, classes, self.device) = (config, data.classes, device)
  }

  /// 32 for the networks that need a power of two.
  public static func defaultSize(for config: Config) -> Int? {
    config.objective == .odena ? 32 : nil
  }

  /// Checks that the networks can take the data.
  public static func validate(_ config: Config, for data: DataShape) throws {
    try data.checkClasses("sgan")
    guard config.objective == .odena else { return }
    try checkDCGAN(
      data, "sgan's odena",
      [
        ("generatorWidth", config.generatorWidth),
        ("discriminatorWidth", config.discriminatorWidth),
      ])
  }

  /// One update of the classifier, then one of the generator.
  public mutating func step(_ batch: PartlyLabeledBatch) -> StepReport {
    if config.unlabeledWeight == 0 { return supervisedStep(batch.labeled) }
    var report = classifierStep(batch)
    let fake = generator(prior.sample(batch.count, on: device))
    report["loss/G"] = generatorOptimizer.minimize(generatorLoss(fake, real: batch.images))
    generatorAverage?.update(from: generator)
    return report
  }

  private func supervisedStep(_ batch: LabeledBatch) -> StepReport {
    let labeled = crossEntropy(logits: discriminator(batch.images), labels: batch.labels)
    return ["loss/D": discriminatorOptimizer.minimize(labeled)]
  }

  /// Labelled, unlabelled and generated images each get a pass of their own: their batch statistics
  /// differ.
  private func classifierStep(_ batch: PartlyLabeledBatch) -> StepReport {
    let fake = withoutGradients { generator(prior.sample(batch.count, on: device)) }
    let judge = discriminator.prepared()
    let onLabeled = judge(batch.labeled.images)
    let (onReal, onFake) = (judge(batch.images), judge(fake))
    let labeled = crossEntropy(logits: onLabeled, labels: batch.labeled.labels)
    let share = config.objective == .odena ? 1 : 0.5
    let unlabeled =
      -share
      * (discriminator.logReal(onReal).mean() + discriminator.logGenerated(onFake).mean())
    let total = discriminatorOptimizer.minimize(labeled + config.unlabeledWeight * unlabeled)
    return ["loss/D": total, "loss/labeled": labeled, "loss/unlabeled": unlabeled]
  }

  private func generatorLoss(_ fake: Tensor, real: Tensor) -> Tensor {
    switch discriminator {
    case .odena(let network): return -discriminator.logReal(network(fake)).mean()
    case .matching(let network):
      let (judge, target) = withoutGradients {
        let judge = network.prepared()
        return (judge, judge.features(real).mean(axes: [0]))
      }
      return (judge.features(fake).mean(axes: [0]) - target).squared().mean()
    }
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    (generatorAverage?.network ?? generator)(latent)
  }

  /// Logits `[N, classes]`; that of "generated" is left out.
  public func classify(_ images: Tensor) -> Tensor {
    discriminator(images).narrowed(1, from: 0, length: classes)
  }
}
