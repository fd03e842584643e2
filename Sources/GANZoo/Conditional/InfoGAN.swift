import GANKit
import Torch
import TorchNN

/// Information maximising GAN (Chen et al. 2016): codes beside the noise which a recognition network
/// reads off the pictures again, so that they come to mean something.
public struct InfoGAN: CodedRecipe, UniformRecipe {
  /// What may be changed; the defaults are those of the authors' code for MNIST.
  public struct Config: RecipeConfig {
    @Setting(.counts("categories of each code, with commas; may be empty", in: 2...65_536))
    public var categorical = [10]
    @Setting(.count("continuous codes, each uniform on [-1, 1)", in: 0...1024))
    public var continuous = 2
    @Setting(.latentSize("uniform on [-1, 1), beside the codes")) public var noiseSize = 62
    @Setting(.count("channels at half the picture's size; twice as many at a quarter"))
    public var width = 64
    @Setting(.count("units of the fully connected layers")) public var features = 1024
    @Setting(.count("hidden units of the recognition network")) public var recognitionWidth = 128
    @Setting(.weight("weight lambda of the categorical codes")) public var categoricalWeight = 1.0
    @Setting(.weight("weight lambda of the continuous codes")) public var continuousWeight = 1.0
    @Setting(.rate("Adam's rate for the generator")) public var generatorRate = 1e-3
    @Setting(.rate("Adam's rate for the other two networks")) public var discriminatorRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}

    /// There are codes of one kind or the other.
    public func checkTogether() throws {
      try ConfigError.check(
        continuous > 0 || !categorical.isEmpty, "continuous", continuous,
        "at least 1 where there are no categorical codes")
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "infogan", title: "InfoGAN",
    summary: "Codes beside the noise come to mean class, slant and width without any label.",
    paper: "Chen, Duan, Houthooft, Schulman, Sutskever, Abbeel. InfoGAN: Interpretable "
      + "Representation Learning by Information Maximizing Generative Adversarial Nets. "
      + "NeurIPS 2016, arXiv:1606.03657",
    deviations: [
      "LeakyReLU has the slope 0.1 of appendix C; the authors' code has 0.01",
      "images lie in [-1, 1], so the authors' sigmoid output becomes 2·sigmoid - 1",
    ])

  /// Noise, then the codes.
  public let prior: LatentPrior
  /// The codes in the order of their columns.
  public let codes: [LatentCode]
  let generator: Averaged<Sequential>
  let discriminator: InfoGANDiscriminator
  let recognition: InfoGANRecognition
  let generatorOptimizer, discriminatorOptimizer: Adam
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config

  /// Networks and optimizers at their initial values; the discriminator's optimizer trains the
  /// recognition network, too.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    (prior, codes) = (config.prior, config.codes)
    generator = Averaged(decay: config.ema) {
      infoGANGenerator(config, run.data).dcganInitialized().placed(on: device)
    }
    discriminator = InfoGANDiscriminator(config, run.data).dcganInitialized().placed(on: device)
    recognition = InfoGANRecognition(config).dcganInitialized().placed(on: device)
    generatorOptimizer = Adam(generator.trained, rate: config.generatorRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(
      discriminator, recognition, rate: config.discriminatorRate, beta1: config.beta1)
    self.config = config
  }

  /// Two halvings.
  public static func needs(_: Config) -> DataNeeds { .multiples(of: 4, from: 8).batchStatistics() }

  /// The authors' minibatches, and 50 times 100 of them.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 32, batchSize: 128, steps: 5000)
  }

  /// One update of discriminator and recognition network, then one of the generator with fresh
  /// noise and codes. What the codes tell is subtracted from both losses.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    var report = discriminatorStep(batch.images)
    let latent = prior.sample(like: batch.images)
    let fake = generator.trained(latent)
    let judged = withoutTracking { discriminator(fake) }
    let information = information(about: latent, in: judged.features)
    report["loss/G"] = generatorOptimizer.minimize(
      loss.generator(fake: judged.logits) - information.weighted(by: config))
    generator.update()
    return report
  }

  private func discriminatorStep(_ real: Tensor) -> StepReport {
    let latent = prior.sample(like: real)
    let fake = withoutGradients { generator.trained(latent) }
    let onReal = discriminator(real)
    let onFake = withoutTracking { discriminator(fake) }
    let information = information(about: latent, in: onFake.features)
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(real: onReal.logits, fake: onFake.logits)
        - information.weighted(by: config))
    var report: StepReport = ["loss/D": lossD]
    report["info/categorical"] = information.categorical
    report["info/continuous"] = information.continuous
    return report
  }

  private func information(about latent: Tensor, in features: Tensor) -> CodeInformation {
    CodeInformation(codes, in: latent, inferred: recognition(features))
  }

  /// `[N, noise + codes] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator.inUse(latent) }

  /// Logits or means of the codes of images `[N, C, H, W]`.
  public func inferCodes(_ images: Tensor) -> [Tensor] {
    let inferred = recognition(discriminator(images).features)
    return codes.map { code in
      inferred.narrowed(
        1, from: code.columns.lowerBound - config.noiseSize, length: code.columns.count)
    }
  }
}

