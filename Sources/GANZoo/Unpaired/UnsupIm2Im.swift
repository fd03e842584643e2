import GANKit
import Torch
import TorchNN

/// Unsupervised image-to-image translation (Dong et al. 2017): a generator learns to draw both domains from
/// the same noise, then an encoder to find the noise of its images again; between them lies the translation.
public struct UnsupIm2Im: TranslatingRecipe {
  /// What may be changed; the defaults are those of the authors' code, for CelebA.
  public struct Config: RecipeConfig {
    @Setting(.duration("steps of the generator's phase; the encoder's follows", from: 1))
    public var generatorSteps = 369_000
    @Setting(.latentSize("N(0, 1), beside the domain's vector")) public var latentSize = 100
    @Setting(.count("length of the vector that stands for a domain")) public var embeddingSize = 5
    @Setting(.widthBeforeImage) public var generatorWidth = 128
    @Setting(
      .count("channels of the discriminator's and the encoder's first maps; doubled as well"))
    public var discriminatorWidth = 64
    @Setting(.stridedKernel) public var kernelSize = 5
    @Setting(.learningRate) public var learningRate = 2e-4
    @Setting(.rate("Adam's rate for the encoder")) public var encoderRate = 1e-4
    @Setting(.beta1) public var beta1 = 0.5

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "unsup-im2im", title: "Unsup-Im2Im",
    summary: "One generator draws both domains of one noise, which an encoder finds again.",
    paper: "Dong, Neekhara, Wu, Guo. Unsupervised Image-to-Image Translation with Generative "
      + "Adversarial Networks. 2017, arXiv:1701.02676",
    deviations: [
      "batch normalisation in use has the discriminator's statistics of real images alone",
      "both phases are one run; the authors train by two programs",
      "images of another size are brought to the networks' and their translations back to theirs",
      "random mirroring is asked for by --flip; the authors' code also shifts and rotates images",
    ])

  let generator: LabeledNetwork
  let discriminator, encoder: Sequential
  let generatorOptimizer, discriminatorOptimizer, encoderOptimizer: Adam
  /// All steps that were taken.
  let stepsTaken = Counter()
  /// Both ways.
  public let directions = [Direction.ab, .ba]
  /// Any side: images are brought to the networks' size.
  public let sideMultiple = 1
  private let prior: LatentPrior
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config
  private let run: RunShape

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .normal(config.latentSize)
    generator = LabeledNetwork(conditional: TwoDomainGenerator(config, run.data)).placed(on: device)
    func judge(outputs: Int) -> Sequential {
      dcganDiscriminator(
        width: config.discriminatorWidth, run.data, kernel: config.kernelSize, outputs: outputs
      ).placed(on: device)
    }
    // Source and both domains; the code.
    (discriminator, encoder) = (judge(outputs: 1 + 2), judge(outputs: config.latentSize))
    generatorOptimizer = Adam(generator, rate: config.learningRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(discriminator, rate: config.learningRate, beta1: config.beta1)
    encoderOptimizer = Adam(encoder, rate: config.encoderRate, beta1: config.beta1)
    (self.config, self.run) = (config, run)
  }

  /// 4x4 maps, doubled up to the image; both domains of one kind.
  public static func needs(_ config: Config) -> DataNeeds {
    DataNeeds.dcgan(
      generatorWidth: config.generatorWidth, discriminatorWidth: config.discriminatorWidth
    ).equalChannels(for: "one generator")
  }

  /// Two domains in the same colours.
  public static func layout(_ config: Config) -> DataLayout { .union }

