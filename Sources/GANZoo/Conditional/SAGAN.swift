import GANKit
import Torch
import TorchNN

/// Self-attention GAN (Zhang et al. 2019): residual networks whose maps of one size attend to all of
/// their places, spectral normalisation in both players, conditional on request.
public struct SAGAN: LabelablePlayers, UniformRecipe {
  /// What may be changed; the defaults are the paper's, without classes.
  public struct Config: RecipeConfig {
    @Setting(.flag("tells both players the class; needs labels")) public var conditional = false
    @Setting(.attention) public var attention = 32
    @Setting(.count("channels before the image; doubled at every halving, up to 16 times as many"))
    public var generatorWidth = 64
    @Setting(.count("channels at first; doubled at every halving, up to 16 times as many"))
    public var discriminatorWidth = 64
    @Setting(.latentSize("N(0, 1)")) public var latentSize = 128
    @Setting(.rate("Adam's rate for the generator")) public var generatorRate = 1e-4
    @Setting(.rate("Adam's rate for the discriminator")) public var discriminatorRate = 4e-4
    @Setting(.beta1) public var beta1 = 0.0
    @Setting(.beta2) public var beta2 = 0.9
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "sagan", title: "SAGAN",
    summary: "Maps attend to all of their places; both players are spectrally normalised.",
    paper: "Zhang, Goodfellow, Metaxas, Odena. Self-Attention Generative Adversarial Networks. "
      + "ICML 2019, arXiv:1805.08318",
    deviations: [
      "classes are told on request; the paper's networks are always conditional",
      "the discriminator's last layer has no bias, as SN-GAN's; the hinge cancels it within the margins",
      "keys and values are the largest of 2x2 places, as in the authors' code; the paper takes all",
      "values have half the channels, as in the authors' code; in the paper an eighth",
    ])

  /// The distribution of the noise.
  public let prior: LatentPrior
  /// The classes of the data, where the networks are conditional.
  public let classCount: Int
  let generator: Averaged<AttendingGenerator>
  let discriminator: AttendingDiscriminator
  let generatorOptimizer, discriminatorOptimizer: Adam

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .normal(config.latentSize)
    let classes = config.conditional ? run.data.classes : 0
    classCount = classes
    generator = Averaged(decay: config.ema) {
      AttendingGenerator(config, run.data, classes: classes)
        .initialized(.xavierUniform()).placed(on: device)
    }
    discriminator = AttendingDiscriminator(config, run.data, classes: classes)
      .initialized(.xavierUniform()).placed(on: device)
    func adam(_ network: some Module, _ rate: Double) -> Adam {
      Adam(network, rate: rate, beta1: config.beta1, beta2: config.beta2)
    }
    generatorOptimizer = adam(generator.trained, config.generatorRate)
    discriminatorOptimizer = adam(discriminator, config.discriminatorRate)
  }

  /// Doublings of 4x4.
  public static func needs(_ config: Config) -> DataNeeds { .halvings(from: 8) }

  /// Labelled images for conditional networks.
  public static func layout(_ config: Config) -> DataLayout {
    config.conditional ? .labeled : .images
  }

  /// A million minibatches of ImageNet.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 128, batchSize: 256, steps: 1_000_000)
  }

  /// One update of the discriminator, then one of the generator with fresh noise and classes. The power
  /// iterations of each player, and the generator's running statistics, go on in its own update.
  public mutating func step(_ batch: MaybeLabeledBatch) -> StepReport {
    let lossD = updateDiscriminator(
      batch, withoutGradients { withoutTracking { draw(like: batch.images) } })
    let (fake, labels) = draw(like: batch.images)
    let judged = withoutTracking { discriminator(fake, labels: labels) }
    return ["loss/D": lossD, "loss/G": updateGenerator(judged: judged)]
  }
}

// MARK: - Settings

extension SettingRule<Int> {
  /// At which size of the maps there is self-attention.
  fileprivate static var attention: Self {
    Self(
      "shorter side of the maps that attend, at most half the image's; 0: no attention",
      expected: "0 or a power of two from 4 to 1024"
    ) { $0 == 0 || (4...1024).contains($0) && $0 & ($0 - 1) == 0 }
  }
}

