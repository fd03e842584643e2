import GANKit
import Torch
import TorchNN

/// Unsupervised pixel-level domain adaptation (Bousmalis et al. 2017).
public struct PixelDA: TranslatingRecipe, ClassifyingRecipe, UniformRecipe {
  /// What may be changed; the defaults are those of the authors' run from MNIST to MNIST-M.
  public struct Config: RecipeConfig {
    @Setting(.latentSize("uniform on [-1, 1)")) public var noiseSize = 10
    @Setting(.count("channels of the generator")) public var generatorWidth = 64
    @Setting(.count("residual blocks of the generator", in: 0...64)) public var blocks = 6
    @Setting(.firstWidth) public var discriminatorWidth = 64
    @Setting(.widths("task network: channels of two convolutions, units", count: 3))
    public var taskWidths = [32, 48, 100]
    @Setting(.weight("weight of telling target from transferred images"))
    public var domainWeight = 0.135603587834
    @Setting(.weight("weight of the task in the task network's update")) public var taskWeight = 1.0
    @Setting(.weight("weight of fooling the discriminator"))
    public var styleWeight = 0.0113173311334
    @Setting(.weight("weight of the task in the generator's update"))
    public var generatorTaskWeight = 0.0100959947002
    @Setting(.flag("learns the task from source images alone, to compare"))
    public var sourceOnly = false
    @Setting(.initialRate) public var learningRate = 1e-3
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.duration("updates after which the rate is 0.95 of what it was", from: 1))
    public var decayInterval = 10_000
    @Setting(.weight("longest gradient of each parameter; 0 for no limit"))
    public var maxGradientNorm = 5.0

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "pixelda", title: "PixelDA",
    summary: "Learns a task on an unlabelled domain from a labelled one made to look like it.",
    paper: "Bousmalis, Silberman, Dohan, Erhan, Krishnan. Unsupervised Pixel-Level Domain "
      + "Adaptation with Generative Adversarial Networks. CVPR 2017, arXiv:1612.05424",
    deviations: [
      "one task network for both domains, as in the paper; the code has first layers of their own",
      "strided convolutions are padded alike on all sides",
      "the content-similarity loss, which the digits do not use, is left out",
    ])

  let generator: DomainGenerator
  let discriminator: DomainDiscriminator
  let classifier: Sequential
  let generatorOptimizer, discriminatorOptimizer: Adam
  /// From source to target.
  public let directions = [Direction.ab]
  /// The noise is as large as the images, so they keep their size.
  public let sideMultiple: Int
  private let noise: LatentPrior
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config

  /// Networks and optimizers at their initial values; the discriminator's optimizer trains the task
  /// network, too.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let data = run.data
    func placed<M: Module>(_ network: M) -> M {
      network.initialized(.normal(deviation: 0.02)).placed(on: device)
    }
    generator = placed(
      DomainGenerator(
        noise: config.noiseSize, width: config.generatorWidth, blocks: config.blocks,
        shape: data.imageShape))
    discriminator = placed(
      DomainDiscriminator(
        channels: data.channels, width: config.discriminatorWidth, size: data.height))
    classifier = placed(
      digitTower(
        channels: data.channels, size: data.height, widths: config.taskWidths,
        classes: data.classes))
    func adam(_ networks: any Module...) -> Adam {
      Adam(
        networks.flatMap { $0.parameters },
        learningRate: .step(config.learningRate, factor: 0.95, interval: config.decayInterval),
        betas: (config.beta1, 0.999))
    }
    generatorOptimizer = adam(generator)
    discriminatorOptimizer = adam(discriminator, classifier)
    noise = .uniform(config.noiseSize)
    sideMultiple = data.height
    self.config = config
  }

  /// 4x4, doubled up to the image; source and target of one kind.
  public static func needs(_ config: Config) -> DataNeeds {
    .squares(powerOfTwoFrom: 8).equalChannels(for: "one generator").batchStatistics()
  }

  /// The authors' minibatches and length from MNIST to MNIST-M.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 32, batchSize: 32, steps: 250_000)
  }

  /// One joint update of discriminator and task network, then one of the generator.
  public mutating func step(_ batch: AdaptationBatch) -> StepReport {
    config.sourceOnly ? taskStep(batch.source) : adaptationStep(batch)
  }

  private func adaptationStep(_ batch: AdaptationBatch) -> StepReport {
    let (source, labels) = (batch.source.images, batch.source.labels)
    let earlier = withoutGradients { transferred(source) }
    let domain = loss.discriminator(
      real: discriminator(batch.target), fake: discriminator(earlier))
    // One pass over both: the mean of as many source as transferred images, twice.
    let task =
      2
      * crossEntropy(
        logits: classifier(.concatenated([source, earlier])),
        labels: .concatenated([labels, labels]))
    let lossD = discriminatorOptimizer.minimize(
      config.domainWeight * domain + config.taskWeight * task,
      maxNormPerParameter: config.maxGradientNorm)
    let fake = transferred(source)
    let style = loss.generator(fake: discriminator(fake))
    let told = crossEntropy(logits: classifier(fake), labels: labels)
    let lossG = generatorOptimizer.minimize(
      config.styleWeight * style + config.generatorTaskWeight * told,
      maxNormPerParameter: config.maxGradientNorm)
    return ["loss/D": lossD, "loss/G": lossG, "loss/domain": domain, "loss/task": task]
  }

  /// The discriminator's gradients are those of a weight of 0.
  private func taskStep(_ source: LabeledBatch) -> StepReport {
    let task = crossEntropy(logits: classifier(source.images), labels: source.labels)
    return [
      "loss/task": discriminatorOptimizer.minimize(
        config.taskWeight * task, maxNormPerParameter: config.maxGradientNorm)
    ]
  }

  private func transferred(_ source: Tensor) -> Tensor {
    generator(source, noise.sample(like: source))
  }

  /// Source images as images of the target domain, `[N, C, H, W]` in [-1, 1], each with noise of its own.
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor { transferred(images) }

  /// Logits `[N, classes]`, for images of either domain.
  public func classify(_ images: Tensor) -> Tensor { classifier(images) }
}

