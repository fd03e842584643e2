import GANKit
import Torch
import TorchNN

/// Attention-GAN for object transfiguration (Chen et al. 2018): CycleGAN whose translations are laid over
/// their inputs where an attention network says, so that what is not the object stays as it is.
public struct AttentionGAN: PooledDiscriminators, AttendingRecipe, UniformRecipe {
  /// What the maps are to be.
  public enum Variant: String, ConfigChoice {
    /// Small, and the same for an image and its translation.
    case unsupervised
    /// The masks that belong to the images.
    case supervised
  }

  /// What may be changed; the defaults are those of the authors' code.
  public struct Config: RecipeConfig {
    @Setting(.choice("maps unsupervised, or supervised: compared with masks"))
    public var variant = Variant.unsupervised
    @Setting(.count("residual blocks of the generators", in: 0...64)) public var blocks = 9
    @Setting(.count("residual blocks of attention networks", in: 0...64))
    public var attentionBlocks = 6
    @Setting(.count("channels of the generators' first maps")) public var generatorWidth = 64
    @Setting(.count("channels of attention networks' first maps")) public var attentionWidth = 64
    @Setting(.patchWidth) public var discriminatorWidth = 64
    @Setting(.patchLayers) public var discriminatorLayers = 3
    @Setting(.weight("weight of the way there and back")) public var cycleWeight = 10.0
    @Setting(.weight("unsupervised: weight of what maps cover")) public var sparsityWeight = 1.0
    @Setting(.weight("unsupervised: weight of the change of maps when the image is translated"))
    public var consistencyWeight = 1.0
    @Setting(.weight("supervised: weight of the maps' distance from masks"))
    public var maskWeight = 1.0
    @Setting(.poolSize) public var poolSize = 50
    @Setting(.initialRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.decayInterval) public var decayInterval = 100.0 / 210

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "attention-gan", title: "Attention-GAN",
    summary: "Changes an object and leaves the rest: a map says where translations go.",
    paper: "Chen, Xu, Yang, Tao. Attention-GAN for Object Transfiguration in Wild Images. "
      + "ECCV 2018, arXiv:1803.06798",
    deviations: [
      "convolutions in front of a normalisation have no bias, which it would cancel",
      "one Adam moves generators and attention networks; the authors' two have the same numbers",
      "the rate falls after shares of the run, in the authors' code after 100 and 200 of 210 passes",
      "the weight of the masks is 1; neither paper nor code names it",
      "random cutting and mirroring are asked for by --size, --crop and --flip",
    ])

