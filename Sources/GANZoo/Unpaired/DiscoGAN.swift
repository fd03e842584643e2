import GANKit
import Torch
import TorchNN

/// Relations between two domains without pairs, discovered by autoencoders without skips (Kim, Cha,
/// Kim, Lee and Kim 2017).
public struct DiscoGAN: TranslatingRecipe {
  /// What may be changed; the defaults are those of the authors' code.
  public struct Config: RecipeConfig {
    @Setting(.firstWidth) public var generatorWidth = 64
    @Setting(.firstWidth) public var discriminatorWidth = 64
    @Setting(.share("weight of reconstructions at first, beside the rest of the loss"))
    public var startingRate = 0.01
    @Setting(.share("weight of reconstructions afterwards")) public var reconstructionRate = 0.5
    @Setting(.duration("how many first minibatches have the starting rate"))
    public var curriculumSteps = 10_000
    @Setting(.share("weight of matched features, beside the adversarial loss"))
    public var featureWeight = 0.9
    @Setting(.count("of so many minibatches the first is the discriminators'", in: 2...1000))
    public var discriminatorInterval = 3
    @Setting(.learningRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.weightDecay) public var weightDecay = 1e-5

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "discogan", title: "DiscoGAN",
    summary: "Discovers relations between two domains, by networks without skips.",
    paper: "Kim, Cha, Kim, Lee, Kim. Learning to Discover Cross-Domain Relations with Generative "
      + "Adversarial Networks. ICML 2017, arXiv:1703.05192",
    deviations: [
      "matched features, the curriculum and the players' turns are those of the authors' code",
      "networks and errors see pixels in [0, 1], as in the authors' code; batches have [-1, 1]",
      "halvings lead to maps of 4x4, four of them at the paper's 64x64",
      "translates with running statistics of real images; the authors' code with the test batch's",
    ])

  let generatorAB, generatorBA: Sequential
  let discriminatorA, discriminatorB: FeatureDiscriminator
  let generatorOptimizer, discriminatorOptimizer: Adam
  let minibatches = Counter()
  /// Both ways.
  public let directions = [Direction.ab, .ba]
  /// The generators halve so often.
  public let sideMultiple: Int
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let (a, b, halvings) = (
      run.data.input, run.data.image, SmallestMaps(of: run.data).halvings
    )
    func generator(from domain: ImageShape, to other: ImageShape) -> Sequential {
      autoencoder(
        from: domain.channels, to: other.channels, width: config.generatorWidth, halvings: halvings
      ).placed(on: device)
    }
    func discriminator(of domain: ImageShape) -> FeatureDiscriminator {
      FeatureDiscriminator(
        channels: domain.channels, width: config.discriminatorWidth, halvings: halvings
      ).placed(on: device)
    }
    (generatorAB, generatorBA) = (generator(from: a, to: b), generator(from: b, to: a))
    (discriminatorA, discriminatorB) = (discriminator(of: a), discriminator(of: b))
    generatorOptimizer = Adam(
      generatorAB, generatorBA, rate: config.learningRate, beta1: config.beta1,
      weightDecay: config.weightDecay)
    discriminatorOptimizer = Adam(
      discriminatorA, discriminatorB, rate: config.learningRate, beta1: config.beta1,
      weightDecay: config.weightDecay)
    sideMultiple = 1 << halvings
    self.config = config
  }

  /// Halvings to 4x4.
  public static func needs(_ config: Config) -> DataNeeds {
    .dcgan(generatorWidth: config.generatorWidth, discriminatorWidth: config.discriminatorWidth)
  }

  /// The authors' script goes on until it is stopped; here for ten times its curriculum.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 64, steps: 100_000)
  }

  /// A run that ends with the starting rate hardly compares images with what comes back.
  public static func shortfall(of config: Config, in run: RunShape) -> String? {
    guard let steps = run.steps, steps <= config.curriculumSteps else { return nil }
    return "ends within the curriculum; needs more than \(config.curriculumSteps) steps, "
      + "this run has \(steps)"
  }

  /// The discriminators, or the generators at one of two rates of reconstruction.
  public var stepKind: Int? {
    let done = minibatches.value
    if done % config.discriminatorInterval == 0 { return 0 }
    return done < config.curriculumSteps ? 1 : 2
  }

  /// One update of both discriminators, or, in the other turns, of both generators.
  public mutating func step(_ batch: UnpairedBatch) -> StepReport {
    let done = minibatches.value
    minibatches.advance()
    return done % config.discriminatorInterval == 0
      ? discriminatorStep(batch)
      : generatorStep(batch, rate: config.reconstructionRate(after: done))
  }

  private func discriminatorStep(_ batch: UnpairedBatch) -> StepReport {
    let (fakeB, fakeA) = withoutGradients { (generatorAB(batch.a), generatorBA(batch.b)) }
    let pairs = [(discriminatorA, batch.a, fakeA), (discriminatorB, batch.b, fakeB)]
    let losses = pairs.map { discriminator, real, fake in
      loss.discriminator(real: discriminator(real), fake: discriminator.untracked(fake))
    }
    return ["loss/D": discriminatorOptimizer.minimize(0.5 * (losses[0] + losses[1]))]
  }

  private func generatorStep(_ batch: UnpairedBatch, rate: Double) -> StepReport {
    let (fakeB, fakeA) = (generatorAB(batch.a), generatorBA(batch.b))
    let (a, b) = (
      discriminatorA.compared(batch.a, fakeA), discriminatorB.compared(batch.b, fakeB)
    )
    let fooled = loss.generator(fake: a.logits) + loss.generator(fake: b.logits)
    let features = a.mismatch + b.mismatch
    // A quarter of what it is in [-1, 1].
    let cycle =
      0.25
      * (meanSquaredError(generatorBA.untracked(fakeB), batch.a)
        + meanSquaredError(generatorAB.untracked(fakeA), batch.b))
    let adversarial = (1 - config.featureWeight) * fooled + config.featureWeight * features
    let lossG = generatorOptimizer.minimize((1 - rate) * adversarial + rate * cycle)
    return ["loss/G": lossG, "loss/features": features, "loss/cycle": cycle]
  }

  /// Images of one domain as images of the other, `[N, C, H, W] -> [N, C', H, W]` in [-1, 1].
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    direction == .ab ? generatorAB(images) : generatorBA(images)
  }
}

