import GANKit
import Torch
import TorchNN

/// Auxiliary classifier GAN (Odena et al. 2016): the discriminator tells the class of real and generated
/// images beside their source, and the generator is to be taken for the class that it was asked for.
public struct ACGAN: GenerativeRecipe, ClassifyingRecipe, UniformRecipe {
  /// What may be changed; the defaults are the paper's for CIFAR-10 (table 2).
  public struct Config: RecipeConfig {
    @Setting(.latentSize("N(0, 1), beside the one-hot class")) public var latentSize = 100
    @Setting(.widths("channels of the generator's maps from the first on; each is doubled in size"))
    public var generatorWidths = [384, 192, 96]
    @Setting(.count("channels of the first of six convolutions; doubled by each", in: 1...2048))
    public var discriminatorWidth = 16
    @Setting(.fraction("share of the discriminator's activations that are zeroed"))
    public var dropout = 0.5
    @Setting(.weight("deviation of the noise on the discriminator's activations"))
    public var activationNoise = 0.0
    @Setting(.learningRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}

    /// So many doublings make an image large enough.
    public func checkTogether() throws {
      try ConfigError.check(
        generatorWidths.count <= 10, "generatorWidths", generatorWidths.count,
        "from 1 to 10 widths")
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "acgan", title: "AC-GAN",
    summary: "The discriminator also tells the class, of real and of generated images.",
    paper: "Odena, Olah, Shlens. Conditional Image Synthesis with Auxiliary Classifier GANs. "
      + "ICML 2017, arXiv:1610.09585",
    deviations: [
      "the generator maximises log P(real) of its images; the paper writes minus log P(generated)",
      "the paper does not name the distribution of the noise: N(0, 1)",
      "activation noise follows each rectifier of the discriminator; the paper does not name its place",
    ])

  /// The distribution of the noise.
  public let prior: LatentPrior
  /// The classes of the data.
  public let classCount: Int
  let generator: Averaged<LabeledNetwork>
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: Adam
  private let loss = AdversarialLoss.nonSaturating()

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .normal(config.latentSize)
    classCount = run.data.classes
    generator = Averaged(decay: config.ema) {
      LabeledNetwork(conditional: OneHotGenerator(config, run.data)).placed(on: device)
    }
    discriminator = classifyingDiscriminator(config, run.data).placed(on: device)
    generatorOptimizer = Adam(generator.trained, rate: config.learningRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(discriminator, rate: config.learningRate, beta1: config.beta1)
  }

  /// Sides that the generator's doublings lead to, and at most as many classes as ImageNet has. The
  /// discriminator's last maps have more than one place.
  public static func needs(_ config: Config) -> DataNeeds {
    let multiple = 1 << config.generatorWidths.count
    let least = (9 + multiple - 1) / multiple * multiple
    return .multiples(of: multiple, from: least).classes(atMost: 1000)
  }

  /// The paper's minibatches and length; 32x32 by table 2, 128x128 by table 1.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 4 << config.generatorWidths.count, batchSize: 100, steps: 50_000)
  }

  /// One update of the discriminator, then one of the generator with fresh noise; the classes asked for
  /// are those of the real images.
  public mutating func step(_ batch: LabeledBatch) -> StepReport {
    var report = discriminatorStep(batch)
    let fake = generator.trained(prior.sample(like: batch.images), labels: batch.labels)
    let onFake = Verdict(discriminator.untracked(fake))
    report["loss/G"] = generatorOptimizer.minimize(
      loss.generator(fake: onFake.source) + onFake.classLoss(batch.labels))
    generator.update()
    return report
  }

  /// Source and class of real and of generated images, each in a pass of its own: their batch
  /// statistics differ.
  private func discriminatorStep(_ batch: LabeledBatch) -> StepReport {
    let fake = withoutGradients {
      generator.trained(prior.sample(like: batch.images), labels: batch.labels)
    }
    let onReal = Verdict(discriminator(batch.images))
    let onFake = Verdict(discriminator.untracked(fake))
    let classLoss = onReal.classLoss(batch.labels) + onFake.classLoss(batch.labels)
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(real: onReal.source, fake: onFake.source) + classLoss)
    return ["loss/D": lossD, "loss/class": classLoss]
  }

  /// `[N, latent]`, labels `[N]` -> `[N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    generator.inUse(latent, labels: labels)
  }

  /// Logits `[N, classes]`.
  public func classify(_ images: Tensor) -> Tensor { Verdict(discriminator(images)).classes }
}

// MARK: - Networks

/// The generators of tables 1 and 2 (Odena et al. 2016, appendix A): noise and the one-hot class to maps
/// of the first width, then transposed 5x5 convolutions that double their size.
/// `[N, latent]`, labels `[N]` -> `[N, C, H, W]` in [-1, 1].
private struct OneHotGenerator: ConditionalLayer {
  let body: Sequential
  private let classes: Int

  init(_ config: ACGAN.Config, _ data: DataShape) {
    let widths = config.generatorWidths
    let (rows, columns) = (data.height >> widths.count, data.width >> widths.count)
    classes = data.classes
    body = Sequential {
      Linear(config.latentSize + data.classes, widths[0] * rows * columns)
      ReLU()
      Unflatten([widths[0], rows, columns])
      for (inputs, outputs) in zip(widths, widths.dropFirst()) {
        normalizedDoubling(inputs, outputs, kernel: 5)
      }
      doubling(widths[widths.count - 1], data.channels, kernel: 5)
      Tanh()
    }.initialized(.normal(deviation: 0.02))
  }

  func callAsFunction(_ latent: Tensor, labels: Tensor) -> Tensor {
    body(.concatenated([latent, labels.oneHot(classes: classes)], axis: 1))
  }
}

/// The discriminator of both tables (Odena et al. 2016, appendix A): six 3x3 convolutions of strides 2 and
/// 1 in turn, LeakyReLU(0.2), dropout; one linear layer for the source and the classes.
/// `[N, C, H, W] -> [N, 1 + classes]`.
private func classifyingDiscriminator(_ config: ACGAN.Config, _ data: DataShape) -> Sequential {
  var (inputs, outputs) = (data.channels, config.discriminatorWidth)
  var (rows, columns) = (data.height, data.width)
  return Sequential {
    for index in 0..<6 {
      let halves = index % 2 == 0
      Conv2d(
        inputs, outputs, kernel: 3, stride: halves ? 2 : 1, padding: 1, bias: index == 0)
      if index > 0 { BatchNorm(outputs) }
      LeakyReLU(0.2)
      GaussianNoise(config.activationNoise)
      Dropout(config.dropout)
      let _ = (inputs, outputs) = (outputs, 2 * outputs)
      let _ = halves ? ((rows, columns) = ((rows + 1) / 2, (columns + 1) / 2)) : ()
    }
    Flatten()
    Linear(inputs * rows * columns, 1 + data.classes)
  }.initialized(.normal(deviation: 0.02))
}