// MARK: - Networks

/// Source images `[N, C, H, W]` and noise `[N, noise]` to images of the target domain, same shape, in
/// [-1, 1] (Bousmalis et al. 2017, figure 2): the noise becomes one more channel, enlarged for images
/// larger than those of training, and residual blocks keep the size.
struct DomainGenerator: Module {
  private let project: Linear
  private let projectNorm: BatchNorm
  private let input: Conv2d
  private let blocks: [Block]
  private let output: Conv2d
  private let noiseShape: [Int]

  init(noise: Int, width: Int, blocks count: Int, shape: [Int]) {
    noiseShape = [1, shape[1], shape[2]]
    project = Linear(noise, shape[1] * shape[2], bias: false)
    projectNorm = BatchNorm(shape[1] * shape[2], epsilon: 1e-3, gain: false)
    input = Conv2d(shape[0] + 1, width, kernel: 3, padding: 1)
    blocks = (0..<count).map { _ in Block(width) }
    output = Conv2d(width, shape[0], kernel: 1)
  }

  func callAsFunction(_ source: Tensor, _ noise: Tensor) -> Tensor {
    let projected = projectNorm(project(noise)).relu()
      .reshaped(to: [source.size(0)] + noiseShape)
    let (height, width) = (source.size(2), source.size(3))
    let extra =
      noiseShape == [1, height, width]
      ? projected : projected.resized(height: height, width: width, by: .nearest)
    var maps = input(Tensor.concatenated([source, extra], axis: 1).settled(.channelsLast)).relu()
    for block in blocks { maps = block(maps) }
    return output(maps).tanh()
  }

  private struct Block: Layer {
    let conv1: Conv2d
    let norm1: BatchNorm
    let conv2: Conv2d
    let norm2: BatchNorm

    init(_ width: Int) {
      conv1 = Conv2d(width, width, kernel: 3, padding: 1, bias: false)
      norm1 = BatchNorm(width, epsilon: 1e-3, gain: false)
      conv2 = Conv2d(width, width, kernel: 3, padding: 1, bias: false)
      norm2 = BatchNorm(width, epsilon: 1e-3, gain: false)
    }

    func callAsFunction(_ input: Tensor) -> Tensor {
      norm2(conv2(norm1(conv1(input), then: .relu)), then: .sum(input))
    }
  }
}

/// Tells target images from transferred ones: 3x3 convolutions down to 4x4, each followed by
/// LeakyReLU(0.2), dropout of a tenth and Gaussian noise, as in the authors' code.
/// `[N, C, size, size] -> [N]` logits.
struct DomainDiscriminator: Layer {
  private let input: Conv2d
  private let conv: [Conv2d]
  private let norm: [BatchNorm]
  private let output: Linear
  private let dropout = Dropout(0.1)
  private let noise = GaussianNoise(0.2)

  init(channels: Int, width: Int, size: Int) {
    let widths = (0...doublings(from: 4, to: size)).map { width << $0 }
    input = Conv2d(channels, width, kernel: 3, padding: 1)
    conv = zip(widths, widths.dropFirst()).map {
      Conv2d($0, $1, kernel: 3, stride: 2, padding: 1, bias: false)
    }
    norm = widths.dropFirst().map { BatchNorm($0, epsilon: 1e-3, gain: false) }
    output = Linear((widths.last ?? width) * 16, 1)
  }

  func callAsFunction(_ images: Tensor) -> Tensor {
    var maps = corrupted(input(images).overwritten(by: .leakyReLU(0.2)))
    for (conv, norm) in zip(conv, norm) {
      maps = corrupted(norm(conv(maps), then: .leakyReLU(0.2)))
    }
    return output(maps.flattened(from: 1)).flattened()
  }

  private func corrupted(_ maps: Tensor) -> Tensor { noise(dropout(maps)) }
}

/// The tower for digits of the authors' code: two 5x5 convolutions with max pooling and two hidden
/// layers. `[N, C, size, size] -> [N, classes]` logits.
///
/// - Parameter widths: channels of both convolutions and units of the hidden layers.
private func digitTower(channels: Int, size: Int, widths: [Int], classes: Int) -> Sequential {
  Sequential {
    Conv2d(channels, widths[0], kernel: 5, padding: 2)
    ReLU()
    MaxPool2d(2)
    Conv2d(widths[0], widths[1], kernel: 5, padding: 2)
    ReLU()
    MaxPool2d(2)
    Flatten()
    Linear(widths[1] * (size / 4) * (size / 4), widths[2])
    ReLU()
    Linear(widths[2], widths[2])
    ReLU()
    Linear(widths[2], classes)
  }
}
