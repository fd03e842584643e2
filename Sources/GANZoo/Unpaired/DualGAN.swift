import GANKit
import Torch
import TorchNN

/// Translation between two domains without pairs, against Wasserstein critics (Yi, Zhang, Tan and
/// Gong 2017, algorithm 1).
public struct DualGAN: TranslatingRecipe {
  /// What may be changed; the defaults are the paper's, within its ranges those of the authors' code.
  public struct Config: RecipeConfig {
    @Setting(.uNetWidths) public var generatorWidths = UNet.paperWidths
    @Setting(.patchWidth) public var discriminatorWidth = 64
    @Setting(.patchLayers) public var discriminatorLayers = 3
    @Setting(.noiseDropout) public var dropout = 0.5
    @Setting(.weight("weight lambda of A there and back; the paper has 100 to 1000"))
    public var cycleWeightA = 200.0
    @Setting(.weight("weight lambda of B there and back; more for drawings than for photos"))
    public var cycleWeightB = 200.0
    @Setting(.clip) public var clip = 0.01
    @Setting(.criticSteps) public var criticSteps = 3
    @Setting(.rmsPropRate) public var learningRate = 5e-5

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "dualgan", title: "DualGAN",
    summary: "Translates between two domains against critics with clipped weights.",
    paper: "Yi, Zhang, Tan, Gong. DualGAN: Unsupervised Dual Learning for Image-to-Image "
      + "Translation. ICCV 2017, arXiv:1704.02510",
    deviations: [
      "each image is normalised by itself, as batches of one are, without gain and offset",
      "convolutions in front of a normalisation have no bias, which it would cancel",
      "kernels are 4x4, as in the networks of Isola et al. that the paper takes; the code has others",
      "the generators learn from the last of the critics' minibatches, in the code from any of them",
    ],
    holdsInBFloat16: true)

  let generatorAB, generatorBA: UNet
  let discriminatorA, discriminatorB: Sequential
  let generatorOptimizer, discriminatorOptimizer: RMSProp
  let sinceGenerators = Counter()
  /// Both ways.
  public let directions = [Direction.ab, .ba]
  /// The U-Nets' levels halve so often.
  public let sideMultiple: Int
  private let loss = AdversarialLoss.wasserstein
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let (a, b) = (run.data.input, run.data.image)
    let widths = UNet.levels(config.generatorWidths, for: b)
    func generator(from domain: ImageShape, to other: ImageShape) -> UNet {
      UNet(
        domain.channels, other.channels, widths: widths, norm: .instance, dropout: config.dropout
      ).dcganInitialized().placed(on: device)
    }
    func critic(of domain: ImageShape) -> Sequential {
      patchDiscriminator(
        channels: domain.channels, width: config.discriminatorWidth,
        layers: config.discriminatorLayers, norm: .instance
      ).dcganInitialized().placed(on: device)
    }
    (generatorAB, generatorBA) = (generator(from: a, to: b), generator(from: b, to: a))
    (discriminatorA, discriminatorB) = (critic(of: a), critic(of: b))
    func rmsProp(_ networks: any Module...) -> RMSProp {
      RMSProp(
        networks.flatMap { $0.parameters }, learningRate: .constant(config.learningRate), alpha: 0.9
      )
    }
    generatorOptimizer = rmsProp(generatorAB, generatorBA)
    discriminatorOptimizer = rmsProp(discriminatorA, discriminatorB)
    sideMultiple = 1 << widths.count
    self.config = config
  }

  /// Sides that leave the critics a patch; the U-Nets have a level for every halving.
  public static func needs(_ config: Config) -> DataNeeds {
    .multiples(of: 4, from: 8).patches(layers: config.discriminatorLayers)
  }

  /// One image a minibatch, 45 passes over 1,096 maps.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 256, batchSize: 1, steps: 49_000)
  }

  /// Critics alone, or the generators, too.
  public var stepKind: Int? { sinceGenerators.value + 1 >= config.criticSteps ? 1 : 0 }

  /// One update of both critics; after as many as `criticSteps` also one of both generators.
  public mutating func step(_ batch: UnpairedBatch) -> StepReport {
    var report = criticStep(batch)
    sinceGenerators.advance()
    if sinceGenerators.value >= config.criticSteps {
      let drawn = Translations(batch, generatorAB, generatorBA)
      let fooled =
        loss.generator(fake: discriminatorA(drawn.fakeA))
        + loss.generator(fake: discriminatorB(drawn.fakeB))
      let errorA = absoluteError(drawn.cycledA, batch.a)
      let errorB = absoluteError(drawn.cycledB, batch.b)
      report["loss/G"] = generatorOptimizer.minimize(
        fooled + config.cycleWeightA * errorA + config.cycleWeightB * errorB)
      report["loss/cycle"] = errorA + errorB
      sinceGenerators.reset()
    }
    return report
  }

  private func criticStep(_ batch: UnpairedBatch) -> StepReport {
    let (fakeB, fakeA) = withoutGradients { (generatorAB(batch.a), generatorBA(batch.b)) }
    let lossD = discriminatorOptimizer.minimize(
      criticLoss(discriminatorA, batch.a, fakeA) + criticLoss(discriminatorB, batch.b, fakeB))
    discriminatorOptimizer.clampParameters(to: -config.clip...config.clip)
    return ["loss/D": lossD, "estimate/W": -lossD]
  }

  private func criticLoss(_ critic: Sequential, _ real: Tensor, _ fake: Tensor) -> Tensor {
    loss.discriminator(inOnePass: real, fake) { critic($0) }
  }

  /// Images of one domain as images of the other, `[N, C, H, W] -> [N, C', H, W]` in [-1, 1], with
  /// dropout as in training (section 3).
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    (direction == .ab ? generatorAB : generatorBA)(images, dropsOut: true)
  }

  /// Without dropout.
  public func translateAlike(_ images: Tensor, _ direction: Direction) -> Tensor {
    (direction == .ab ? generatorAB : generatorBA)(images)
  }
}