extension DiscoGAN.Config {
  /// The weight of reconstructions in the minibatch that follows `minibatches` others.
  func reconstructionRate(after minibatches: Int) -> Double {
    minibatches < curriculumSteps ? startingRate : reconstructionRate
  }
}

// MARK: - Networks

/// Halvings, whose channels double from `width`, and as many doublings:
/// `[N, in, H, W] -> [N, out, H, W]` in [-1, 1], H and W multiples of 2 to their number.
private func autoencoder(from inputs: Int, to outputs: Int, width: Int, halvings: Int) -> Sequential
{
  let widths = (0..<halvings).map { width << $0 }
  return Sequential {
    firstHalving(inputs, width)
    for (inputs, outputs) in zip(widths, widths.dropFirst()) { normalizedHalving(inputs, outputs) }
    for (inputs, outputs) in zip(widths.reversed(), widths.reversed().dropFirst()) {
      normalizedDoubling(inputs, outputs)
    }
    doubling(width, outputs, bias: false)
    SignedSigmoid()
  }
}

/// Halvings to maps of 4x4 and one logit of all of them, cut behind every halving.
struct FeatureDiscriminator: Layer {
  let first: Sequential
  let levels: [Sequential]
  let last: Conv2d

  init(channels: Int, width: Int, halvings count: Int) {
    let widths = (0..<count).map { width << $0 }
    first = Sequential { firstHalving(channels, width) }
    levels = zip(widths, widths.dropFirst()).map { inputs, outputs in
      Sequential { normalizedHalving(inputs, outputs) }
    }
    last = Conv2d(width << (count - 1), 1, kernel: 4, bias: false)
  }

  /// `[N, C, H, W]` to logits `[N, 1, 1, 1]`, more than one for images that are no squares.
  func callAsFunction(_ images: Tensor) -> Tensor { judge(images).logits }

  /// Logits of fakes, and how far their features are from those of real images: the squared
  /// differences of the means over each batch, one mean for every normalised level.
  func compared(_ real: Tensor, _ fake: Tensor) -> (logits: Tensor, mismatch: Tensor) {
    let real = withoutGradients { judge(real).features }
    let (logits, features) = withoutTracking { judge(fake) }
    let differences = zip(real, features).map { real, fake in
      meanSquaredError(fake.atLeastFloat32().mean(axes: [0]), real.atLeastFloat32().mean(axes: [0]))
    }
    return (logits, differences.sum())
  }

  private func judge(_ images: Tensor) -> (logits: Tensor, features: [Tensor]) {
    var maps = first(images)
    let features = levels.map { level in
      maps = level(maps)
      return maps
    }
    return (last(maps), features)
  }
}

/// Of pixels, which the network sees in [0, 1], without normalisation.
private func firstHalving(_ inputs: Int, _ outputs: Int) -> [any Layer] {
  [
    Lambda { $0 * 0.5 + 0.5 },
    Conv2d(inputs, outputs, kernel: 4, stride: 2, padding: 1, bias: false), LeakyReLU(0.2),
  ]
}
