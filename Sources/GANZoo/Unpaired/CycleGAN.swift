import GANKit
import Torch
import TorchNN

/// Translation between two domains without pairs (Zhu, Park, Isola and Efros 2017).
public struct CycleGAN: TranslatingRecipe {
  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    /// Which translators.
    public var architecture = Architecture.resnet
    /// Residual blocks; 0: nine from 256x256 on, else six.
    public var blocks = 0
    /// Channels of the residual translators' first maps.
    public var generatorWidth = 64
    /// Channels of the U-Nets from the outermost level in; levels beyond 1x1 are left out.
    public var unetWidths = UNet.paperWidths
    /// Channels of the discriminators' first maps.
    public var discriminatorWidth = 64
    /// Halvings of the discriminators: 3 for patches of 70x70, 2 for 34x34, 1 for 16x16.
    public var discriminatorHalvings = 3
    /// The weight λ of the way there and back.
    public var cycleWeight = 10.0
    /// The weight, times λ, of leaving images of the right domain alone.
    public var identityWeight = 0.0
    /// Former outputs shown to each discriminator.
    public var poolSize = 50
    /// How weights are drawn.
    public var weightRule = WeightRule.normal
    /// Adam's rate.
    public var learningRate = 2e-4
    /// Adam's decay of the first moment.
    public var beta1 = 0.5
    /// Updates before the rate falls.
    public var constantUpdates = 100_000
    /// Updates over which it falls in a straight line to 0; 0 keeps it constant.
    public var decayUpdates = 100_000

    /// The default values.
    public init() {}

    /// The paper's values for the chosen translators.
    public var defaults: Config {
      var defaults = Config()
      defaults.architecture = architecture
      return defaults
    }

