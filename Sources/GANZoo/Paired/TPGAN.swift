import GANKit
import Torch
import TorchNN

/// Frontal faces from turned ones by a global and four local paths (Huang, Zhang, Li and He 2017).
public struct TPGAN: LandmarkedRecipe, UniformRecipe {
  /// Which points the local paths look at in turned images.
  public enum LandmarkSource: String, ConfigChoice {
    /// Those of each image.
    case own
    /// Those of frontal images.
    case fixed
  }

  /// A half of a face.
  public enum Half: String, ConfigChoice {
    /// The one on the left of the image.
    case left
    /// The one on the right.
    case right
  }

  /// What may be changed; the defaults are the paper's.
  public struct Config: RecipeConfig {
    @Setting(.count("channels of the global path's first maps")) public var generatorWidth = 64
    @Setting(.localWidths) public var localWidths = [64, 128, 256, 512]
    @Setting(.patchWidth) public var discriminatorWidth = 64
    @Setting(.count("length of the encoder's feature")) public var featureSize = 256
    @Setting(.latentSize("N(0, 1), beside the feature")) public var noiseSize = 100
    @Setting(.identityNetwork) public var identity = IdentityNetwork.digits
    @Setting(.choice("own (each turned image's, from the data) or fixed (meanLandmarks)"))
    public var landmarks = LandmarkSource.own
    @Setting(.landmarks) public var meanLandmarks = FacePatches.paperMeans
    @Setting(.choice("the half that turned faces show; the other is pulled to it"))
    public var visibleHalf = Half.left
    @Setting(.weight("weight of the difference of the halves")) public var symmetryWeight = 0.3
    @Setting(.weight("weight of the adversarial loss")) public var adversarialWeight = 1e-3
    @Setting(.weight("weight of the identity network's features; 0: none"))
    public var identityWeight = 3e-3
    @Setting(.weight("weight of the total variation")) public var variationWeight = 1e-4
    @Setting(.weight("weight of reading the identity from the feature"))
    public var classWeight = 1e-3
    @Setting(.weight("weight of the local paths' absolute errors")) public var localWeight = 1.0
    @Setting(.learningRate) public var learningRate = 1e-4
    @Setting(.beta1) public var beta1 = 0.9

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "tp-gan", title: "TP-GAN",
    summary: "Turns faces to the front: a global path, four local ones, an identity network.",
    paper: "Huang, Zhang, Li, He. Beyond Face Rotation: Global and Local Perception GAN for "
      + "Photorealistic and Identity Preserving Frontal View Synthesis. ICCV 2017, arXiv:1704.04086",
    deviations: [
      "the identity network is a classifier of ours, for Light CNN is not at hand",
      "weights are the paper's; those of the code belong to sums over pixels, and labels are 0.9",
      "one update of D for each of G; the code makes two of G",
      "D judges 2x2 regions; the code judges 4x4",
      "Adam's beta1 of 0.9, the normalisation and the levels of the way up are the code's",
      "local errors have the weight 1 in the generator's update; the code has an update for them",
      "no dropout in front of the identities, which the code has; initial weights are DCGAN's",
      "faces are not mirrored to one side: all must show the same half, see visibleHalf",
      "trained on UMIST or digits, for Multi-PIE is licensed; patches scale with the side",
      "the length of a run of the preset paper is ours",
    ])

