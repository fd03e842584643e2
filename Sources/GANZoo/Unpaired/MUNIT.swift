import GANKit
import Torch
import TorchNN

/// Multimodal unsupervised image-to-image translation (Huang, Liu, Belongie and Kautz 2018): what images of
/// two domains have in common is content, the rest is style, so that one image has many translations.
public struct MUNIT: StyledRecipe, UniformRecipe {
  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    @Setting(.count("halvings down to a content", in: 1...6)) public var contentHalvings = 2
    @Setting(.count("halvings of the style encoders", in: 1...8)) public var styleHalvings = 4
    @Setting(.count("residual blocks of content encoders and decoders", in: 1...64))
    public var residualBlocks = 4
    @Setting(.count("length of a style, N(0, 1)")) public var styleSize = 8
    @Setting(.count("units of the layers between style and normalisations"))
    public var mlpWidth = 256
    @Setting(.count("channels of the autoencoders' first maps; doubled at every halving"))
    public var generatorWidth = 64
    @Setting(.count("channels of the discriminators' first maps; doubled at every halving"))
    public var discriminatorWidth = 64
    @Setting(.count("halvings of each discriminator", in: 1...8)) public var discriminatorLayers = 4
    @Setting(.count("discriminators of a domain, each at half the size", in: 1...5))
    public var scales = 3
    @Setting(.weight("weight of the adversarial loss")) public var adversarialWeight = 1.0
    @Setting(.weight("weight lambda_x of the error of reconstructions"))
    public var reconstructionWeight = 10.0
    @Setting(.weight("weight lambda_s of the error of styles of translations"))
    public var styleWeight = 1.0
    @Setting(.weight("weight lambda_c of the error of contents of translations"))
    public var contentWeight = 1.0
    @Setting(.weight("weight of the way there and back in the own style"))
    public var cycleWeight = 0.0
    @Setting(.initialRate) public var learningRate = 1e-4
    @Setting(.duration("updates after which rates are halved, and again after as many", from: 1))
    public var halvingInterval = 100_000
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.weightDecay) public var weightDecay = 1e-4

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "munit", title: "MUNIT",
    summary: "Translates between two domains in many styles, drawn or taken from an image.",
    paper: "Huang, Liu, Belongie, Kautz. Multimodal Unsupervised Image-to-Image Translation. "
      + "ECCV 2018, arXiv:1804.04732",
    deviations: [
      "convolutions in front of instance normalisation have no bias, which it would cancel",
      "layer normalisation's gains start at 1; the authors' code draws them from U(0, 1)",
      "contents are encoded once for both players; the authors' code encodes them twice",
      "each discriminator has an Adam of its own; the authors' one has the same numbers",
      "no perceptual loss, which the paper has beyond 512x512 alone",
      "random cutting and mirroring are asked for by --size, --crop and --flip",
    ])

  let generatorA, generatorB: StyledAutoencoder
  let discriminatorA, discriminatorB: MultiScaleDiscriminator
  /// Of both autoencoders.
  let generatorOptimizer: Adam
  let discriminatorAOptimizer, discriminatorBOptimizer: Adam
  /// Of both domains.
  public let stylePrior: LatentPrior
  /// Both ways.
  public let directions = [Direction.ab, .ba]
  /// The content's halvings.
  public let sideMultiple: Int
  private let loss = AdversarialLoss.leastSquares()
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let (a, b) = (run.data.input, run.data.image)
    func generator(of domain: ImageShape) -> StyledAutoencoder {
      StyledAutoencoder(config, domain).initialized(.kaimingNormal).placed(on: device)
    }
    func discriminator(of domain: ImageShape) -> MultiScaleDiscriminator {
      MultiScaleDiscriminator(config, domain).initialized(.normal(deviation: 0.02))
        .placed(on: device)
    }
    (generatorA, generatorB) = (generator(of: a), generator(of: b))
    (discriminatorA, discriminatorB) = (discriminator(of: a), discriminator(of: b))
    func adam(_ networks: any Module...) -> Adam {
      Adam(
        networks.flatMap { $0.parameters },
        learningRate: .step(config.learningRate, factor: 0.5, interval: config.halvingInterval),
        betas: (config.beta1, 0.999), weightDecay: config.weightDecay)
    }
    generatorOptimizer = adam(generatorA, generatorB)
    discriminatorAOptimizer = adam(discriminatorA)
    discriminatorBOptimizer = adam(discriminatorB)
    stylePrior = .normal(config.styleSize)
    sideMultiple = 1 << config.contentHalvings
    self.config = config
  }

  /// Sides that leave every halving two pixels to halve.
  public static func needs(_ config: Config) -> DataNeeds {
    let least = max(
      1 << (config.discriminatorLayers + config.scales - 1), 1 << config.styleHalvings,
      2 << config.contentHalvings)
    return .multiples(of: 1 << config.contentHalvings, from: least)
  }

  /// One image of each domain a minibatch, a million of them.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 256, batchSize: 1, steps: 1_000_000)
  }

  /// One update of each discriminator, then one of both autoencoders with other styles.
  public mutating func step(_ batch: UnpairedBatch) -> StepReport {
    let contents = (a: generatorA.content(batch.a), b: generatorB.content(batch.b))
    var report = discriminatorStep(batch, (contents.a.detached(), contents.b.detached()))
    let styles = (a: stylePrior.sample(like: batch.a), b: stylePrior.sample(like: batch.b))
    let a = StyledImages(generatorA, batch.a, contents.a, contents.b, styles.a)
    let b = StyledImages(generatorB, batch.b, contents.b, contents.a, styles.b)

    let fooled = fooled(discriminatorA, a.fake) + fooled(discriminatorB, b.fake)
    let same = absoluteError(a.same, batch.a) + absoluteError(b.same, batch.b)
    let style = absoluteError(a.fakeStyle, styles.a) + absoluteError(b.fakeStyle, styles.b)
    // The contents that are to come back learn, too.
    let content =
      absoluteError(a.fakeContent, contents.b) + absoluteError(b.fakeContent, contents.a)
    var total =
      config.adversarialWeight * fooled + config.reconstructionWeight * same
      + config.styleWeight * style + config.contentWeight * content
    if config.cycleWeight > 0 {
      let cycle =
        absoluteError(generatorA.decoder(b.fakeContent, a.ownStyle), batch.a)
        + absoluteError(generatorB.decoder(a.fakeContent, b.ownStyle), batch.b)
      total = total + config.cycleWeight * cycle
      report["loss/cycle"] = cycle
    }
    report["loss/G"] = generatorOptimizer.minimize(total)
    (report["loss/reconstruction"], report["loss/style"]) = (same, style)
    report["loss/content"] = content
    return report
  }

  private func discriminatorStep(
    _ batch: UnpairedBatch, _ contents: (a: Tensor, b: Tensor)
  ) -> StepReport {
    let styles = (a: stylePrior.sample(like: batch.a), b: stylePrior.sample(like: batch.b))
    let (fakeA, fakeB) = withoutGradients {
      (generatorA.decoder(contents.b, styles.a), generatorB.decoder(contents.a, styles.b))
    }
    return [
      "loss/D_A": discriminatorAOptimizer.minimize(
        discriminatorLoss(discriminatorA, real: batch.a, fake: fakeA)),
      "loss/D_B": discriminatorBOptimizer.minimize(
        discriminatorLoss(discriminatorB, real: batch.b, fake: fakeB)),
    ]
  }

  /// Added up over the scales, as everything that discriminators say; without the halves of Mao et al.
  private func discriminatorLoss(
    _ discriminator: MultiScaleDiscriminator, real: Tensor, fake: Tensor
  ) -> Tensor {
    let count = real.size(0)
    let losses = discriminator(.concatenated([real, fake])).map {
      loss.discriminator(real: $0[0..<count], fake: $0[count..<2 * count])
    }
    return 2 * config.adversarialWeight * losses.sum()
  }

  private func fooled(_ discriminator: MultiScaleDiscriminator, _ fake: Tensor) -> Tensor {
    let losses = discriminator(fake).map { loss.generator(fake: $0) }
    return 2 * losses.sum()
  }

  /// What the domain that a direction leads to sees as an image's style, `[N, C, H, W] -> [N, styleSize]`.
  /// Images too small to be halved so often are continued.
  public func style(of images: Tensor, _ direction: Direction) -> Tensor {
    func missing(_ length: Int) -> Int { max((1 << config.styleHalvings) - length, 0) }
    let continued = images.padded(
      left: 0, right: missing(images.size(3)), top: 0, bottom: missing(images.size(2)),
      with: .replication)
    return (direction == .ab ? generatorB : generatorA).style(continued)
  }

  /// The contents of images of one domain in styles of the other, `[N, C, H, W]` and `[N, styleSize]` to
  /// `[N, C', H, W]` in [-1, 1].
  public func translate(_ images: Tensor, _ direction: Direction, style: Tensor) -> Tensor {
    direction == .ab
      ? generatorB.decoder(generatorA.content(images), style)
      : generatorA.decoder(generatorB.content(images), style)
  }
}

/// What a domain's autoencoder makes of its images and of the other domain's contents.
private struct StyledImages {
  /// The images again; the other contents in the styles that were drawn.
  let same, fake: Tensor
  let ownStyle: Tensor
  /// What the autoencoder finds in its fakes.
  let fakeContent, fakeStyle: Tensor

  /// - Parameters:
  ///   - contents: of the images.
  ///   - others: contents of as many of the other domain's.
  ///   - styles: for the others.
  init(
    _ network: StyledAutoencoder, _ images: Tensor, _ contents: Tensor, _ others: Tensor,
    _ styles: Tensor
  ) {
    let count = images.size(0)
    ownStyle = network.style(images)
    // No normalisation couples images.
    let both = network.decoder(
      .concatenated([contents, others]), .concatenated([ownStyle, styles]))
    (same, fake) = (both[0..<count], both[count..<2 * count])
    (fakeContent, fakeStyle) = (network.content(fake), network.style(fake))
  }
}

extension MUNIT.Config {
  /// Channels of a content.
  var contentWidth: Int { generatorWidth << contentHalvings }
}
