import GANKit
import Torch
import TorchNN

/// Semi-supervised adversarial autoencoder (Makhzani et al. 2015, section 5): the code is a class beside a
/// style, and a third phase teaches the encoder the classes of a few labelled images.
public struct SemiAAE: CategoricalAutoencoder, ClassifyingRecipe, UniformRecipe {
  /// What may be changed; where the defaults are not the paper's, the card says so.
  public struct Config: CategoricalConfig {
    @Setting(.count("length of the style beside the class")) public var styleSize = 10
    @Setting(.widths("hidden layers of the encoder")) public var encoderWidths = [1000, 1000]
    @Setting(.widths("hidden layers of the decoder")) public var generatorWidths = [1000, 1000]
    @Setting(.widths("hidden layers of the two discriminators"))
    public var discriminatorWidths = [1000, 1000]
    @Setting(.weight("deviation of the noise on images, which the encoder sees in [0, 1]"))
    public var inputNoise = 0.3
    @Setting(.unlabeledWeight) public var unlabeledWeight = 1.0
    @Setting(.reconstructionRate) public var learningRate = 1e-3
    @Setting(.rate("Adam's rate for labelled images")) public var supervisedRate = 1e-3
    @Setting(.adversarialRate) public var adversarialRate = 2e-4
    @Setting(.discriminatorRate) public var discriminatorRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.decayStart) public var decayStart = 0.5
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "aae-semi", title: "AAE, semi-supervised",
    summary: "An autoencoder whose code is a class, learned from few labels, and a style.",
    paper: adversarialAutoencoders,
    deviations: [
      "Adam, whose rates fall to 0; the paper's descent with momentum takes thousands of passes",
      "images lie in [-1, 1], so the sigmoid output becomes 2·sigmoid - 1",
    ],
    holdsInBFloat16: true)

  /// Style, then class.
  public let prior: LatentPrior
  /// The class.
  public let codes: [LatentCode]
  let encoder: Averaged<CategoryEncoder>
  let generator: Averaged<Sequential>
  let styleDiscriminator, categoryDiscriminator: Sequential
  let generatorOptimizer, encoderOptimizer, classifierOptimizer, discriminatorOptimizer: Adam
  private let unlabeledWeight: Double

  /// Networks and optimizers at their initial values. Each phase has optimizers of its own.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let classes = run.data.classes
    unlabeledWeight = config.unlabeledWeight
    (prior, codes) = categoricalCode(style: config.styleSize, categories: classes)
    let players = CategoricalPlayers(
      config, categories: classes, corruption: GaussianNoise(config.inputNoise), for: run,
      on: device)
    (encoder, generator) = (players.encoder, players.generator)
    styleDiscriminator = players.styleDiscriminator
    categoryDiscriminator = players.categoryDiscriminator
    generatorOptimizer = players.generatorOptimizer
    encoderOptimizer = players.encoderOptimizer
    classifierOptimizer = config.adam(
      encoder.trained.parameters, config.supervisedRate, for: run)
    discriminatorOptimizer = players.discriminatorOptimizer
  }

  /// Any images, and batch statistics.
  public static func needs(_ config: Config) -> DataNeeds { DataNeeds.none.batchStatistics() }

  /// The paper's minibatches, and its 5,000 passes over MNIST.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 32, batchSize: 100, steps: 3_000_000)
  }

  /// Reconstruction and regularisation by images without labels, then classification of labelled ones;
  /// of these alone where the others have no weight.
  public mutating func step(_ batch: PartlyLabeledBatch) -> StepReport {
    var report = unlabeledWeight > 0 ? autoencode(batch.images, weight: unlabeledWeight) : [:]
    report["loss/labeled"] = classifierOptimizer.minimize(
      crossEntropy(
        logits: encoder.trained(batch.labeled.images).logits, labels: batch.labeled.labels))
    encoder.update()
    generator.update()
    return report
  }

  /// `[N, style + classes] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator.inUse(latent) }

  /// Styles and the classes' probabilities, `[N, style + classes]`.
  public func encode(_ images: Tensor) -> Tensor { code(encoder.inUse(images)) }

  /// Logits `[N, classes]`.
  public func classify(_ images: Tensor) -> Tensor { encoder.inUse(images).logits }

  /// The classes' logits.
  public func inferCodes(_ images: Tensor) -> [Tensor] { [classify(images)] }
}
