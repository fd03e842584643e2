import GANKit
import Torch
import TorchNN

/// Translation between two domains of moving pictures without pairs (Bansal, Ma, Ramanan and Sheikh 2018):
/// what comes next in one domain, drawn by way of the other, must be what comes next.
public struct RecycleGAN: PooledDiscriminators, UniformRecipe {
  /// What may be changed; the defaults are those of the paper and its code.
  public struct Config: RecipeConfig {
    @Setting(.translatorBlocks) public var blocks = 0
    @Setting(.count("channels of the translators' first maps")) public var generatorWidth = 64
    @Setting(.uNetWidths) public var predictorWidths = UNet.paperWidths
    @Setting(.patchWidth) public var discriminatorWidth = 64
    @Setting(.patchLayers) public var discriminatorLayers = 3
    @Setting(.weight("weight of the next frame by way of the other domain"))
    public var recycleWeight = 10.0
    @Setting(.weight("weight of the next frame as its own predictor draws it"))
    public var recurrentWeight = 10.0
    @Setting(.weight("weight of single frames there and back (0 in the paper)"))
    public var cycleWeight = 0.0
    @Setting(.poolSize) public var poolSize = 50
    @Setting(.learningRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.decayStart) public var decayStart = 0.5

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "recycle-gan", title: "Recycle-GAN",
    summary: "Translates moving pictures: the next frame by way of the other domain.",
    paper: "Bansal, Ma, Ramanan, Sheikh. Recycle-GAN: Unsupervised Video Retargeting. ECCV 2018, "
      + "arXiv:1808.05174",
    deviations: [
      "squares for the adversarial losses, pools, and predictions judged as well: the authors' code",
      "convolutions in front of a normalisation have no bias, which it would cancel",
      "the rate falls at every update, in the authors' code once an epoch",
      "no identity loss: the authors' code has the option but not the loss",
    ])

  let generatorAB, generatorBA: AnyLayer
  let predictorA, predictorB: AnyLayer
  let discriminatorA, discriminatorB: Sequential
  let poolA, poolB: ImagePool
  let generatorOptimizer, discriminatorAOptimizer, discriminatorBOptimizer: Adam
  /// Both ways.
  public let directions = [Direction.ab, .ba]
  /// That of the translators.
  public let sideMultiple = 4
  let loss = AdversarialLoss.leastSquares()
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let (a, b) = (run.data.input, run.data.image)
    generatorAB = config.translator(from: a, to: b).placed(on: device)
    generatorBA = config.translator(from: b, to: a).placed(on: device)
    predictorA = config.predictor(of: a).placed(on: device)
    predictorB = config.predictor(of: b).placed(on: device)
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
    generatorOptimizer = adam(generatorAB, generatorBA, predictorA, predictorB)
    discriminatorAOptimizer = adam(discriminatorA)
    discriminatorBOptimizer = adam(discriminatorB)
    self.config = config
  }

  /// Sides that leave the discriminators a patch.
  public static func needs(_ config: Config) -> DataNeeds {
    .multiples(of: 4, from: 8).patches(layers: config.discriminatorLayers)
  }

  /// One triplet a minibatch, as the authors' code.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 256, batchSize: 1, steps: 200_000)
  }

  /// One update of translators and predictors, then one of each discriminator.
  public mutating func step(_ batch: SequenceBatch) -> StepReport {
    let (inA, inB) = drawn(from: batch)
    // Of each of three frames.
    let fooled = 3 * fooled(a: .concatenated(inA.fakes), b: .concatenated(inB.fakes))
    let recycle =
      absoluteError(inA.recycled, batch.a[2]) + absoluteError(inB.recycled, batch.b[2])
    let recurrent =
      absoluteError(inA.predicted, batch.a[2]) + absoluteError(inB.predicted, batch.b[2])
    var total =
      fooled + config.recycleWeight * recycle
      + config.recurrentWeight * recurrent
    var report: StepReport = ["loss/recycle": recycle, "loss/recurrent": recurrent]
    if config.cycleWeight > 0 {
      let cycle = inA.cycleError(to: batch.a) + inB.cycleError(to: batch.b)
      total = total + config.cycleWeight * cycle
      report["loss/cycle"] = cycle
    }
    report["loss/G"] = generatorOptimizer.minimize(total)
    updateDiscriminators(
      a: (.concatenated(batch.a), inA.shown), b: (.concatenated(batch.b), inB.shown), &report)
    return report
  }

  /// What is drawn in both domains, in as few passes as one needs the other's: instance normalisation
  /// couples no images.
  private func drawn(from batch: SequenceBatch) -> (a: Drawn, b: Drawn) {
    let (a, b, count) = (batch.a, batch.b, batch.count)
    let asB = parts(generatorAB(.concatenated([a[0], a[1]])), count)
    let nextB = parts(predictorB(pairs((asB[0], asB[1]), (b[0], b[1]))), count)
    let isCycled = config.cycleWeight > 0
    let cyclesA = isCycled ? asB : []
    let asA = parts(generatorBA(.concatenated([b[0], b[1], nextB[0]] + cyclesA)), count)
    let nextA = parts(predictorA(pairs((asA[0], asA[1]), (a[0], a[1]))), count)
    let cyclesB = isCycled ? Array(asA[..<2]) : []
    let again = parts(generatorAB(.concatenated([nextA[0]] + cyclesB)), count)
    return (
      Drawn(
        fakes: [asA[0], asA[1], nextA[0]], predicted: nextA[1], recycled: asA[2],
        cycled: Array(asA[3...])),
      Drawn(
        fakes: [asB[0], asB[1], nextB[0]], predicted: nextB[1], recycled: again[0],
        cycled: Array(again[1...]))
    )
  }

  /// The sum over four pairs of a real and a generated image (the authors' code): frames, of which the
  /// last stands beside what was translated and beside what was predicted.
  func discriminatorLoss(_ discriminator: Sequential, real: Tensor, fake: Tensor) -> Tensor {
    let count = real.size(0) / 3
    let judged = discriminator(.concatenated([real, fake]))
    let last = judged[2 * count..<3 * count]
    return 4
      * loss.discriminator(
        real: .concatenated([judged[0..<3 * count], last]), fake: judged[3 * count..<7 * count])
  }

  /// Images of one domain as images of the other, `[N, C, H, W] -> [N, C', H, W]` in [-1, 1].
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    direction == .ab ? generatorAB(images) : generatorBA(images)
  }

  /// The frames `[N, C, H, W]` of the other domain that follow two successive ones of it.
  public func predict(_ earlier: Tensor, _ later: Tensor, _ direction: Direction) -> Tensor {
    let pair = Tensor.concatenated([earlier, later], axis: 1)
    return direction == .ab ? predictorB(pair) : predictorA(pair)
  }

  /// For each domain frames, their translations, from the third on the frame predicted by the two
  /// translations before it, and the way back.
  public func preview(of material: PreviewMaterial) -> Preview? {
    let rows = zip(material.parts, directions).flatMap { frames, direction in
      let output = translate(frames, direction)
      let back = translate(output, direction.reversed)
      guard output.size(0) > 2 else { return [frames, output, back] }
      let count = output.size(0)
      let next = predict(output[0..<count - 2], output[1..<count - 1], direction)
      return [frames, output, .concatenated([output[0..<2], next]), back]
    }
    let height = rows.count / max(directions.count, 1)
    return Preview(
      rows: rows,
      translations: directions.enumerated().map { place, direction in
        Preview.Translation(place * height, place * height + 1, direction)
      })
  }
}

