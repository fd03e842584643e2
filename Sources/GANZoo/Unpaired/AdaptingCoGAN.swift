import GANKit
import Torch
import TorchNN

/// Coupled GANs for unsupervised domain adaptation (Liu and Tuzel 2016, section 5): what the discriminators
/// share learns the classes of source images, and to see the same in both images of a generated pair; then it
/// tells the classes of target images, too.
public struct AdaptingCoGAN: CoupledGAN, ClassifyingRecipe, UniformRecipe {
  /// What may be changed; the defaults are those of the authors' code for MNIST and USPS.
  public struct Config: CoupledConfig {
    @Setting(.latentSize("N(0, 1)")) public var latentSize = 100
    @Setting(.widthBeforeImage) public var generatorWidth = 128
    @Setting(.coupledWidths) public var discriminatorWidths = [20, 50, 500]
    @Setting(.weight("weight of the classes of source images")) public var classWeight = 10.0
    @Setting(.weight("weight of the distance of a pair's features")) public var featureWeight = 0.01
    @Setting(.flag("learns the classes of source images alone, to compare"))
    public var sourceOnly = false
    @Setting(.learningRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.weightDecay) public var weightDecay = 5e-4
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "cogan-adaptation", title: "CoGAN, domain adaptation",
    summary: "Learns classes of an unlabelled domain by layers shared with a labelled one's.",
    paper: coupledGANs,
    deviations: coupledDeviations + [
      "minibatches, length and weights of the losses are those of that code, too"
    ])

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Averaged<CoupledGenerator>
  let discriminator: CoupledDiscriminator
  let generatorOptimizer, discriminatorOptimizer: Adam
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .normal(config.latentSize)
    let players = CoupledPlayers(config, classes: run.data.classes, run.data, on: device)
    (generator, discriminator) = (players.generator, players.discriminator)
    generatorOptimizer = players.generatorOptimizer
    discriminatorOptimizer = players.discriminatorOptimizer
    self.config = config
  }

  /// Squares from 16 up.
  public static func needs(_ config: Config) -> DataNeeds { config.needs }

  /// The authors' minibatches and length for MNIST and USPS.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 28, batchSize: 64, steps: 10_000)
  }

  /// One update of both discriminators with the classes, then one of both generators.
  public mutating func step(_ batch: AdaptationBatch) -> StepReport {
    config.sourceOnly ? classStep(batch.source) : adaptationStep(batch)
  }

  private func adaptationStep(_ batch: AdaptationBatch) -> StepReport {
    let seen = looked(at: batch.source.images, batch.target)
    let classes = crossEntropy(
      logits: discriminator.classified(seen.real[0]), labels: batch.source.labels)
    // Squares are summed over the features and averaged over the pairs.
    let difference = (seen.fake[0] - seen.fake[1]).atLeastFloat32()
    let distance = difference.squared().sum(axes: [1]).mean()
    let lossD = discriminatorOptimizer.minimize(
      adversarialLoss(seen) + config.classWeight * classes + config.featureWeight * distance)
    return [
      "loss/D": lossD, "loss/G": updateGenerator(like: batch.target), "loss/class": classes,
      "loss/features": distance,
    ]
  }

  /// The gradients of what the classes do not depend on are 0.
  private func classStep(_ source: LabeledBatch) -> StepReport {
    let logits = discriminator.classified(source.images, by: discriminator.inputA)
    let classes = crossEntropy(logits: logits, labels: source.labels)
    return ["loss/class": discriminatorOptimizer.minimize(config.classWeight * classes)]
  }

  /// Logits `[N, classes]` of target images, by the target's first layer: the source's, of a network that
  /// has seen no others.
  public func classify(_ images: Tensor) -> Tensor {
    let input = config.sourceOnly ? discriminator.inputA : discriminator.inputB
    return discriminator.classified(images, by: input)
  }
}