  /// The authors' 64 images, half of each domain; 100 passes over CelebA, and 30,000 steps of the encoder.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 64, batchSize: 32, steps: config.generatorSteps + 30_000)
  }

  /// An encoder that does not learn.
  public static func shortfall(of config: Config, in run: RunShape) -> String? {
    guard let steps = run.steps, steps <= config.generatorSteps else { return nil }
    return "ends before the encoder learns; needs more than \(config.generatorSteps) steps "
      + "(generatorSteps), this run has \(steps)"
  }

  /// Whether the generator learns, or has learned and the encoder does.
  private var drawsImages: Bool { stepsTaken.value < config.generatorSteps }

  /// The generator's, then the encoder's.
  public var phase: TrainingPhase? {
    let (taken, first) = (stepsTaken.value, config.generatorSteps)
    func share(_ done: Int, _ all: Int) -> Double { min(Double(done) / Double(max(all, 1)), 1) }
    return drawsImages
      ? TrainingPhase("generator", progress: share(taken, first))
      : TrainingPhase("encoder", progress: run.steps.map { share(taken - first, $0 - first) })
  }

  /// Images are learned first, their codes then.
  public var stepKind: Int? { drawsImages ? 0 : 1 }

  /// A step of the phase at hand.
  public mutating func step(_ batch: UnpairedBatch) -> StepReport {
    defer { stepsTaken.advance() }
    return drawsImages
      ? generationStep(batch) : encodingStep(2 * batch.count, on: batch.a.device)
  }

  /// One update of the discriminator, which learns the domains of real images alone, and two of the
  /// generator, all with the same noise; the domains asked for are those of the real images.
  private func generationStep(_ batch: UnpairedBatch) -> StepReport {
    let real = Tensor.concatenated([batch.a, batch.b])
    let labels = Tensor.concatenated(
      [
        domain(.ba, batch.a.size(0), on: real.device),
        domain(.ab, batch.b.size(0), on: real.device),
      ])
    let latent = prior.sample(like: real)
    let fake = generator(latent, labels: labels)
    let (onReal, onFake) = (
      Verdict(discriminator(real)), Verdict(discriminator.untracked(fake.detached()))
    )
    let classLoss = onReal.classLoss(labels)
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(real: onReal.source, fake: onFake.source) + classLoss)
    _ = minimizeGenerator(fake, labels)
    let lossG = minimizeGenerator(generator(latent, labels: labels), labels)
    return ["loss/D": lossD, "loss/G": lossG, "loss/class": classLoss]
  }

  private func minimizeGenerator(_ fake: Tensor, _ labels: Tensor) -> Tensor {
    let verdict = Verdict(discriminator.untracked(fake))
    return generatorOptimizer.minimize(
      loss.generator(fake: verdict.source) + verdict.classLoss(labels))
  }

  /// E learns E(G(z, c)) = z of a generator that stays as it is.
  private func encodingStep(_ count: Int, on device: Device) -> StepReport {
    let latent = prior.sample(count, on: device)
    let labels = Tensor.randomIntegers([count], below: 2, on: device)
    let images = evaluating { generator(latent, labels: labels) }
    return ["loss/encoder": encoderOptimizer.minimize(meanSquaredError(code(of: images), latent))]
  }

  /// `[N, latent]`.
  private func code(of images: Tensor) -> Tensor {
    encoder(images).reshaped(to: [images.size(0), config.latentSize])
  }

  /// The domain that a direction leads to, `count` times: 0 is A, 1 is B.
  private func domain(_ direction: Direction, _ count: Int, on device: Device) -> Tensor {
    .full([count], direction == .ab ? 1 : 0, dtype: .int64, on: device)
  }

  /// Images of one domain as images of the other, `[N, C, H, W]` in [-1, 1]: G(E(x), the other domain).
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    let (own, size) = (run.data.image, (height: images.size(2), width: images.size(3)))
    let isOwn = size == (own.height, own.width)
    let input =
      isOwn
      ? images
      : images.resized(height: own.height, width: own.width, by: .bilinear, antialias: true)
    let output = generator(
      code(of: input), labels: domain(direction, images.size(0), on: images.device))
    return isOwn ? output : output.resized(height: size.height, width: size.width, by: .bilinear)
  }

  /// For each domain images and their translations; then in two rows what the same noise is in either domain.
  public func preview(of material: PreviewMaterial) -> Preview? {
    let (a, b) = (material.parts[0], material.parts[1])
    let noise = material.noise(prior, a.size(0))
    let samples = directions.reversed().map { direction in
      generator(noise, labels: domain(direction, a.size(0), on: a.device))
    }
    return Preview(
      rows: [a, translate(a, .ab), b, translate(b, .ba)] + samples,
      translations: [Preview.Translation(0, 1, .ab), Preview.Translation(2, 3, .ba)])
  }
}

// MARK: - Networks

/// DCGAN's generator on noise and a vector that stands for the domain.
/// `[N, latent]`, labels `[N]` -> `[N, C, H, W]` in [-1, 1].
private struct TwoDomainGenerator: ConditionalLayer {
  let embedding: Embedding
  let body: Sequential

  init(_ config: UnsupIm2Im.Config, _ data: DataShape) {
    embedding = Embedding(2, config.embeddingSize, weights: .uniform(bound: 0.1))
    body = dcganGenerator(
      latent: config.latentSize + config.embeddingSize, width: config.generatorWidth, data,
      kernel: config.kernelSize)
  }

  func callAsFunction(_ latent: Tensor, labels: Tensor) -> Tensor {
    body(.concatenated([latent, embedding(labels)], axis: 1))
  }
}