// MARK: - Networks

extension SAGAN.Config {
  /// Doublings of 4x4 that lead to the maps that attend; `nil` for no attention.
  fileprivate func doublingsToAttention(_ data: DataShape) -> Int? {
    attention == 0
      ? nil : doublings(from: 4, to: min(attention, min(data.height, data.width) / 2))
  }
}

/// `count` widths, each twice as large as the one before, at most 16 times the first.
private func doubledWidths(_ width: Int, _ count: Int) -> [Int] {
  (0..<count).map { width * min(1 << $0, 16) }
}

/// The authors' generator: 4x4 maps (of squares) doubled up to the image by residual blocks whose
/// channels halve; all but the normalisations is spectrally normalised, those of the blocks depend on the
/// label where there are classes.
struct AttendingGenerator: LabelableLayer {
  let project: SpectralLinear
  let blocks: [UpBlock]
  let attention: SelfAttention?
  let norm: BatchNorm
  let output: SpectralConv2d
  private let start: [Int]
  private let attendingBlock: Int?

  init(_ config: SAGAN.Config, _ data: DataShape, classes: Int) {
    let smallest = SmallestMaps(of: data)
    let outputs = Array(doubledWidths(config.generatorWidth, smallest.halvings).reversed())
    let widths = [outputs[0]] + outputs
    project = SpectralLinear(config.latentSize, widths[0] * smallest.area)
    blocks = zip(widths, widths.dropFirst()).map {
      UpBlock($0, $1, classes: classes, spectral: true)
    }
    attendingBlock = config.doublingsToAttention(data)
    attention = attendingBlock.map { SelfAttention(widths[$0], spectral: true) }
    norm = BatchNorm(config.generatorWidth)
    output = SpectralConv2d(config.generatorWidth, data.channels, kernel: 3, padding: 1)
    start = [-1, widths[0], smallest.height, smallest.width]
  }

  /// `[N, latent]`, labels `[N]` -> `[N, C, H, W]` in [-1, 1].
  func callAsFunction(_ latent: Tensor, labels: Tensor?) -> Tensor {
    var maps = project(latent).reshaped(to: start).contiguous(.channelsLast)
    for (index, block) in blocks.enumerated() {
      if index == attendingBlock, let attention { maps = attention(maps) }
      maps = block(maps, labels: labels)
    }
    return output(norm(maps, then: .relu)).tanh()
  }
}

/// The authors' discriminator: residual blocks that halve the image down to 4x4 while the channels
/// double, one more of constant size; everything is spectrally normalised. See ``projected(_:labels:_:_:)``.
struct AttendingDiscriminator: LabelableLayer {
  let first: FirstDownBlock
  let blocks: [any Layer]
  let attention: SelfAttention?
  let output: SpectralLinear
  let embedding: SpectralEmbedding?
  private let attendingBlock: Int?

  init(_ config: SAGAN.Config, _ data: DataShape, classes: Int) {
    let halvings = SmallestMaps(of: data).halvings
    let widths = doubledWidths(config.discriminatorWidth, halvings)
    let last = widths[halvings - 1]
    first = FirstDownBlock(data.channels, widths[0], spectral: true)
    blocks =
      zip(widths, widths.dropFirst()).map { DownBlock($0, $1, hidden: $1, spectral: true) }
      + [PlainBlock(last, spectral: true)] as [any Layer]
    attendingBlock = config.doublingsToAttention(data).map { halvings - 1 - $0 }
    attention = attendingBlock.map { SelfAttention(widths[$0], spectral: true) }
    output = SpectralLinear(last, 1, bias: false)
    embedding = classes == 0 ? nil : SpectralEmbedding(classes, last, weights: .xavierUniform())
  }

  /// `[N, C, H, W]`, labels `[N]` -> `[N]`.
  func callAsFunction(_ images: Tensor, labels: Tensor?) -> Tensor {
    var maps = first(images)
    for (index, block) in blocks.enumerated() {
      if index == attendingBlock, let attention { maps = attention(maps) }
      maps = block(maps)
    }
    return projected(maps, labels: labels, output, embedding)
  }
}
