import GANKit
import Torch
import TorchNN

/// Unsupervised image-to-image translation networks (Liu, Breuel and Kautz 2017): two variational
/// autoencoders whose codes lie in one space, for their innermost layers are the same, and a discriminator
/// for each domain. A translation is the code of an image, decoded in the other domain.
public struct UNIT: TranslatingRecipe, UniformRecipe {
  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    @Setting(.count("residual blocks of each encoder and generator alone", in: 0...64))
    public var blocks = 3
    @Setting(.count("residual blocks in common: encoders' last, generators' first", in: 1...64))
    public var sharedBlocks = 1
    @Setting(.count("channels of the first maps; codes have four times as many"))
    public var generatorWidth = 64
    @Setting(.firstWidth) public var discriminatorWidth = 64
    @Setting(.count("halvings of the discriminators", in: 1...10))
    public var discriminatorLayers = 6
    @Setting(.weight("weight lambda0 of the adversarial loss")) public var adversarialWeight = 10.0
    @Setting(.weight("weight lambda1 of codes' divergence from N(0, 1)"))
    public var divergenceWeight = 0.1
    @Setting(.weight("weight lambda2 of the error of reconstructions"))
    public var reconstructionWeight = 100.0
    @Setting(.weight("weight lambda3 of the divergence of codes there and back"))
    public var cycleDivergenceWeight = 0.1
    @Setting(.weight("weight lambda4 of the error of the way there and back"))
    public var cycleWeight = 100.0
    @Setting(.learningRate) public var learningRate = 1e-4
    @Setting(.beta1) public var beta1 = 0.5

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "unit", title: "UNIT",
    summary: "Two variational autoencoders of two domains whose codes lie in one space.",
    paper: "Liu, Breuel, Kautz. Unsupervised Image-to-Image Translation Networks. NeurIPS 2017, "
      + "arXiv:1703.00848",
    deviations: [
      "errors and divergences are means over pixels and codes, as in the authors' code, not sums",
      "residual blocks have instance normalisation, as in the authors' code, and mirrored borders",
      "residual blocks have as many channels as what leads to them, as in the authors' code",
      "discriminators end in 1x1, weights start from N(0, 0.02), as in the authors' code",
      "no weight decay; the authors' code has 1e-4, the paper names none",
      "generators minimise -log D of their images, as in the authors' code",
      "one forward pass serves both players; the authors' code makes two with other noise",
      "random cutting and mirroring are asked for by --size, --crop and --flip",
    ])

  let encoder: DomainEncoders
  let generator: DomainGenerators
  let discriminatorA, discriminatorB: Sequential
  /// Of encoders and generators.
  let generatorOptimizer: Adam
  let discriminatorAOptimizer, discriminatorBOptimizer: Adam
  /// Both ways.
  public let directions = [Direction.ab, .ba]
  /// Two halvings.
  public let sideMultiple = 4
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let (a, b) = (run.data.input, run.data.image)
    func placed<M: Module>(_ network: M) -> M {
      network.initialized(.normal(deviation: 0.02)).placed(on: device)
    }
    encoder = placed(DomainEncoders(config, a, b))
    generator = placed(DomainGenerators(config, a, b))
    discriminatorA = placed(halvingDiscriminator(config, a))
    discriminatorB = placed(halvingDiscriminator(config, b))
    generatorOptimizer = Adam(encoder, generator, rate: config.learningRate, beta1: config.beta1)
    discriminatorAOptimizer = Adam(discriminatorA, rate: config.learningRate, beta1: config.beta1)
    discriminatorBOptimizer = Adam(discriminatorB, rate: config.learningRate, beta1: config.beta1)
    self.config = config
  }

  /// Sides that leave codes of 2x2, over which instances are normalised.
  public static func needs(_ config: Config) -> DataNeeds { .multiples(of: 4, from: 8) }

  /// One image of each domain a minibatch, as long as the authors' code at most.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 256, batchSize: 1, steps: 500_000)
  }

  /// One update of each discriminator, then one of encoders and generators by the same images.
  public mutating func step(_ batch: UnpairedBatch) -> StepReport {
    let drawn = SharedTranslations(batch, encoder, generator)
    let lossA = discriminatorLoss(discriminatorA, real: batch.a, fake: drawn.fakeA)
    let lossB = discriminatorLoss(discriminatorB, real: batch.b, fake: drawn.fakeB)
    var report: StepReport = [
      "loss/D_A": discriminatorAOptimizer.minimize(lossA),
      "loss/D_B": discriminatorBOptimizer.minimize(lossB),
    ]
    let fooled =
      loss.generator(fake: discriminatorA(drawn.fakeA))
      + loss.generator(fake: discriminatorB(drawn.fakeB))
    let same = absoluteError(drawn.sameA, batch.a) + absoluteError(drawn.sameB, batch.b)
    let cycle = absoluteError(drawn.backA, batch.a) + absoluteError(drawn.backB, batch.b)
    let (divergence, cycleDivergence) = (
      divergence(ofCodes: drawn.means), divergence(ofCodes: drawn.cycleMeans)
    )
    // An image's own code stands in L_VAE and in L_CC (equations 3 and 5).
    let autoencoding =
      config.divergenceWeight * divergence + config.reconstructionWeight * same
    let consistency =
      config.cycleDivergenceWeight * (divergence + cycleDivergence) + config.cycleWeight * cycle
    report["loss/G"] = generatorOptimizer.minimize(
      config.adversarialWeight * fooled + autoencoding + consistency)
    (report["loss/reconstruction"], report["loss/cycle"]) = (same, cycle)
    (report["loss/divergence"], report["loss/cycle-divergence"]) = (divergence, cycleDivergence)
    return report
  }

  /// Of translations alone: reconstructions have their originals to be like (equation 4).
  private func discriminatorLoss(
    _ discriminator: Sequential, real: Tensor, fake: Tensor
  ) -> Tensor {
    config.adversarialWeight
      * loss.discriminator(inOnePass: real, fake.detached()) { discriminator($0) }
  }

  /// The means of the codes' distributions, `[N, 4·generatorWidth, H/4, W/4]`.
  ///
  /// - Parameters:
  ///   - images: `[N, C, H, W]` of the domain from which the direction starts.
  public func codes(of images: Tensor, _ direction: Direction) -> Tensor {
    encoder.shared((direction == .ab ? encoder.a : encoder.b)(images))
  }

  /// Images of one domain as images of the other, `[N, C, H, W] -> [N, C', H, W]` in [-1, 1], by the means
  /// of their codes, without noise.
  public func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    let shared = generator.shared(codes(of: images, direction))
    return (direction == .ab ? generator.b : generator.a)(shared)
  }
}

