import GANKit
import Torch
import TorchNN

/// VAE/GAN (Larsen et al. 2016): a variational autoencoder whose decoder is a GAN's generator, and
/// which compares images by the features of that GAN's discriminator. Without it, a plain one.
public struct VAEGAN: EncodingRecipe, UniformRecipe {
  /// Where reconstructions are compared with their originals.
  public enum Similarity: String, ConfigChoice {
    /// In the discriminator's last maps (section 2.3).
    case learned
    /// In pixels, without a discriminator: a plain VAE (Kingma and Welling 2014).
    case pixels
  }

  /// What may be changed; the defaults are the paper's, or where it names none those of the
  /// authors' code for faces.
  public struct Config: RecipeConfig {
    @Setting(.choice("where images are compared: learned (maps of D) or pixels (plain VAE, no D)"))
    public var similarity = Similarity.learned
    @Setting(.weight("weight gamma of the similarity in the decoder's loss, beside -GAN"))
    public var similarityWeight = 1e-6
    @Setting(.weight("weight of reconstructions among the fakes, beside 1 of decoded noise"))
    public var reconstructionWeight = 1.0
    @Setting(.weight("cost of real or fake images at which the players are even"))
    public var equilibrium = 0.68
    @Setting(.weight("how far below it a cost lets D rest, how far above it the decoder"))
    public var margin = 0.35
    @Setting(.latentSize("N(0, 1)")) public var latentSize = 128
    @Setting(.widths("channels of the encoder's halvings", count: 3))
    public var encoderWidths = [64, 128, 256]
    @Setting(.count("units of the encoder's connected layer")) public var encoderFeatures = 1024
    @Setting(.widths("channels of the decoder's doublings", count: 3))
    public var decoderWidths = [256, 128, 32]
    @Setting(.widths("channels of D's first convolution and its halvings", count: 4))
    public var discriminatorWidths = [32, 128, 256, 256]
    @Setting(.count("units of D's fully connected layer")) public var discriminatorFeatures = 512
    @Setting(.rate("RMSProp's rate for all networks")) public var learningRate = 3e-4
    @Setting(.fraction("RMSProp's decay of the mean square")) public var decay = 0.9
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "vae-gan", title: "VAE/GAN",
    summary: "An autoencoder that compares images by what a discriminator sees in them.",
    paper: "Larsen, Sønderby, Larochelle, Winther. Autoencoding beyond Pixels using a Learned "
      + "Similarity Metric. ICML 2016, arXiv:1512.09300",
    deviations: [
      "one pass of D over real images, reconstructions and samples serves both losses",
      "one pass of the decoder serves both kinds of codes; the authors' code makes two, as of D",
      "L_GAN takes the mean of the two kinds of fakes; the paper their sum, the code samples alone",
      "the rate is constant; the authors' code lets it fall by a quarter at a time",
      "no weight decay; the authors' code has 1e-5, the paper names none",
      "batch normalisation's epsilon is 1e-5; the authors' code has 1e-6",
    ])