  let generator: FrontalGenerator
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: Adam
  /// From turned to frontal.
  public let directions = [Direction.ab]
  /// Images of other sizes are resized for the networks.
  public let sideMultiple = 1
  private let identity: IdentityNetwork?
  private let noise: LatentPrior
  private let side: Int
  private let loss = AdversarialLoss.nonSaturating()
  private let config: Config

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    let data = run.data
    identity =
      config.identityWeight == 0
      ? nil : IdentityNetwork(config.identity, for: data, on: device)
    generator = FrontalGenerator(
      shape: data.imageShape, width: config.generatorWidth, local: config.localWidths,
      features: config.featureSize, noise: config.noiseSize, identities: data.classes,
      means: config.meanLandmarks
    ).dcganInitialized().placed(on: device)
    discriminator = regionalDiscriminator(
      channels: data.channels, width: config.discriminatorWidth, side: data.height
    ).dcganInitialized().placed(on: device)
    generatorOptimizer = Adam(generator, rate: config.learningRate, beta1: config.beta1)
    discriminatorOptimizer = Adam(discriminator, rate: config.learningRate, beta1: config.beta1)
    noise = .normal(config.noiseSize)
    side = data.height
    self.config = config
  }

  /// Four halvings that leave 2x2; turned and frontal images of one kind.
  public static func needs(_ config: Config) -> DataNeeds {
    .squares(powerOfTwo: 32...512).equalChannels(for: "one discriminator")
  }

  /// Pairs with identities, and with the landmarks of turned images where they are their own.
  public static func layout(_ config: Config) -> DataLayout {
    config.landmarks == .own ? .landmarkedFrontal : .frontal
  }

  /// The paper's side and minibatches; it does not say for how long.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 128, batchSize: 10, steps: 200_000)
  }

  /// Opens the identity network.
  public func prepareForTraining() throws { try identity?.prepare() }

  /// One update of the discriminator, then one of the generator with the same outputs.
  public mutating func step(_ batch: FrontalBatch) -> StepReport {
    let made = generator(batch.input, noise.sample(like: batch.input), at: batch.landmarks)
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(
        real: discriminator(batch.target),
        fake: discriminator.untracked(made.image.detached())))
    let fooled = loss.generator(fake: discriminator.untracked(made.image))
    let error = absoluteError(made.image, batch.target)
    let classes = crossEntropy(logits: made.identities, labels: batch.identities)
    let pixels =
      error + reducedError(made, batch.target) + config.localWeight * localError(made, batch.target)
    let prior =
      config.symmetryWeight * symmetryLoss(made.image)
      + config.variationWeight * variation(made.image)
    let total = pixels + prior + config.adversarialWeight * fooled + config.classWeight * classes
    guard let identity else {
      let lossG = generatorOptimizer.minimize(total)
      return ["loss/D": lossD, "loss/G": lossG, "loss/L1": error, "loss/class": classes]
    }
    let kept = identity.difference(of: made.image, from: batch.target)
    let lossG = generatorOptimizer.minimize(total + config.identityWeight * kept)
    return [
      "loss/D": lossD, "loss/G": lossG, "loss/L1": error, "loss/identity": kept,
      "loss/class": classes,
    ]
  }

  /// The error of pixels at a half and a quarter of the side (section 3.2.1).
  private func reducedError(_ made: FrontalOutputs, _ target: Tensor) -> Tensor {
    let half = target.averagePooled(2)
    return absoluteError(made.images[1], half)
      + absoluteError(made.images[2], half.averagePooled(2))
  }

  /// The error of eyes, nose and mouth, each by itself.
  private func localError(_ made: FrontalOutputs, _ target: Tensor) -> Tensor {
    let errors = zip(made.parts, generator.patches.cut(target)).map { absoluteError($0, $1) }
    return errors.sum()
  }

  /// Of the image and of its Laplacian, which light does not change (section 3.2.2).
  private func symmetryLoss(_ image: Tensor) -> Tensor {
    let shown = config.visibleHalf == .left ? image : image.flipped(3)
    return Self.asymmetry(shown) + Self.asymmetry(laplacian(shown))
  }

  /// Frontal images `[N, C, H, W]` in [-1, 1], as large as the turned ones.
  ///
  /// - Parameter landmarks: `[N, 4, 2]`, shares of width and height; `nil` takes ``Config/meanLandmarks``.
  public func translate(_ images: Tensor, _ direction: Direction, landmarks: Tensor?) -> Tensor {
    let (height, width) = (images.size(2), images.size(3))
    let fits = height == side && width == side
    let input =
      fits
      ? images
      : images.resized(height: side, width: side, by: .bilinear, antialias: true)
        .settled(.channelsLast)
    let output = generator(input, noise.sample(like: input), at: landmarks).image
    return fits ? output : output.resized(height: height, width: width, by: .bilinear)
  }
}

// MARK: - Losses of single images

extension TPGAN {
  /// How far the right half is from the mirrored left one, which is not moved.
  static func asymmetry(_ images: Tensor) -> Tensor {
    let half = images.size(3) / 2
    let left = images.narrowed(3, from: 0, length: half).detached().flipped(3)
    return absoluteError(images.narrowed(3, from: half, length: half), left)
  }
}

/// The sum of a pixel's four neighbours less four times the pixel, inside of the border.
private func laplacian(_ images: Tensor) -> Tensor {
  let (height, width) = (images.size(2) - 2, images.size(3) - 2)
  func shifted(_ y: Int, _ x: Int) -> Tensor {
    images.narrowed(2, from: 1 + y, length: height).narrowed(3, from: 1 + x, length: width)
  }
  return shifted(0, 1) + shifted(0, -1) + shifted(1, 0) + shifted(-1, 0) - 4 * shifted(0, 0)
}

/// Absolute differences of neighbours, summed over an image (section 3.2.5).
private func variation(_ images: Tensor) -> Tensor {
  func differences(_ axis: Int) -> Tensor {
    let length = images.size(axis) - 1
    return absoluteError(
      images.narrowed(axis, from: 1, length: length),
      images.narrowed(axis, from: 0, length: length), reduction: .sum)
  }
  return (differences(2) + differences(3)) / Double(images.size(0))
}

// MARK: - Settings

extension SettingRule<[Int]> {
  /// Channels of the local paths.
  fileprivate static var localWidths: Self {
    Self("channels of the local paths; each halving of a patch has one more") { widths, name in
      try ConfigError.check((1...5).contains(widths.count), name, widths.count, "1 to 5 widths")
      for width in widths {
        try ConfigError.check(
          (1...4096).contains(width), name, width, "a whole number from 1 to 4096")
      }
    }
  }
}

extension SettingRule<[Double]> {
  /// Four points of an image.
  fileprivate static var landmarks: Self {
    Self("x,y of eyes, nose and mouth in frontal images, shares of the side") { shares, name in
      let areShares = shares.count == 8 && shares.allSatisfy { (0...1).contains($0) }
      try ConfigError.check(areShares, name, shares, "8 numbers from 0 to 1")
    }
  }
}