/// KL(N(μ, 1) || N(0, 1)) of as many codes of either domain `[2N, C, H, W]`, the mean over the numbers of
/// each domain's codes, added up.
private func divergence(ofCodes means: Tensor) -> Tensor {
  means.atLeastFloat32().squared().mean()
}

/// What both autoencoders make of a batch. Layers in common take the images of both domains in one pass:
/// instance normalisation couples no images.
private struct SharedTranslations {
  /// Means of the codes of A's images and of B's, one behind the other; of the translated A's and B's.
  let means, cycleMeans: Tensor
  let sameA, sameB, fakeA, fakeB, backA, backB: Tensor

  init(_ batch: UnpairedBatch, _ encoder: DomainEncoders, _ generator: DomainGenerators) {
    let (first, second) = (0..<batch.count, batch.count..<2 * batch.count)
    means = encoder.means(batch.a, batch.b)
    let shared = generator.shared(means + means.randnAlike())
    let (asA, asB) = (generator.a(shared), generator.b(shared))
    (sameA, fakeA) = (asA[first], asA[second])
    (fakeB, sameB) = (asB[first], asB[second])
    cycleMeans = encoder.means(fakeA, fakeB)
    let returning = generator.shared(cycleMeans + cycleMeans.randnAlike())
    (backB, backA) = (generator.b(returning[first]), generator.a(returning[second]))
  }
}

// MARK: - Networks

/// An encoder for each domain, whose last residual blocks are the same: images `[N, C, H, W]` to means
/// `[N, 4·generatorWidth, H/4, W/4]` of distributions of variance 1 (section 3; appendix A).
struct DomainEncoders: Module {
  let a, b, shared: Sequential

  init(_ config: UNIT.Config, _ a: ImageShape, _ b: ImageShape) {
    (self.a, self.b) = (Self.own(config, a.channels), Self.own(config, b.channels))
    shared = Sequential(config.residualBlocks(config.sharedBlocks))
  }

  private static func own(_ config: UNIT.Config, _ channels: Int) -> Sequential {
    let width = config.generatorWidth
    return Sequential {
      Conv2d(channels, width, kernel: 7, padding: 3)
      LeakyReLU(slope)
      for inputs in [width, 2 * width] {
        Conv2d(inputs, 2 * inputs, kernel: 3, stride: 2, padding: 1)
        LeakyReLU(slope)
      }
      config.residualBlocks(config.blocks)
    }
  }

  /// Means of codes of both domains, one behind the other.
  func means(_ a: Tensor, _ b: Tensor) -> Tensor {
    shared(.concatenated([self.a(a), self.b(b)]))
  }
}

/// A generator for each domain, whose first residual blocks are the same: codes to images
/// `[N, C, H, W]` in [-1, 1].
struct DomainGenerators: Module {
  let shared, a, b: Sequential

  init(_ config: UNIT.Config, _ a: ImageShape, _ b: ImageShape) {
    shared = Sequential(config.residualBlocks(config.sharedBlocks))
    (self.a, self.b) = (Self.own(config, a.channels), Self.own(config, b.channels))
  }

  private static func own(_ config: UNIT.Config, _ channels: Int) -> Sequential {
    let width = config.generatorWidth
    return Sequential {
      config.residualBlocks(config.blocks)
      for outputs in [2 * width, width] {
        ConvTranspose2d(
          2 * outputs, outputs, kernel: 3, stride: 2, padding: 1, outputPadding: 1)
        LeakyReLU(slope)
      }
      Conv2d(width, channels, kernel: 1)
      Tanh()
    }
  }
}

extension UNIT.Config {
  /// Residual blocks at the width of codes.
  fileprivate func residualBlocks(_ count: Int) -> [any Layer] {
    (0..<count).map { _ in ResidualBlock(4 * generatorWidth) }
  }
}

/// Strided 3x3 convolutions and a map of logits: `[N, C, H, W] -> [N, 1, H', W']`.
private func halvingDiscriminator(_ config: UNIT.Config, _ domain: ImageShape) -> Sequential {
  let widths = (0..<config.discriminatorLayers).map { config.discriminatorWidth << $0 }
  return Sequential {
    for (inputs, outputs) in zip([domain.channels] + widths, widths) {
      Conv2d(inputs, outputs, kernel: 3, stride: 2, padding: 1)
      LeakyReLU(slope)
    }
    Conv2d(widths[widths.count - 1], 1, kernel: 1)
  }
}

/// Of negative numbers in the rectifiers of all networks, as in the authors' code.
private let slope = 0.01