  /// The distribution of the codes.
  public let prior: LatentPrior
  let encoder, generator: Averaged<Sequential>
  let discriminator: SimilarityDiscriminator?
  let encoderOptimizer, generatorOptimizer: RMSProp
  let discriminatorOptimizer: RMSProp?
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .normal(config.latentSize)
    encoder = Averaged(decay: config.ema) { vaeEncoder(config, run.data).placed(on: device) }
    generator = Averaged(decay: config.ema) { vaeDecoder(config, run.data).placed(on: device) }
    discriminator =
      config.similarity == .pixels
      ? nil : SimilarityDiscriminator(config, run.data).placed(on: device)
    func rmsProp(_ network: some Module) -> RMSProp {
      RMSProp(
        network.parameters, learningRate: .constant(config.learningRate), alpha: config.decay)
    }
    (encoderOptimizer, generatorOptimizer) = (rmsProp(encoder.trained), rmsProp(generator.trained))
    discriminatorOptimizer = discriminator.map(rmsProp)
    self.config = config
  }

  /// Three halvings.
  public static func needs(_: Config) -> DataNeeds { .multiples(of: 8, from: 16).batchStatistics() }

  /// The authors' 250 times 250 minibatches.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 64, steps: 62_500)
  }

  /// One update of each network, all from one forward pass; decoder or discriminator may rest.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    defer {
      encoder.update()
      generator.update()
    }
    let posterior = Posterior(encoder.trained(batch.images))
    guard let discriminator, let discriminatorOptimizer else {
      return autoencodingStep(batch.images, posterior)
    }
    return adversarialStep(batch.images, posterior, discriminator, discriminatorOptimizer)
  }

  /// The bound of a VAE, in pixels.
  private func autoencodingStep(_ real: Tensor, _ posterior: Posterior) -> StepReport {
    let (divergence, similarity) = (
      posterior.divergence, surprise(generator.trained(posterior.sample()), real)
    )
    let players = [encoderOptimizer, generatorOptimizer]
    let parameters = players.flatMap { $0.parameters.map(\.value) }
    let all = gradients(of: divergence + similarity, withRespectTo: parameters)
    encoderOptimizer.apply(Array(all.prefix(encoderOptimizer.parameters.count)))
    generatorOptimizer.apply(Array(all.suffix(generatorOptimizer.parameters.count)))
    return [
      "loss/encoder": divergence + similarity, "loss/prior": divergence, "loss/G": similarity,
    ]
  }

  /// Algorithm 1: the encoder descends L_prior + L_llike, the decoder γ·L_llike - L_GAN, the
  /// discriminator L_GAN. Each loss goes back through the discriminator once, and from the images
  /// on through the decoder in the shares that belong to it and to the encoder.
  private func adversarialStep(
    _ real: Tensor, _ posterior: Posterior, _ discriminator: SimilarityDiscriminator,
    _ discriminatorOptimizer: RMSProp
  ) -> StepReport {
    let count = real.size(0)
    let codes = Tensor.concatenated([posterior.sample(), prior.sample(like: real)])
    let decoded = generator.trained(codes)
    let (features, logits) = discriminator.judge(.concatenated([real, decoded]))
    let similarity = surprise(features[count..<2 * count], features[0..<count])
    let divergence = posterior.divergence
    let costs = DiscriminatorCosts(logits, reconstructionWeight: config.reconstructionWeight)
    let adversarial = costs.real + costs.fake

    let descent = gradients(
      of: adversarial, withRespectTo: discriminatorOptimizer.parameters.map(\.value) + [decoded],
      retainGraph: true)
    let likeness = gradients(of: similarity, withRespectTo: [decoded])[0]
    let decoding = gradients(
      of: decoded, withRespectTo: generatorOptimizer.parameters.map(\.value),
      cotangent: config.similarityWeight * likeness - descent[descent.count - 1], retainGraph: true)
    let encoding = encoderOptimizer.gradients(of: divergence + (decoded * likeness).sum())

    let moves = costs.moves(equilibrium: config.equilibrium, margin: config.margin)
    encoderOptimizer.apply(encoding)
    generatorOptimizer.apply(decoding, where: moves.decoder)
    discriminatorOptimizer.apply(Array(descent.dropLast()), where: moves.discriminator)
    return [
      "loss/D": adversarial, "loss/G": config.similarityWeight * similarity - adversarial,
      "loss/encoder": divergence + similarity, "loss/prior": divergence,
      "loss/similarity": similarity, "balance/D": moves.discriminator.cast(to: .float32),
      "balance/G": moves.decoder.cast(to: .float32),
    ]
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator.inUse(latent) }

  /// The means of the codes' distributions.
  public func encode(_ images: Tensor) -> Tensor { Posterior(encoder.inUse(images)).mean }
}

/// -log N(found; expected, 1) without its constant, summed over an image's numbers and averaged
/// over images (L_llike, equation 8).
private func surprise(_ found: Tensor, _ expected: Tensor) -> Tensor {
  0.5 * meanSquaredError(found, expected, reduction: .sum) / Double(found.size(0))
}

/// What the discriminator pays for taking images for the other kind, scalars.
struct DiscriminatorCosts {
  /// -E log D(x).
  let real: Tensor
  /// -E log(1 - D), the mean of samples and, as their weight says, reconstructions.
  let fake: Tensor

  init(real: Tensor, fake: Tensor) { (self.real, self.fake) = (real, fake) }

  /// - Parameter logits: of real images, as many reconstructions and as many samples.
  init(_ logits: Tensor, reconstructionWeight weight: Double) {
    let (logits, count) = (logits.atLeastFloat32(), logits.size(0) / 3)
    real = (-logits[0..<count]).softplus().mean()
    let onReconstructions = logits[count..<2 * count].softplus().mean()
    let onSamples = logits[2 * count..<3 * count].softplus().mean()
    fake = (onSamples + weight * onReconstructions) / (1 + weight)
  }

  /// Who updates, Boolean scalars that nobody reads: the discriminator rests while it pays too
  /// little, the decoder while it pays too much (the authors' code). Where both would rest, both
  /// update.
  func moves(equilibrium: Double, margin: Double) -> (decoder: Tensor, discriminator: Tensor) {
    let (low, high) = (equilibrium - margin, equilibrium + margin)
    // All processes decide alike.
    let costs = shared([real.detached(), fake.detached()])
    let (real, fake) = (costs[0], costs[1])
    let discriminatorRests = (real .< low).or(fake .< low)
    let decoderRests = (real .> high).or(fake .> high)
    let neither = discriminatorRests.and(decoderRests)
    return (decoderRests.logicalNot().or(neither), discriminatorRests.logicalNot().or(neither))
  }
}
