import GANKit
import GANMetrics
import Torch
import TorchNN

/// Single-image super-resolution (Ledig et al. 2017): a residual network learns to enlarge images by
/// squared errors of their pixels (SRResNet), then by what a frozen network and a discriminator see in
/// them (SRGAN). The small images are made of the large ones, on the device.
public struct SRGAN: EnlargingRecipe {
  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    @Setting(.oneOf([2, 4], "how many times larger images become")) public var scale = 4
    @Setting(.count("residual blocks of the generator", in: 0...256)) public var blocks = 16
    @Setting(.count("channels of the generator")) public var generatorWidth = 64
    @Setting(.count("channels of the discriminator's first maps; the last are eight times as many"))
    public var discriminatorWidth = 64
    @Setting(.count("units of the discriminator's dense layer"))
    public var discriminatorFeatures = 1024
    @Setting(.duration("steps of the first phase, SRResNet; the rest of the run is the GAN phase"))
    public var pretraining = 1_000_000
    @Setting(.choice("by what the GAN phase compares images: pixels, or the maps of a network"))
    public var content = ImageContent.efficientNetLite0
    @Setting(.init("the file of that network's weights; empty for those that set-up installed"))
    public var weights = ""
    @Setting(.weight("weight of the adversarial loss")) public var adversarialWeight = 1e-3
    @Setting(.rate("Adam's rate in the first phase")) public var pretrainingRate = 1e-4
    @Setting(.rate("Adam's rate in the GAN phase, a tenth of it in the second half"))
    public var learningRate = 1e-4
    @Setting(.beta1) public var beta1 = 0.9

    /// The default values.
    public init() {}

    /// VGG-19 needs a file, pixels need none.
    public func checkTogether() throws {
      try ConfigError.check(
        !weights.isEmpty || !content.needsWeights, "weights", "none",
        "the path of weights of VGG-19, as Scripts/convert_weights.py makes them")
      try ConfigError.check(
        weights.isEmpty || content != .pixels, "weights", "'\(weights)'", "none for content=pixels")
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "srgan", title: "SRGAN",
    summary: "Enlarges images two or four times, with details that look like a photo's.",
    paper: "Ledig, Theis, Huszár, Caballero, Cunningham, Acosta, Aitken, Tejani, Totz, Wang, Shi. "
      + "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network. "
      + "CVPR 2017, arXiv:1609.04802",
    deviations: [
      "EfficientNet-Lite0's maps and pixels unless content=vgg54 or vgg22 and weights name VGG-19's file",
      "convolutions in front of a normalisation have no bias, which it would cancel",
      "Adam forgets its moments where the GAN phase begins",
    ])

