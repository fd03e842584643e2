import GANKit
import Torch
import TorchNN

/// Context-conditional GAN (Denton, Gross and Fergus 2016): the generator fills holes of images, the
/// discriminator tells completed images from whole ones and, with few labels, learns their classes.
public struct CCGAN: CompletingRecipe, ClassifyingRecipe, UniformRecipe {
  /// What teaches the generator.
  public enum Variant: String, ConfigChoice {
    /// A discriminator of completed images.
    case cc
    /// One that judges the generator's whole images, too: CC-GAN².
    case cc2
    /// No discriminator, but the absolute error inside the holes.
    case l1
  }

  /// What the generator is shown beside an image with a hole.
  public enum Hint: String, ConfigChoice {
    /// Nothing.
    case none
    /// The whole image at a quarter of its sides, for large holes.
    case lowResolution = "low-resolution"
  }

  /// Whether the discriminator learns classes.
  public enum Supervision: String, ConfigChoice {
    /// No; images need no labels.
    case none
    /// Those of a few labelled images.
    case labels
    /// Those alone: nothing else is trained.
    case labelsOnly = "labels-only"
  }

  /// What may be changed; where the defaults are not the paper's, the card says so.
  public struct Config: RecipeConfig {
    @Setting(.choice("cc, cc2 (whole outputs are judged, too) or l1 (no adversary, to compare)"))
    public var variant = Variant.cc
    @Setting(.choice("none, or low-resolution: the whole image, 4 times smaller, is shown as well"))
    public var hint = Hint.none
    @Setting(.choice("none, labels (few teach classes) or labels-only (nothing else, to compare)"))
    public var supervision = Supervision.none
    @Setting(.count("least side of a hole, in pixels")) public var smallestHole = 24
    @Setting(.count("greatest side of a hole, in pixels")) public var largestHole = 48
    @Setting(.widths("channels behind each halving of the generator, as many as fit"))
    public var generatorWidths = [64, 128, 256, 512]
    @Setting(.widths("channels of the discriminator's stages, as many as fit"))
    public var discriminatorWidths = [64, 128, 256, 512, 512]
    @Setting(.weight("weight lambda_c of the classes' loss")) public var classWeight = 1.0
    @Setting(.learningRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}

    /// Whether sizes of holes are in order, and a hint has maps to join.
    public func checkTogether() throws {
      try ConfigError.check(
        smallestHole <= largestHole, "smallestHole", smallestHole,
        "at most largestHole, \(largestHole)")
      try ConfigError.check(
        hint == .none || generatorWidths.count > 1, "generatorWidths", generatorWidths.count,
        "from 2 widths, for the hint joins the maps behind the second")
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "ccgan", title: "CC-GAN",
    summary: "Fills holes of images; the discriminator learns classes of few labels, too.",
    paper: "Denton, Gross, Fergus. Semi-Supervised Learning with Context-Conditional Generative "
      + "Adversarial Networks. 2016, arXiv:1611.06430",
    deviations: [
      "sizes of holes, batch and length are ours, and the generator's widths are DCGAN's",
      "no batch normalisation behind the innermost halving, which may leave a single value",
      "labelled and other real images share the statistics of a batch, for they are of one kind",
    ],
    holdsInBFloat16: true)

  let generator: Averaged<Inpainter>
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: Adam
  private let squares: SquareHoles
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    generator = Averaged(decay: config.ema) {
      Inpainter(
        channels: run.data.channels,
        widths: UNet.levels(config.generatorWidths, for: run.data.image),
        isHinted: config.hint != .none
      ).dcganInitialized().placed(on: device)
    }
    discriminator = vggDiscriminator(
      widths: UNet.levels(config.discriminatorWidths, for: run.data.image), run.data,
      outputs: 1 + (config.supervision == .none ? 0 : run.data.classes)
    ).dcganInitialized().placed(on: device)
    generatorOptimizer = Adam(generator.trained, rate: config.learningRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(discriminator, rate: config.learningRate, beta1: config.beta1)
    squares = SquareHoles(sizes: config.smallestHole...config.largestHole)
    self.config = config
  }