  let generatorAB, generatorBA, attentionA, attentionB: ResidualTranslator
  let discriminatorA, discriminatorB: Sequential
  let poolA, poolB: ImagePool
  /// Of generators and attention networks.
  let generatorOptimizer: Adam
  let discriminatorAOptimizer, discriminatorBOptimizer: Adam
  /// Both ways.
  public let directions = [Direction.ab, .ba]
  /// Two halvings.
  public let sideMultiple = 4
  let loss = AdversarialLoss.leastSquares()
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let (a, b) = (run.data.input, run.data.image)
    func placed<M: Module>(_ network: M) -> M {
      network.initialized(.xavierNormal()).placed(on: device)
    }
    func generator(from: ImageShape, to: ImageShape) -> ResidualTranslator {
      placed(
        ResidualTranslator(
          from.channels, to.channels, width: config.generatorWidth, blocks: config.blocks))
    }
    func attention(on domain: ImageShape) -> ResidualTranslator {
      placed(
        ResidualTranslator(
          domain.channels, 1, width: config.attentionWidth, blocks: config.attentionBlocks))
    }
    func discriminator(of domain: ImageShape) -> Sequential {
      placed(
        patchDiscriminator(
          channels: domain.channels, width: config.discriminatorWidth,
          layers: config.discriminatorLayers, norm: .instance))
    }
    (generatorAB, generatorBA) = (generator(from: a, to: b), generator(from: b, to: a))
    (attentionA, attentionB) = (attention(on: a), attention(on: b))
    (discriminatorA, discriminatorB) = (discriminator(of: a), discriminator(of: b))
    poolA = ImagePool(capacity: config.poolSize, shape: a.dimensions, on: device)
    poolB = ImagePool(capacity: config.poolSize, shape: b.dimensions, on: device)
    func adam(_ networks: any Module...) -> Adam {
      Adam(
        networks.flatMap { $0.parameters },
        learningRate: .tenths(config.learningRate, each: config.decayInterval, of: run),
        betas: (config.beta1, 0.999))
    }
    generatorOptimizer = adam(generatorAB, generatorBA, attentionA, attentionB)
    discriminatorAOptimizer = adam(discriminatorA)
    discriminatorBOptimizer = adam(discriminatorB)
    self.config = config
  }

  /// Sides that leave the discriminators a patch; translations are laid over images of the other domain.
  public static func needs(_ config: Config) -> DataNeeds {
    DataNeeds.multiples(of: 4, from: 8).patches(layers: config.discriminatorLayers)
      .equalChannels(for: "its overlays")
  }

  /// Two domains, with masks where the maps are compared with these.
  public static func layout(_ config: Config) -> DataLayout {
    config.variant == .supervised ? .maskedObjects : .objects
  }

  /// Four images a minibatch, 210 passes over 1,334 zebras.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 256, batchSize: 4, steps: 70_000)
  }

  /// One update of generators and attention networks, then one of each discriminator.
  public mutating func step(_ batch: MaybeMaskedBatch) -> StepReport {
    let there = changed(batch.a, .ab)
    let towardsA = changed(.concatenated([batch.b, there.image]), .ba)
    let (countA, countB) = (batch.a.size(0), batch.b.size(0))
    let (back, cycledA) = (towardsA[0..<countB], towardsA[countB..<countB + countA])
    let cycledB = changed(back.image, .ab)

    let cycle = absoluteError(cycledA.image, batch.a) + absoluteError(cycledB.image, batch.b)
    var report: StepReport = ["loss/cycle": cycle]
    var total = fooled(a: back.image, b: there.image) + config.cycleWeight * cycle
    if let masks = batch.masks {
      let error = absoluteError(there.map, masks.a) + absoluteError(back.map, masks.b)
      total = total + config.maskWeight * error
      report["loss/masks"] = error
    } else {
      let sparsity = there.map.mean() + back.map.mean()
      let consistency =
        absoluteError(cycledA.map, there.map.detached())
        + absoluteError(cycledB.map, back.map.detached())
      total = total + config.sparsityWeight * sparsity + config.consistencyWeight * consistency
      (report["loss/sparsity"], report["loss/consistency"]) = (sparsity, consistency)
    }
    report["loss/G"] = generatorOptimizer.minimize(total)
    updateDiscriminators(a: (batch.a, back.image), b: (batch.b, there.image), &report)
    return report
  }

  /// Translations and where they were laid over their inputs.
  private struct Changed {
    /// `[N, C, H, W]` in [-1, 1].
    let image: Tensor
    /// `[N, 1, H, W]` in [0, 1].
    let map: Tensor

    subscript(range: Range<Int>) -> Changed { Changed(image: image[range], map: map[range]) }
  }

  /// y = A(x)·G(x) + (1 - A(x))·x (section 3.1).
  private func changed(_ images: Tensor, _ direction: Direction) -> Changed {
    let (generator, map) = (
      direction == .ab ? generatorAB : generatorBA, attention(images, direction)
    )
    return Changed(image: images + map * (generator(images) - images), map: map)
  }

  /// Images of one domain as images of the other, `[N, C, H, W]` in [-1, 1].
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    changed(images, direction).image
  }

  /// |A|, whose last layer's tanh keeps it below 1.
  public func attention(_ images: Tensor, _ direction: Direction) -> Tensor {
    (direction == .ab ? attentionA : attentionB)(images).abs()
  }
}

// MARK: - Settings

extension SettingRule<Double> {
  /// See `Schedule.tenths`.
  fileprivate static var decayInterval: Self {
    Self(
      "share of the run after which rates are a tenth, and again after as much; 1: never",
      expected: "a number above 0 and at most 1", scope: .step
    ) { $0 > 0 && $0 <= 1 }
  }
}

extension Schedule {
  /// A tenth of the rate after every `share` of a run's steps; constant where nobody knows these.
  fileprivate static func tenths(
    _ rate: Double, each share: Double, of run: RunShape
  ) -> Schedule {
    guard let steps = run.steps, share < 1 else { return .constant(rate) }
    return .step(rate, factor: 0.1, interval: max(Int((Double(steps) * share).rounded()), 1))
  }
}