// MARK: - Networks

/// InfoGAN's generator (Chen et al. 2016, appendix C.1): two fully connected layers, two doublings,
/// `[N, latent] -> [N, C, H, W]` in [-1, 1].
private func infoGANGenerator(_ config: InfoGAN.Config, _ data: DataShape) -> Sequential {
  let (height, width) = (data.height / 4, data.width / 4)
  let units = 2 * config.width * height * width
  return Sequential {
    Linear(config.latentDimension, config.features, bias: false)
    BatchNorm(config.features)
    ReLU()
    Linear(config.features, units, bias: false)
    BatchNorm(units)
    ReLU()
    Unflatten([2 * config.width, height, width])
    normalizedDoubling(2 * config.width, config.width)
    doubling(config.width, data.channels)
    SignedSigmoid()
  }
}

/// InfoGAN's discriminator, whose trunk the recognition network shares:
/// `[N, C, H, W]` to logits `[N]` and features `[N, features]`.
struct InfoGANDiscriminator: Module {
  let trunk: Sequential
  let head: Linear

  init(_ config: InfoGAN.Config, _ data: DataShape) {
    let maps = config.width
    trunk = Sequential {
      Conv2d(data.channels, maps, kernel: 4, stride: 2, padding: 1)
      LeakyReLU(0.1)
      Conv2d(maps, 2 * maps, kernel: 4, stride: 2, padding: 1, bias: false)
      BatchNorm(2 * maps)
      LeakyReLU(0.1)
      Flatten()
      Linear(2 * maps * (data.height / 4) * (data.width / 4), config.features, bias: false)
      BatchNorm(config.features)
      LeakyReLU(0.1)
    }
    head = Linear(config.features, 1)
  }

  func callAsFunction(_ images: Tensor) -> (logits: Tensor, features: Tensor) {
    let features = trunk(images)
    return (head(features).flattened(), features)
  }
}

/// Q(c | x) on the discriminator's features `[N, features]`: logits of all categorical codes side by
/// side, and means of the continuous ones, whose deviation is 1.
struct InfoGANRecognition: Module {
  let body: Sequential
  let categorical: Linear?
  let continuous: Linear?

  init(_ config: InfoGAN.Config) {
    let width = config.recognitionWidth
    body = Sequential {
      Linear(config.features, width, bias: false)
      BatchNorm(width)
      LeakyReLU(0.1)
    }
    let logits = config.categorical.reduce(0, +)
    categorical = logits > 0 ? Linear(width, logits) : nil
    continuous = config.continuous > 0 ? Linear(width, config.continuous) : nil
  }

  /// The columns of the latent that hold codes, as they are inferred: `[N, codes]`.
  func callAsFunction(_ features: Tensor) -> Tensor {
    let hidden = body(features)
    return .concatenated([categorical, continuous].compactMap { $0?(hidden) }, axis: 1)
  }
}

/// The bounds on the mutual information of codes and images, in nats (Chen et al. 2016, equation 4):
/// H(c) + E log Q(c | x), the categorical codes and the continuous codes each added up.
struct CodeInformation {
  /// Of the categorical codes; `nil` without any.
  let categorical: Tensor?
  /// Of the continuous codes; `nil` without any.
  let continuous: Tensor?

  /// - Parameters:
  ///   - codes: the codes, whose columns are those of `latent` `[N, D]`.
  ///   - inferred: the recognition network's output `[N, codes]`.
  init(_ codes: [LatentCode], in latent: Tensor, inferred: Tensor) {
    let offset = latent.size(1) - inferred.size(1)
    func bounds(_ isIncluded: (LatentCode.Kind) -> Bool) -> Tensor? {
      codes.filter { isIncluded($0.kind) }.map { code in
        let columns = code.columns.lowerBound - offset..<code.columns.upperBound - offset
        return code.kind.information(
          about: latent.sliced(1, code.columns), from: inferred.sliced(1, columns))
      }.reduce(nil) { sum, next in sum.map { $0 + next } ?? next }
    }
    categorical = bounds { if case .categorical = $0 { true } else { false } }
    continuous = bounds { if case .continuous = $0 { true } else { false } }
  }

  /// λ times the information, over all codes.
  func weighted(by config: InfoGAN.Config) -> Tensor {
    let terms = [
      categorical.map { $0 * config.categoricalWeight },
      continuous.map { $0 * config.continuousWeight },
    ].compactMap { $0 }
    return terms.sum()
  }
}

extension InfoGAN.Config {
  /// Length of the generator's input.
  var latentDimension: Int { prior.dimension }

  /// The codes in the order of their columns, behind the noise.
  var codes: [LatentCode] {
    let kinds =
      categorical.map { LatentCode.Kind.categorical($0) }
      + Array(repeating: .continuous(-1...1), count: continuous)
    return LatentCode.named(kinds, from: noiseSize)
  }

  /// Noise, then the codes; all continuous ones are drawn at once.
  var prior: LatentPrior {
    .joint(
      [.uniform(noiseSize)] + categorical.map { .categorical($0) }
        + (continuous > 0 ? [.uniform(continuous)] : []))
  }
}
