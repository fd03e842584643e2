import GANKit
import Torch
import TorchNN

/// Adversarial autoencoder (Makhzani et al. 2015): an autoencoder whose codes a discriminator compares
/// with a prior, so that the decoder draws from the prior.
public struct AAE: EncodingRecipe, UniformRecipe {
  /// What the discriminator of codes is told.
  public enum Variant: String, ConfigChoice {
    /// Codes alone (section 2).
    case unsupervised
    /// Codes and the class of their images, where it is known, so that each class has its own part of
    /// the prior (section 2.3).
    case labeled
  }

  /// What codes are to be distributed like.
  public enum Prior: String, ConfigChoice {
    /// N(0, 1).
    case gaussian
    /// Gaussians around a circle, in two dimensions.
    case mixture
    /// A spiral, in two dimensions.
    case swissRoll = "swiss-roll"
  }

  /// What may be changed; where the defaults are not the paper's, the card says so.
  public struct Config: AutoencoderConfig {
    @Setting(.choice("unsupervised or labeled: each class has its part of the prior"))
    public var variant = Variant.unsupervised
    @Setting(.choice("distribution of the codes: gaussian, mixture or swiss-roll"))
    public var prior = Prior.gaussian
    @Setting(.count("length of the codes; 2 for mixture and swiss-roll")) public var latentSize = 8
    @Setting(.count("Gaussians of a mixture; labeled: as many as classes", in: 2...1000))
    public var components = 10
    @Setting(.widths("hidden layers of the encoder")) public var encoderWidths = [1000, 1000]
    @Setting(.widths("hidden layers of the decoder")) public var generatorWidths = [1000, 1000]
    @Setting(.widths("hidden layers of the discriminator of codes"))
    public var discriminatorWidths = [1000, 1000]
    @Setting(.weight("weight of the encoder's adversarial loss; 0: a plain autoencoder"))
    public var adversarialWeight = 1.0
    @Setting(.reconstructionRate) public var learningRate = 5e-4
    @Setting(.adversarialRate) public var adversarialRate = 2e-4
    @Setting(.discriminatorRate) public var discriminatorRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.decayStart) public var decayStart = 0.5
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "aae", title: "AAE",
    summary: "An autoencoder whose codes an adversary shapes like a prior, to draw from it.",
    paper: adversarialAutoencoders,
    deviations: [
      "Adam, whose rates fall to 0; the paper's descent with momentum takes hundreds of passes",
      "the Gaussian prior has deviation 1; the paper's 5 for MNIST is a matter of scale",
      "images lie in [-1, 1], so the sigmoid output becomes 2·sigmoid - 1; the loss is that in [0, 1]",
    ],
    holdsInBFloat16: true)

  /// The distribution of the codes.
  public let prior: LatentPrior
  let encoder, generator: Averaged<Sequential>
  let discriminator: Sequential
  let generatorOptimizer, encoderOptimizer, discriminatorOptimizer: Adam
  private let loss = AdversarialLoss.nonSaturating()
  private let adversarialWeight: Double
  private let classes: Int

  /// Networks and optimizers at their initial values. Reconstruction trains encoder and decoder, which
  /// is the generator, by an optimizer of its own.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    (prior, adversarialWeight, classes) = (
      config.latentPrior, config.adversarialWeight, run.data.classes
    )
    encoder = Averaged(decay: config.ema) {
      rectifiedEncoder(run.data, widths: config.encoderWidths, code: config.latentSize)
        .placed(on: device)
    }
    generator = Averaged(decay: config.ema) {
      rectifiedDecoder(code: config.latentSize, widths: config.generatorWidths, run.data)
        .placed(on: device)
    }
    let told = config.variant == .labeled ? run.data.classes + 1 : 0
    discriminator = rectifiedJudge(
      inputs: config.latentSize + told, widths: config.discriminatorWidths
    ).placed(on: device)
    generatorOptimizer = config.adam(
      encoder.trained.parameters + generator.trained.parameters, config.learningRate, for: run)
    encoderOptimizer = config.adam(
      encoder.trained.parameters, config.adversarialRate, beta1: config.beta1, for: run)
    discriminatorOptimizer = config.adam(
      discriminator.parameters, config.discriminatorRate, beta1: config.beta1, for: run)
  }

  /// Any images; a class for each Gaussian where they belong together.
  public static func needs(_ config: Config) -> DataNeeds {
    config.variant == .labeled && config.prior == .mixture
      ? DataNeeds.none.classes(exactly: config.components) : .none
  }

  /// Images, of which some are labelled where the discriminator is told classes.
  public static func layout(_ config: Config) -> DataLayout {
    config.variant == .labeled ? .partlyLabeled : .images
  }

  /// The paper's minibatches, and a thousand passes over MNIST; it names no length.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 32, batchSize: 100, steps: 600_000)
  }

  /// Reconstruction, then regularisation (section 2).
  public mutating func step(_ batch: MaybePartlyLabeledBatch) -> StepReport {
    let again = generator.trained(encoder.trained(batch.images))
    let reconstruction = generatorOptimizer.minimize(reconstructionLoss(batch.images, again))
    var report = adversarialWeight > 0 ? regularized(batch) : [:]
    report["loss/reconstruction"] = reconstruction
    encoder.update()
    generator.update()
    return report
  }

  /// The discriminator tells codes of the prior from codes of images, then the encoder alone learns to
  /// pass its codes for the prior's.
  private func regularized(_ batch: MaybePartlyLabeledBatch) -> StepReport {
    let (images, target, told) = goal(of: batch)
    func seen(_ codes: Tensor) -> Tensor {
      told.map { .concatenated([codes, $0], axis: 1) } ?? codes
    }
    let codes = encoder.trained(images)
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(inOnePass: seen(target), seen(codes.detached())) { discriminator($0) })
    let lossG = encoderOptimizer.minimize(
      adversarialWeight * loss.generator(fake: discriminator(seen(codes))))
    return ["loss/D": lossD, "loss/G": lossG]
  }

  /// Images, as many codes of the prior, and what the discriminator is told of both: a one-hot row of
  /// the class, or of one more where it is not known and the code may lie anywhere.
  private func goal(
    of batch: MaybePartlyLabeledBatch
  ) -> (images: Tensor, codes: Tensor, told: Tensor?) {
    let anywhere = prior.sample(like: batch.images)
    guard let labeled = batch.labeled else { return (batch.images, anywhere, nil) }
    let unknown = Tensor.full([batch.count], Double(classes), dtype: .int64, on: anywhere.device)
    return (
      .concatenated([batch.images, labeled.images]),
      .concatenated([anywhere, prior.sample(of: labeled.labels, among: classes)]),
      Tensor.concatenated([unknown, labeled.labels]).oneHot(classes: classes + 1)
    )
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator.inUse(latent) }

  /// `[N, C, H, W] -> [N, latent]`.
  public func encode(_ images: Tensor) -> Tensor { encoder.inUse(images) }
}

extension AAE.Config {
  /// Labels need a prior of parts, and such priors have two dimensions.
  public var defaults: Self {
    var config = Self()
    (config.variant, config.prior) = (variant, prior)
    if variant == .labeled && prior == .gaussian { config.prior = .mixture }
    if config.prior != .gaussian { config.latentSize = 2 }
    return config
  }

  /// Whether the prior fits.
  public func checkTogether() throws {
    try ConfigError.check(
      variant == .unsupervised || prior != .gaussian, "prior", "'gaussian'",
      "mixture or swiss-roll, which have a part for each class")
    try ConfigError.check(
      prior == .gaussian || latentSize == 2, "latentSize", latentSize,
      "2, for '\(prior.rawValue)' lies in the plane")
  }

  fileprivate var latentPrior: LatentPrior {
    switch prior {
    case .gaussian: .normal(latentSize)
    case .mixture: .gaussianMixture(components)
    case .swissRoll: .swissRoll
    }
  }
}