/// What is drawn in one domain for three frames of the other and three of its own.
private struct Drawn {
  /// Two translations and the frame predicted from them.
  let fakes: [Tensor]
  /// The frame predicted from two real ones.
  let predicted: Tensor
  /// The next frame by way of the other domain.
  let recycled: Tensor
  /// The first two frames there and back, where they count.
  let cycled: [Tensor]

  /// All that the discriminator is shown, `[4·N, C, H, W]`.
  var shown: Tensor { .concatenated(fakes + [predicted]) }

  /// The error of the way there and back, added up over frames.
  func cycleError(to frames: [Tensor]) -> Tensor {
    absoluteError(cycled[0], frames[0]) + absoluteError(cycled[1], frames[1])
  }
}

/// The batches of `count` images that a pass was made of.
private func parts(_ images: Tensor, _ count: Int) -> [Tensor] {
  (0..<images.size(0) / count).map { images[$0 * count..<($0 + 1) * count] }
}

/// Two frames along channels, of both pairs.
private func pairs(_ first: (Tensor, Tensor), _ second: (Tensor, Tensor)) -> Tensor {
  .concatenated(
    [first, second].map { .concatenated([$0.0, $0.1], axis: 1) })
}

// MARK: - Networks

extension RecycleGAN.Config {
  /// CycleGAN's residual generators.
  fileprivate func translator(from a: ImageShape, to b: ImageShape) -> AnyLayer {
    AnyLayer(ResidualTranslator(from: a, to: b, width: generatorWidth, blocks: blocks))
      .initialized(.normal(deviation: 0.02))
  }

  /// Two frames `[N, 2·C, H, W]` to the one that follows, `[N, C, H, W]`.
  fileprivate func predictor(of domain: ImageShape) -> AnyLayer {
    AnyLayer(
      UNet(
        2 * domain.channels, domain.channels, widths: UNet.levels(predictorWidths, for: domain),
        norm: .instance)
    ).initialized(.normal(deviation: 0.02))
  }

  fileprivate func discriminator(of domain: ImageShape) -> Sequential {
    patchDiscriminator(
      channels: domain.channels, width: discriminatorWidth, layers: discriminatorLayers,
      norm: .instance
    ).initialized(.normal(deviation: 0.02))
  }
}
