import GANKit
import Torch
import TorchNN

/// Image-to-image translation with pairs (Isola, Zhu, Zhou and Efros 2017).
public struct Pix2Pix: TranslatingRecipe {
  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    /// Channels of the U-Net's levels from the outermost in; levels beyond 1x1 are left out.
    public var generatorWidths = UNet.paperWidths
    /// Channels of the discriminator's first maps.
    public var discriminatorWidth = 64
    /// Halvings of the discriminator: 3 for patches of 70x70, 2 for 34x34, 1 for 16x16.
    public var discriminatorHalvings = 3
    /// The normalisation of both networks.
    public var normalization = ImageNormalization.batch
    /// The share of zeroed units in the first three levels of the way up: the noise.
    public var dropout = 0.5
    /// The weight λ of the absolute error.
    public var errorWeight = 100.0
    /// The weight of the adversarial loss; 0 trains on the absolute error, without discriminator.
    public var adversarialWeight = 1.0
    /// Adam's rate for both players.
    public var learningRate = 2e-4
    /// Adam's decay of the first moment.
    public var beta1 = 0.5

    /// The default values.
    public init() {}

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      .unetWidths(\.generatorWidths, "generatorWidths", "channels of the U-Net"),
      .count(\.discriminatorWidth, "discriminatorWidth", "channels of the first maps"),
      .patchHalvings(\.discriminatorHalvings),
      .choice(\.normalization, "normalization", "batch (one image: over its pixels) or instance"),
      .fraction(\.dropout, "dropout", "share of zeroed units: the noise, in use as well"),
      .weight(\.errorWeight, "errorWeight", "the weight lambda of the absolute error (L1)"),
      .weight(
        \.adversarialWeight, "adversarialWeight",
        "the adversarial weight; 0 leaves L1 alone"),
      .learningRate(\.learningRate),
      .beta1(\.beta1),
    ]
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
    ],
    claim: "edges to digits: a classifier reads at least 97 % of the held-out outputs as the "
      + "input's digit")

  let generator: UNet
  let discriminator: Sequential
  let generatorOptimizer: Adam
  let discriminatorOptimizer: Adam
  /// From the input to the target.
  public let directions = [Direction.ab]
  /// The U-Net's levels halve so often.
  public let sideMultiple: Int
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, data: DataShape, on device: Device) {
    let inputs = data.inputShape[0]
    let widths = UNet.levels(config.generatorWidths, height: data.height, width: data.width)
    generator = UNet(
      inputs, data.channels, widths: widths, norm: config.normalization, dropout: config.dropout
    ).dcganInitialized().placed(on: device)
    discriminator = patchDiscriminator(
      channels: inputs + data.channels, width: config.discriminatorWidth,
      halvings: config.discriminatorHalvings, norm: config.normalization
    ).dcganInitialized().placed(on: device)
    generatorOptimizer = Adam(generator, rate: config.learningRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(discriminator, rate: config.learningRate, beta1: config.beta1)
    sideMultiple = 1 << widths.count
    self.config = config
  }

  /// A multiple of 32, so that the U-Net has at least five levels.
  public static func fittingSize(_ native: Int, for config: Config) -> Int {
    max(native / 32, 1) * 32
  }

  /// Checks that the networks can take the data.
  public static func validate(_ config: Config, for data: DataShape) throws {
    try data.check(
      data.height % 4 == 0 && data.width % 4 == 0, "pix2pix",
      needs: "images with sides that are multiples of 4, better of 32")
    try ConfigError.checkPatches(data, halvings: config.discriminatorHalvings, "pix2pix")
  }

  /// One update of the discriminator, then one of the generator with the same output; of the
  /// generator alone where the adversarial loss has no weight.
  public mutating func step(_ batch: PairedBatch) -> StepReport {
    config.adversarialWeight == 0 ? errorStep(batch) : adversarialStep(batch)
  }

  private func adversarialStep(_ batch: PairedBatch) -> StepReport {
    func judged(_ image: Tensor) -> Tensor {
      discriminator(.concatenated([batch.input, image], axis: 1))
    }
    let fake = generator(batch.input)
    // Halved, so that the discriminator learns at half the generator's pace (section 3.3).
    let lossD = discriminatorOptimizer.minimize(
      0.5 * loss.discriminator(real: judged(batch.target), fake: judged(fake.detached())))
    let error = absoluteError(fake, batch.target)
    let lossG = generatorOptimizer.minimize(
      config.adversarialWeight * loss.generator(fake: judged(fake)) + config.errorWeight * error)
    return ["loss/D": lossD, "loss/G": lossG, "loss/L1": error]
  }

  /// Nothing that the discriminator says would reach the generator.
  private func errorStep(_ batch: PairedBatch) -> StepReport {
    let error = absoluteError(generator(batch.input), batch.target)
    return ["loss/G": generatorOptimizer.minimize(config.errorWeight * error), "loss/L1": error]
  }

  /// `[N, Cin, H, W] -> [N, C, H, W]` in [-1, 1], with dropout and the batch's own statistics as in
  /// training (section 3.3).
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    generator.keepingBuffers { withMode(.training) { generator(images) } }
  }
}
