import GANKit
import Torch
import TorchNN

/// Translation between two domains without pairs (Zhu, Park, Isola and Efros 2017).
public struct CycleGAN: PooledDiscriminators, UniformRecipe {
  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    @Setting(.choice("generators: resnet, or unet")) public var architecture = Architecture.resnet
    @Setting(.translatorBlocks) public var blocks = 0
    @Setting(.count("channels of residual generators' first maps")) public var generatorWidth = 64
    @Setting(.uNetWidths) public var unetWidths = UNet.paperWidths
    @Setting(.patchWidth) public var discriminatorWidth = 64
    @Setting(.patchLayers) public var discriminatorLayers = 3
    @Setting(.weight("weight lambda of the way there and back")) public var cycleWeight = 10.0
    @Setting(.weight("weight, times lambda, of leaving the own domain alone (0.5)"))
    public var identityWeight = 0.0
    @Setting(.poolSize) public var poolSize = 50
    @Setting(.choice("initial values of weights")) public var initialization = Initialization.normal
    @Setting(.learningRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.decayStart) public var decayStart = 0.5

    /// The default values.
    public init() {}
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
      "random cutting and mirroring are asked for by --size, --crop and --flip",
    ])

  let generatorAB, generatorBA: AnyLayer
  let discriminatorA, discriminatorB: Sequential
  let poolA, poolB: ImagePool
  let generatorOptimizer, discriminatorAOptimizer, discriminatorBOptimizer: Adam
  /// Both ways.
  public let directions = [Direction.ab, .ba]
  /// 4, or what the U-Net's levels make of it.
  public let sideMultiple: Int
  let loss = AdversarialLoss.leastSquares()
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let (a, b) = (run.data.input, run.data.image)
    generatorAB = config.generator(from: a, to: b).placed(on: device)
    generatorBA = config.generator(from: b, to: a).placed(on: device)
    discriminatorA = config.discriminator(of: a).placed(on: device)
    discriminatorB = config.discriminator(of: b).placed(on: device)
    poolA = ImagePool(capacity: config.poolSize, shape: a.dimensions, on: device)
    poolB = ImagePool(capacity: config.poolSize, shape: b.dimensions, on: device)
    func adam(_ networks: any Module...) -> Adam {
      Adam(
        networks.flatMap { $0.parameters },
        learningRate: .falling(config.learningRate, from: config.decayStart, of: run),
        betas: (config.beta1, 0.999))
    }
    generatorOptimizer = adam(generatorAB, generatorBA)
    discriminatorAOptimizer = adam(discriminatorA)
    discriminatorBOptimizer = adam(discriminatorB)
    sideMultiple = config.sideMultiple(for: b)
    self.config = config
  }

  /// Sides that leave the discriminators a patch; the identity loss compares images of both domains.
  public static func needs(_ config: Config) -> DataNeeds {
    let needs = DataNeeds.multiples(of: 4, from: 8).patches(layers: config.discriminatorLayers)
    return config.identityWeight > 0 ? needs.equalChannels(for: "identityWeight") : needs
  }

  /// One image a minibatch, 200 passes over 1,334 zebras.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 256, batchSize: 1, steps: 267_000)
  }

  /// One update of both generators, then one of each discriminator.
  public mutating func step(_ batch: UnpairedBatch) -> StepReport {
    let drawn = Translations(batch, generatorAB, generatorBA, identity: config.identityWeight > 0)
    let cycle = absoluteError(drawn.cycledA, batch.a) + absoluteError(drawn.cycledB, batch.b)
    var total = fooled(a: drawn.fakeA, b: drawn.fakeB) + config.cycleWeight * cycle
    var report: StepReport = ["loss/cycle": cycle]
    if let (sameA, sameB) = drawn.same {
      let identity = absoluteError(sameA, batch.a) + absoluteError(sameB, batch.b)
      total = total + config.cycleWeight * config.identityWeight * identity
      report["loss/identity"] = identity
    }
    report["loss/G"] = generatorOptimizer.minimize(total)
    updateDiscriminators(a: (batch.a, drawn.fakeA), b: (batch.b, drawn.fakeB), &report)
    return report
  }

  /// Images of one domain as images of the other, `[N, C, H, W] -> [N, C', H, W]` in [-1, 1].
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    direction == .ab ? generatorAB(images) : generatorBA(images)
  }
}
