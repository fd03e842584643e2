import GANKit
import Torch
import TorchNN

/// Image-to-image translation with pairs (Isola, Zhu, Zhou and Efros 2017).
public struct Pix2Pix: TranslatingRecipe, UniformRecipe {
  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    @Setting(.uNetWidths) public var generatorWidths = UNet.paperWidths
    @Setting(.patchWidth) public var discriminatorWidth = 64
    @Setting(.patchLayers) public var discriminatorLayers = 3
    @Setting(.choice("batch (one image: over its pixels) or instance"))
    public var normalization = ImageNormalization.batch
    @Setting(.noiseDropout) public var dropout = 0.5
    @Setting(.weight("weight lambda of the absolute error (L1)")) public var l1Weight = 100.0
    @Setting(.weight("weight of the adversarial loss; 0 leaves L1 alone"))
    public var adversarialWeight = 1.0
    @Setting(.learningRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "pix2pix", title: "pix2pix",
    summary: "Translates images after pairs: a U-Net against a critic of patches, and L1.",
    paper: "Isola, Zhu, Zhou, Efros. Image-to-Image Translation with Conditional Adversarial "
      + "Networks. CVPR 2017, arXiv:1611.07004",
    deviations: [
      "convolutions in front of a normalisation have no bias, which it would cancel",
      "random cutting and mirroring are asked for by --size, --crop and --flip",
      "in runs of larger batches than 1 it translates with running statistics, not the batch's",
    ])

  let generator: UNet
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: Adam
  /// From the input to the target.
  public let directions = [Direction.ab]
  /// The U-Net's levels halve so often.
  public let sideMultiple: Int
  private let usesOwnStatistics: Bool
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let (inputs, outputs) = (run.data.input.channels, run.data.channels)
    let widths = UNet.levels(config.generatorWidths, for: run.data.image)
    generator = UNet(
      inputs, outputs, widths: widths, norm: config.normalization, dropout: config.dropout
    ).dcganInitialized().placed(on: device)
    discriminator = patchDiscriminator(
      channels: inputs + outputs, width: config.discriminatorWidth,
      layers: config.discriminatorLayers, norm: config.normalization
    ).dcganInitialized().placed(on: device)
    generatorOptimizer = Adam(generator, rate: config.learningRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(discriminator, rate: config.learningRate, beta1: config.beta1)
    sideMultiple = 1 << widths.count
    usesOwnStatistics = run.batchSize == 1
    self.config = config
  }

  /// Sides that leave the discriminator a patch; the U-Net has a level for every halving.
  public static func needs(_ config: Config) -> DataNeeds {
    .multiples(of: 4, from: 8).patches(layers: config.discriminatorLayers)
  }

  /// One image a minibatch, 200 passes over the 400 façades.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 256, batchSize: 1, steps: 80_000)
  }

  /// One update of the discriminator, then one of the generator with the same output; of the
  /// generator alone where the adversarial loss has no weight.
  public mutating func step(_ batch: PairedBatch) -> StepReport {
    config.adversarialWeight == 0 ? errorStep(batch) : adversarialStep(batch)
  }

  private func adversarialStep(_ batch: PairedBatch) -> StepReport {
    let fake = generator(batch.input)
    // Halved, so that the discriminator learns at half the generator's pace (section 3.3).
    let lossD = discriminatorOptimizer.minimize(0.5 * discriminatorLoss(batch, fake.detached()))
    let error = absoluteError(fake, batch.target)
    let fooled = loss.generator(fake: discriminator(.concatenated([batch.input, fake], axis: 1)))
    let lossG = generatorOptimizer.minimize(
      config.adversarialWeight * fooled + config.l1Weight * error)
    return ["loss/D": lossD, "loss/G": lossG, "loss/L1": error]
  }

  /// Both in one pass where no layer couples the images of a batch.
  private func discriminatorLoss(_ batch: PairedBatch, _ fake: Tensor) -> Tensor {
    let real = Tensor.concatenated([batch.input, batch.target], axis: 1)
    let fake = Tensor.concatenated([batch.input, fake], axis: 1)
    let judged =
      config.normalization == .instance
      ? inOnePass(real, fake) { discriminator($0) } : (discriminator(real), discriminator(fake))
    return loss.discriminator(real: judged.0, fake: judged.1)
  }

  /// Nothing that the discriminator says would reach the generator.
  private func errorStep(_ batch: PairedBatch) -> StepReport {
    let error = absoluteError(generator(batch.input), batch.target)
    return ["loss/G": generatorOptimizer.minimize(config.l1Weight * error), "loss/L1": error]
  }

  /// Inputs as targets, `[N, C, H, W] -> [N, C', H, W]` in [-1, 1], with dropout as in training (section
  /// 3.3) and, for a network trained on single images, each image's own statistics; else the running ones.
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    guard usesOwnStatistics else { return generator(images, dropsOut: true) }
    let outputs = (0..<images.size(0)).map { index in
      withMode(.training) { withoutTracking { generator(images[index..<(index + 1)]) } }
    }
    return .concatenated(outputs)
  }
  /// Without dropout.
  public func translateAlike(_ images: Tensor, _ direction: Direction) -> Tensor {
    usesOwnStatistics ? withOwnStatistics { generator(images) } : generator(images)
  }
}