  /// Sides that are halved at least twice, longer than a hole.
  public static func needs(_ config: Config) -> DataNeeds {
    .multiples(of: 4, from: 8).longer(than: ["largestHole": config.largestHole])
  }

  /// Images, of which some are labelled where the discriminator learns classes.
  public static func layout(_ config: Config) -> DataLayout {
    config.supervision == .none ? .images : .partlyLabeled
  }

  /// The sides of STL-10.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 96, batchSize: 64, steps: 100_000)
  }

  /// One update of the discriminator, then one of the generator with the same completed images.
  public mutating func step(_ batch: MaybePartlyLabeledBatch) -> StepReport {
    if config.supervision == .labelsOnly { return classesStep(batch.labeled) }
    let holes = holes(like: batch.images)
    let made = painted(by: generator.trained, batch.images, holes)
    let completed = batch.images.replacing(where: holes, with: made).contiguous(.channelsLast)
    defer { generator.update() }
    if config.variant == .l1 {
      var report = classesStep(batch.labeled)
      report["loss/G"] = generatorOptimizer.minimize(holeError(completed, batch.images, holes))
      return report
    }
    let fakes = config.variant == .cc2 ? [completed, made] : [completed]
    var report = discriminatorStep(batch, fakes.map { $0.detached() })
    report["loss/G"] = generatorOptimizer.minimize(
      fakes.map { surprise(at: -Verdict(discriminator.untracked($0)).source) }.sum())
    return report
  }

  /// Real images, completed ones and what else was made each get a pass of their own: their batch
  /// statistics differ. The few labelled images count for the classes alone, lest they be learned by heart.
  private func discriminatorStep(
    _ batch: MaybePartlyLabeledBatch, _ fakes: [Tensor]
  ) -> StepReport {
    let real = batch.labeled.map { Tensor.concatenated([$0.images, batch.images]) }
    let (few, onReal) = (batch.labeled?.count ?? 0, discriminator(real ?? batch.images))
    let judged =
      [surprise(at: -Verdict(onReal[few..<onReal.size(0)]).source)]
      + fakes.map { surprise(at: Verdict(discriminator.untracked($0)).source) }
    guard let labels = batch.labeled?.labels else {
      return ["loss/D": discriminatorOptimizer.minimize(judged.sum())]
    }
    let classes = Verdict(onReal[0..<few]).classLoss(labels)
    let total = discriminatorOptimizer.minimize(judged.sum() + config.classWeight * classes)
    return ["loss/D": total, "loss/class": classes]
  }

  /// What labelled images alone teach; nothing where there are none.
  private func classesStep(_ batch: LabeledBatch?) -> StepReport {
    guard let batch else { return [:] }
    let classes = Verdict(discriminator(batch.images)).classLoss(batch.labels)
    let total = discriminatorOptimizer.minimize(config.classWeight * classes)
    return ["loss/D": total, "loss/class": classes]
  }

  /// What a generator makes of images with zeros in their holes, and of the hint, `[N, C, H, W]`.
  private func painted(by generator: Inpainter, _ images: Tensor, _ holes: Tensor) -> Tensor {
    generator(
      images.filled(where: holes, with: 0),
      hint: config.hint == .none ? nil : images.averagePooled(Inpainter.reduction))
  }

  /// -E log(1 - D) for D = sigmoid of logits `[N]`, and -E log D for these with the other sign.
  private func surprise(at logits: Tensor) -> Tensor { logits.atLeastFloat32().softplus().mean() }

  /// 2 for each of the generator's halvings.
  public var sideMultiple: Int { generator.trained.sideMultiple }

  /// A square in each image, as in training.
  public func holes(like images: Tensor) -> Tensor { squares.drawn(like: images) }

  /// `[N, C, H, W]` in [-1, 1], unchanged outside of the mask `[N, 1, H, W]`.
  public func complete(_ images: Tensor, mask: Tensor) -> Tensor {
    images.replacing(where: mask, with: painted(by: generator.inUse, images, mask))
  }

  /// Logits `[N, classes]`.
  public func classify(_ images: Tensor) -> Tensor { Verdict(discriminator(images)).classes }
}
