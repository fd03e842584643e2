import GANKit
import Torch
import TorchNN

/// Coupled GANs (Liu and Tuzel 2016): a pair of GANs that share the layers which decide on an image as a
/// whole, and so learn to draw pairs from two domains without pairs.
public struct CoGAN: CoupledGAN, UniformRecipe {
  /// What may be changed; the defaults are those for digits.
  public struct Config: CoupledConfig {
    @Setting(.latentSize("N(0, 1)")) public var latentSize = 100
    @Setting(.widthBeforeImage) public var generatorWidth = 128
    @Setting(.coupledWidths) public var discriminatorWidths = [20, 50, 500]
    @Setting(.learningRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.weightDecay) public var weightDecay = 5e-4
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "cogan", title: "CoGAN",
    summary: "A pair of GANs with shared layers draws pairs from two domains without pairs.",
    paper: coupledGANs, deviations: coupledDeviations)

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Averaged<CoupledGenerator>
  let discriminator: CoupledDiscriminator
  let generatorOptimizer, discriminatorOptimizer: Adam

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .normal(config.latentSize)
    let players = CoupledPlayers(config, run.data, on: device)
    (generator, discriminator) = (players.generator, players.discriminator)
    generatorOptimizer = players.generatorOptimizer
    discriminatorOptimizer = players.discriminatorOptimizer
  }

  /// Squares from 16 up.
  public static func needs(_ config: Config) -> DataNeeds { config.needs }

  /// The paper's minibatches and length (section 4).
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 28, batchSize: 128, steps: 25_000)
  }

  /// One update of both discriminators, then one of both generators.
  public mutating func step(_ batch: UnpairedBatch) -> StepReport {
    let lossD = discriminatorOptimizer.minimize(adversarialLoss(looked(at: batch.a, batch.b)))
    return ["loss/D": lossD, "loss/G": updateGenerator(like: batch.a)]
  }
}