  /// How many times larger images become.
  public let scale: Int
  let generator: SRResNet
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: Adam
  private let reduction: CubicResizing
  private let content: ContentLoss
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config
  /// Steps of the GAN phase, where they are known.
  private let ganSteps: Int?

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let image = run.data.image
    (self.config, scale) = (config, config.scale)
    generator = SRResNet(
      channels: image.channels, width: config.generatorWidth, blocks: config.blocks, scale: scale
    ).placed(on: device)
    discriminator = Self.discriminator(config, for: image).placed(on: device)
    ganSteps = run.steps.map { max($0 - config.pretraining, 0) }
    generatorOptimizer = Adam(
      generator, learningRate: config.rates(ganSteps, after: config.pretraining),
      betas: (config.beta1, 0.999))
    discriminatorOptimizer = Adam(
      discriminator, learningRate: config.rates(ganSteps), betas: (config.beta1, 0.999))
    reduction = CubicResizing(
      from: (image.height, image.width), to: (image.height / scale, image.width / scale),
      on: device)
    content = ContentLoss(config.content, weights: config.weights, on: device)
  }

  /// Images that can be made smaller and that the discriminator can halve four times.
  public static func needs(_ config: Config) -> DataNeeds {
    .multiples(of: config.scale, from: 16).batchStatistics()
  }

  /// Parts of 96x96 of photos as they are; 200,000 steps with the discriminator.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(crop: 96, batchSize: 16, steps: config.pretraining + 200_000)
  }

  /// A run that ends before the GAN phase.
  public static func shortfall(of config: Config, in run: RunShape) -> String? {
    guard let steps = run.steps, steps <= config.pretraining else { return nil }
    return "ends in the first phase, without a discriminator; needs more than "
      + "\(config.pretraining) steps (pretraining), this run has \(steps)"
  }

  /// Opens the network that images are compared by.
  public func prepareForTraining() throws { try content.prepare() }

  private var isPretraining: Bool { generatorOptimizer.updates.value < config.pretraining }

  /// SRResNet, or SRGAN.
  public var phase: TrainingPhase? {
    let (done, first) = (generatorOptimizer.updates.value, config.pretraining)
    guard isPretraining else {
      return TrainingPhase(
        "SRGAN", progress: ganSteps.map { min(Double(done - first) / Double(max($0, 1)), 1) })
    }
    return TrainingPhase("SRResNet", progress: Double(done) / Double(first))
  }

  /// SRResNet, its last step, behind which the optimizer begins anew, or SRGAN.
  public var stepKind: Int? {
    guard isPretraining else { return 2 }
    return generatorOptimizer.updates.value + 1 < config.pretraining ? 0 : 1
  }

  /// One update on squared errors in the first phase; after it one of the discriminator, then one of the
  /// generator with the same images.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    let low = (reduction(batch.images) * 0.5 + 0.5).clamped(to: 0...1)
    return isPretraining
      ? pretrainingStep(low, batch.images) : adversarialStep(low, batch.images)
  }

  private func pretrainingStep(_ low: Tensor, _ original: Tensor) -> StepReport {
    let lossG = generatorOptimizer.minimize(meanSquaredError(generator(low), original))
    if !isPretraining { generatorOptimizer.reset() }
    return ["loss/G": lossG]
  }

  /// Equations 2 and 3: the content loss and 10⁻³ of -log D, on logits.
  private func adversarialStep(_ low: Tensor, _ original: Tensor) -> StepReport {
    let fake = generator(low)
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(
        real: discriminator(original), fake: discriminator.untracked(fake.detached())))
    let error = content(fake, target: original)
    let fooled = loss.generator(fake: discriminator.untracked(fake))
    let lossG = generatorOptimizer.minimize(error + config.adversarialWeight * fooled)
    return [
      "loss/D": lossD, "loss/G": lossG, "loss/content": error, "loss/adversarial": fooled,
    ]
  }

  /// The generator's receptive field: 9x9, two 3x3 a block, one behind them and one a doubling, 9x9.
  public var reach: Int { 2 * config.blocks + 8 }

  /// Pixels in the first phase.
  public func comparedBy(at step: Int) -> String {
    guard step == 0 || step > config.pretraining, config.content != .pixels else {
      return "squared errors of pixels"
    }
    let isAll = config.content != .efficientNetLite0
    return "features of \(config.content.rawValue)" + (isAll ? "" : " and pixels")
  }

  /// `[N, C, H, W] -> [N, C, scale·H, scale·W]`, both in [-1, 1].
  public func enlarge(_ images: Tensor) -> Tensor {
    generator(images * 0.5 + 0.5).clamped(to: -1...1)
  }
}

extension SRGAN.Config {
  /// Adam's rates: after so many updates of the first phase the GAN phase's, a tenth in its second half.
  fileprivate func rates(_ steps: Int?, after first: Int = 0) -> Schedule {
    .piecewise(
      [pretrainingRate, learningRate, learningRate / 10],
      borders: [first, steps.map { first + ($0 + 1) / 2 } ?? Int.max])
  }
}

// MARK: - Networks

extension SRGAN {
  /// Eight 3x3 convolutions, every second of stride 2, and two dense layers (figure 4): images
  /// `[N, C, H, W]` to logits `[N, 1]`. The images' size is that of the first dense layer.
  fileprivate static func discriminator(_ config: Config, for image: ImageShape) -> Sequential {
    let width = config.discriminatorWidth
    func halved(_ side: Int) -> Int { (0..<4).reduce(side) { side, _ in (side + 1) / 2 } }
    return Sequential {
      Conv2d(image.channels, width, kernel: 3, padding: 1)
      LeakyReLU(0.2)
      convolution(width, width, stride: 2)
      for factor in [1, 2, 4] {
        convolution(factor * width, 2 * factor * width, stride: 1)
        convolution(2 * factor * width, 2 * factor * width, stride: 2)
      }
      Flatten()
      Linear(
        8 * width * halved(image.height) * halved(image.width), config.discriminatorFeatures)
      LeakyReLU(0.2)
      Linear(config.discriminatorFeatures, 1)
    }
  }

  private static func convolution(_ inputs: Int, _ outputs: Int, stride: Int) -> [any Layer] {
    [
      Conv2d(inputs, outputs, kernel: 3, stride: stride, padding: 1, bias: false),
      BatchNorm(outputs), LeakyReLU(0.2),
    ]
  }
}
