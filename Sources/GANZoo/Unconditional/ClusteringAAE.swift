import GANKit
import Torch
import TorchNN

/// Clustering by an adversarial autoencoder (Makhzani et al. 2015, section 6): the code is one of many
/// clusters beside a style, and no label is seen.
public struct ClusteringAAE: CategoricalAutoencoder, UniformRecipe {
  /// What may be changed; where the defaults are not the paper's, the card says so.
  public struct Config: CategoricalConfig {
    @Setting(.count("clusters that images are sorted into", in: 2...10_000))
    public var clusters = 30
    @Setting(.count("length of the style beside the cluster")) public var styleSize = 5
    @Setting(.widths("hidden layers of the encoder")) public var encoderWidths = [3000, 3000]
    @Setting(.widths("hidden layers of the decoder")) public var generatorWidths = [3000, 3000]
    @Setting(.widths("hidden layers of the two discriminators"))
    public var discriminatorWidths = [3000, 3000]
    @Setting(.fraction("share of the pixels that the encoder does not see in training"))
    public var inputDropout = 0.2
    @Setting(.reconstructionRate) public var learningRate = 1e-3
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
    name: "aae-clusters", title: "AAE, clustering",
    summary: "An adversarial autoencoder that sorts images into clusters without any label.",
    paper: adversarialAutoencoders,
    deviations: [
      "Adam, whose rates fall to 0; the paper's descent with momentum takes hundreds of passes",
      "images lie in [-1, 1], so the sigmoid output becomes 2·sigmoid - 1",
    ])

  /// Style, then cluster.
  public let prior: LatentPrior
  /// The cluster.
  public let codes: [LatentCode]
  let encoder: Averaged<CategoryEncoder>
  let generator: Averaged<Sequential>
  let styleDiscriminator, categoryDiscriminator: Sequential
  let generatorOptimizer, encoderOptimizer, discriminatorOptimizer: Adam

  /// Networks and optimizers at their initial values. Each phase has optimizers of its own.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let clusters = config.clusters
    (prior, codes) = categoricalCode(style: config.styleSize, categories: clusters)
    let players = CategoricalPlayers(
      config, categories: clusters, corruption: Dropout(config.inputDropout), for: run, on: device)
    (encoder, generator) = (players.encoder, players.generator)
    styleDiscriminator = players.styleDiscriminator
    categoryDiscriminator = players.categoryDiscriminator
    generatorOptimizer = players.generatorOptimizer
    encoderOptimizer = players.encoderOptimizer
    discriminatorOptimizer = players.discriminatorOptimizer
  }

  /// Any images, and batch statistics.
  public static func needs(_ config: Config) -> DataNeeds { DataNeeds.none.batchStatistics() }

  /// The paper's minibatches, and its 1,500 passes over MNIST.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 32, batchSize: 100, steps: 900_000)
  }

  /// Reconstruction, then regularisation of both parts of the code.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    let report = autoencode(batch.images)
    encoder.update()
    generator.update()
    return report
  }

  /// `[N, style + clusters] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator.inUse(latent) }

  /// Styles and the clusters' probabilities, `[N, style + clusters]`.
  public func encode(_ images: Tensor) -> Tensor { code(encoder.inUse(images)) }

  /// The clusters' logits.
  public func inferCodes(_ images: Tensor) -> [Tensor] { [encoder.inUse(images).logits] }
}