    /// What each field means and which values it takes.
    public static let fields: [ConfigField<Self>] = [
      .choice(\.architecture, "architecture", "translators: resnet, or unet"),
      .count(\.blocks, "blocks", "residual blocks; 0: 9 from 256x256 on, else 6", in: 0...64),
      .count(\.generatorWidth, "generatorWidth", "channels of residual translators' first maps"),
      .unetWidths(\.unetWidths, "unetWidths", "channels of the U-Nets"),
      .count(\.discriminatorWidth, "discriminatorWidth", "channels of the first maps"),
      .patchHalvings(\.discriminatorHalvings),
      .weight(\.cycleWeight, "cycleWeight", "the weight lambda of the way there and back"),
      .weight(\.identityWeight, "identityWeight", "times lambda: leave its own domain alone (0.5)"),
      .count(\.poolSize, "poolSize", "former outputs kept; 0 shows the last", in: 0...10_000),
      .choice(\.weightRule, "weightRule", "how weights are drawn: normal, xavier or kaiming"),
      .rate(\.learningRate, "learningRate", "Adam's rate"),
      .beta1(\.beta1),
      .duration(\.constantUpdates, "constantUpdates", "updates before the rate falls (100 epochs)"),
      .duration(\.decayUpdates, "decayUpdates", "updates in which it falls to 0; 0: constant"),
    ]
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "cyclegan", title: "CycleGAN",
    summary: "Translates between two domains without pairs: there and back must be the image.",
    paper: "Zhu, Park, Isola, Efros. Unpaired Image-to-Image Translation using Cycle-Consistent "
      + "Adversarial Networks. ICCV 2017, arXiv:1703.10593",
    deviations: [
      "convolutions in front of a normalisation have no bias, which it would cancel",
      "the rate falls at every update, in the authors' code once an epoch",
    ],
    claim: "plain to textured digits and back: the digit is kept in at least 90 % both ways")

  let toB: AnyLayer
  let toA: AnyLayer
  let judgeA: Sequential
  let judgeB: Sequential
  let poolA: ImagePool
  let poolB: ImagePool
  let translatorOptimizer: Adam
  let judgeAOptimizer: Adam
  let judgeBOptimizer: Adam
  /// Both ways.
  public let directions = [Direction.ab, .ba]
  /// 4, or what the U-Net's levels make of it.
  public let sideMultiple: Int
  private let loss = AdversarialLoss.leastSquares()
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, data: DataShape, on device: Device) {
    let (channelsA, channelsB) = (data.inputShape[0], data.channels)
    func placed<M: Module>(_ module: M) -> M {
      module.initialized(config.weightRule.initializer).placed(on: device)
    }
    func judge(_ channels: Int) -> Sequential {
      placed(
        patchDiscriminator(
          channels: channels, width: config.discriminatorWidth,
          halvings: config.discriminatorHalvings, norm: .instance))
    }
    toB = placed(cycleGANTranslator(config, data, from: channelsA, to: channelsB))
    toA = placed(cycleGANTranslator(config, data, from: channelsB, to: channelsA))
    (judgeA, judgeB) = (judge(channelsA), judge(channelsB))
    poolA = ImagePool(capacity: config.poolSize, shape: data.inputShape, on: device)
    poolB = ImagePool(capacity: config.poolSize, shape: data.imageShape, on: device)
    let rate = Schedule.falling(
      config.learningRate, after: config.constantUpdates, over: config.decayUpdates)
    func adam(_ parameters: [Parameter]) -> Adam {
      Adam(parameters, learningRate: rate, betas: (config.beta1, 0.999))
    }
    translatorOptimizer = adam(toB.parameters + toA.parameters)
    (judgeAOptimizer, judgeBOptimizer) = (adam(judgeA.parameters), adam(judgeB.parameters))
    sideMultiple = config.architecture == .resnet ? 4 : 1 << config.unetLevels(for: data).count
    self.config = config
  }

  /// A multiple of 4.
  public static func fittingSize(_ native: Int, for config: Config) -> Int {
    max(native / 4, 2) * 4
  }

  /// Checks that the networks can take the data.
  public static func validate(_ config: Config, for data: DataShape) throws {
    try data.check(
      data.height % 4 == 0 && data.width % 4 == 0, "cyclegan",
      needs: "images with sides that are multiples of 4")
    guard config.identityWeight == 0 || data.inputShape[0] == data.channels else {
      throw ConfigError.data(
        "cyclegan with identityWeight needs domains of equal channels, found "
          + "\(data.inputShape[0]) and \(data.channels); choose with --channels")
    }
    try ConfigError.checkPatches(data, halvings: config.discriminatorHalvings, "cyclegan")
  }

  /// One update of both translators, then one of each discriminator.
  public mutating func step(_ batch: UnpairedBatch) -> StepReport {
    let drawn = Translations(batch, toA: toA, toB: toB, identity: config.identityWeight > 0)
    // Without the halves of Mao et al. in the translators' losses.
    let fooled =
      2 * (loss.generator(fake: judgeB(drawn.fakeB)) + loss.generator(fake: judgeA(drawn.fakeA)))
    let cycle = absoluteError(drawn.cycledA, batch.a) + absoluteError(drawn.cycledB, batch.b)
    var total = fooled + config.cycleWeight * cycle
    var report: StepReport = ["loss/cycle": cycle]
    if let (sameA, sameB) = drawn.same {
      let identity = absoluteError(sameA, batch.a) + absoluteError(sameB, batch.b)
      total = total + config.cycleWeight * config.identityWeight * identity
      report["loss/identity"] = identity
    }
    report["loss/G"] = translatorOptimizer.minimize(total)
    report["loss/judgeA"] = train(judgeA, judgeAOptimizer, batch.a, poolA.exchange(drawn.fakeA))
    report["loss/judgeB"] = train(judgeB, judgeBOptimizer, batch.b, poolB.exchange(drawn.fakeB))
    return report
  }

  private func train(
    _ judge: Sequential, _ optimizer: Adam, _ real: Tensor, _ fake: Tensor
  ) -> Tensor {
    let judged = inOnePass(real, fake) { judge($0) }
    return optimizer.minimize(loss.discriminator(real: judged.real, fake: judged.fake))
  }

  /// Images of one domain as images of the other.
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    direction == .ab ? toB(images) : toA(images)
  }
}
