import GANKit
import Torch
import TorchNN

/// Semi-supervised GAN (Odena 2016): a classifier with one more class, "generated", learns from a few
/// labelled images, many without labels, and generated ones.
public struct SGAN: GenerativeRecipe, ClassifyingRecipe, UniformRecipe {
  /// What may be changed; the paper names no numbers.
  public struct Config: RecipeConfig {
    @Setting(.latentSize("uniform on [-1, 1)")) public var latentSize = 100
    @Setting(.widthBeforeImage) public var generatorWidth = 64
    @Setting(.firstWidth) public var discriminatorWidth = 64
    @Setting(.unlabeledWeight) public var unlabeledWeight = 1.0
    @Setting(.learningRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "sgan", title: "SGAN",
    summary: "A classifier for which generated images are one more class.",
    paper: "Odena. Semi-Supervised Learning with Generative Adversarial Networks. 2016, "
      + "arXiv:1606.01583",
    deviations: [
      "the networks are DCGAN's with 4x4 kernels; the paper does not give its own"
    ],
    holdsInBFloat16: true)

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Averaged<Sequential>
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: Adam
  private let unlabeledWeight: Double
  private let classes: Int

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .uniform(config.latentSize)
    generator = Averaged(decay: config.ema) {
      dcganGenerator(
        latent: config.latentSize, width: config.generatorWidth, run.data, kernel: 4
      ).placed(on: device)
    }
    discriminator = dcganDiscriminator(
      width: config.discriminatorWidth, run.data, kernel: 4, outputs: run.data.classes + 1
    ).placed(on: device)
    generatorOptimizer = Adam(generator.trained, rate: config.learningRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(discriminator, rate: config.learningRate, beta1: config.beta1)
    (unlabeledWeight, classes) = (config.unlabeledWeight, run.data.classes)
  }

  /// 4x4 maps, doubled up to the image.
  public static func needs(_ config: Config) -> DataNeeds {
    .dcgan(generatorWidth: config.generatorWidth, discriminatorWidth: config.discriminatorWidth)
  }

  /// The paper names neither batch nor length.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 32, batchSize: 100, steps: 60_000)
  }

  /// One update of the classifier, then one of the generator; of the classifier alone where images
  /// without labels have no weight.
  public mutating func step(_ batch: PartlyLabeledBatch) -> StepReport {
    if unlabeledWeight == 0 { return supervisedStep(batch.labeled) }
    var report = classifierStep(batch)
    let fake = generator.trained(prior.sample(like: batch.images))
    let fooled = logReal(discriminator.untracked(fake)).mean()
    report["loss/G"] = generatorOptimizer.minimize(-fooled)
    generator.update()
    return report
  }

  private func supervisedStep(_ batch: LabeledBatch) -> StepReport {
    let labeled = crossEntropy(logits: discriminator(batch.images), labels: batch.labels)
    return ["loss/D": discriminatorOptimizer.minimize(labeled)]
  }

  /// Labelled, unlabelled and generated images each get a pass of their own: their batch statistics
  /// differ.
  private func classifierStep(_ batch: PartlyLabeledBatch) -> StepReport {
    let fake = withoutGradients { generator.trained(prior.sample(like: batch.images)) }
    let onLabeled = discriminator(batch.labeled.images)
    let onReal = discriminator(batch.images)
    let onFake = discriminator.untracked(fake)
    let labeled = crossEntropy(logits: onLabeled, labels: batch.labeled.labels)
    let unlabeled = -(logReal(onReal).mean() + logGenerated(onFake).mean())
    let total = discriminatorOptimizer.minimize(labeled + unlabeledWeight * unlabeled)
    return ["loss/D": total, "loss/labeled": labeled, "loss/unlabeled": unlabeled]
  }

  /// The logarithm of the probability that images are real, `[N]`, from outputs `[N, classes + 1]`.
  func logReal(_ outputs: Tensor) -> Tensor {
    let outputs = outputs.atLeastFloat32()
    return outputs.narrowed(1, from: 0, length: classes).logSumExp(axis: 1)
      - outputs.logSumExp(axis: 1)
  }

  /// The logarithm of the probability that images are generated, `[N]`.
  func logGenerated(_ outputs: Tensor) -> Tensor {
    let outputs = outputs.atLeastFloat32()
    return outputs.selected(1, classes) - outputs.logSumExp(axis: 1)
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator.inUse(latent) }

  /// Logits `[N, classes]`; that of "generated" is left out.
  public func classify(_ images: Tensor) -> Tensor {
    discriminator(images).narrowed(1, from: 0, length: classes)
  }
}

// MARK: - Settings

extension SettingRule<Double> {
  /// The weight of what a classifier learns from images without labels.
  static var unlabeledWeight: Self { weight("weight of the loss without labels; 0: labels only") }
}
