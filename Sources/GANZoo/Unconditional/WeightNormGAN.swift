import GANKit
import Torch
import TorchNN

/// GAN with weight normalisation (Xiang and Li 2017): outputs of layers keep their scale because weights
/// do, so that nothing couples the images of a batch.
public struct WeightNormGAN: GenerativeRecipe, UniformRecipe {
  /// What the paper compares in one and the same pair of networks.
  public enum Normalization: String, ConfigChoice {
    /// Weights of norm 1 and rectifiers with learned thresholds; gains and biases in last layers only.
    case weight
    /// Over the batch, in all layers but the last ones and the discriminator's first.
    case batch
    /// Nothing.
    case none
  }

  /// What may be changed; the defaults are those of the authors' code.
  public struct Config: RecipeConfig {
    @Setting(.choice("weight (the paper's), or to compare with it batch or none"))
    public var normalization = Normalization.weight
    @Setting(.count("channels beside the image; doubled at every halving")) public var width = 64
    @Setting(.latentSize("N(0, 1)")) public var latentSize = 128
    @Setting(.rmsPropRate) public var learningRate = 1e-4
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "weight-norm-gan", title: "Weight-normalised GAN",
    summary: "Weights of norm 1 in place of batch normalisation, in both networks.",
    paper: "Xiang, Li. On the Effects of Batch and Weight Normalization in Generative Adversarial "
      + "Networks. 2017, arXiv:1704.03971",
    deviations: [
      "the paper's own runs had a mistake in the gradient; this is the authors' corrected code",
      "images lie in [-1, 1], so the sigmoid output becomes 2·sigmoid - 1; D sees pixels in [0, 1]",
      "the shorter side is a power of two; the authors' networks pad others",
      "batch: layers before a normalisation have no bias, which it would cancel",
      "biases of the last linear layer start as PyTorch's do, not at 0",
    ],
    holdsInBFloat16: true)

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Averaged<Sequential>
  let discriminator: Sequential
  let generatorOptimizer, discriminatorOptimizer: RMSProp
  private let generatorSlopes, discriminatorSlopes: RectifierSlopes
  private let loss = AdversarialLoss.nonSaturating()
  private let normalization: Normalization

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .normal(config.latentSize)
    normalization = config.normalization
    generator = Averaged(decay: config.ema) { config.generator(for: run.data).placed(on: device) }
    discriminator = config.discriminator(for: run.data).placed(on: device)
    func rmsProp(_ network: Sequential) -> RMSProp {
      RMSProp(
        network.parameters, learningRate: .constant(config.learningRate), alpha: 0.9, epsilon: 1e-6)
    }
    generatorOptimizer = rmsProp(generator.trained)
    discriminatorOptimizer = rmsProp(discriminator)
    generatorSlopes = RectifierSlopes(of: generator.trained)
    discriminatorSlopes = RectifierSlopes(of: discriminator)
  }

  /// 4x4 maps, doubled up to the image.
  public static func needs(_ config: Config) -> DataNeeds { .dcgan(["width": config.width]) }

  /// The minibatches and updates of the authors' code.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 64, batchSize: 32, steps: 100_000)
  }

  /// One update of the discriminator, then one of the generator from noise of its own.
  public mutating func step(_ batch: ImageBatch) -> StepReport {
    let constant = withoutGradients { generator.trained(prior.sample(like: batch.images)) }
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(
        of: discriminator, real: batch.images, fake: constant, isApart: normalization == .batch))
    discriminatorSlopes.clamp()
    let fake = generator.trained(prior.sample(like: batch.images))
    let lossG = generatorOptimizer.minimize(
      loss.generator(fake: discriminator.untracked(fake)))
    generatorSlopes.clamp()
    generator.update()
    return ["loss/D": lossD, "loss/G": lossG]
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator.inUse(latent) }
}

// MARK: - Networks

extension WeightNormGAN.Config {
  /// A linear map to 4x4 maps (of squares), doubled up to the image while the channels halve to `width`:
  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  fileprivate func generator(for data: DataShape) -> Sequential {
    let smallest = SmallestMaps(of: data)
    var maps = width << (smallest.halvings - 1)
    return Sequential {
      normalization.projection(latentSize, maps * smallest.area)
      Unflatten([maps, smallest.height, smallest.width])
      normalization.rectifier(maps)
      for _ in 1..<smallest.halvings {
        normalization.enlarging(maps, maps / 2)
        normalization.rectifier(maps / 2)
        let _ = maps /= 2
      }
      normalization.picture(maps, data.channels)
      SignedSigmoid()
    }
  }

  /// Halvings down to 4x4 maps while the channels double from `width`: `[N, C, H, W] -> [N]` logits.
  fileprivate func discriminator(for data: DataShape) -> Sequential {
    let smallest = SmallestMaps(of: data)
    var (inputs, maps) = (data.channels, width)
    return Sequential {
      Lambda { ($0 + 1) * 0.5 }  // to [0, 1], so that zeros that pad are black
      for level in 0..<smallest.halvings {
        let own = level == 0 ? normalization.ofFirst : normalization
        own.halving(inputs, maps)
        own.rectifier(maps)
        let _ = (inputs, maps) = (maps, maps * 2)
      }
      Flatten()
      normalization.judge(inputs * smallest.area)
      Flatten(from: 0)
    }
  }
}

/// Layers in each of the normalisations; what is added to squares of norms is that of the authors' code.
extension WeightNormGAN.Normalization {
  private static let epsilon = 1e-6

  /// That of the discriminator's first layer.
  fileprivate var ofFirst: Self { self == .batch ? .none : self }

  /// With small weights, which the normalisation makes to change fast at first.
  fileprivate func projection(_ inputs: Int, _ outputs: Int) -> any Layer {
    let bound = 0.01 / Double(inputs).squareRoot()
    return self == .weight
      ? WeightNormLinear(
        inputs, outputs, bias: false, weights: .uniform(bound: bound), gain: .none,
        epsilon: Self.epsilon)
      : Linear(inputs, outputs, bias: self == .none)
  }

  fileprivate func rectifier(_ maps: Int) -> [any Layer] {
    switch self {
    case .weight: [TPReLU(maps)]
    case .batch: [BatchNorm(maps), PReLU(maps)]
    case .none: [PReLU(maps)]
    }
  }

  fileprivate func halving(_ inputs: Int, _ outputs: Int) -> any Layer {
    self == .weight
      ? WeightNormConv2d(
        inputs, outputs, kernel: 4, stride: 2, padding: 1, bias: false, gain: .none,
        epsilon: Self.epsilon)
      : Conv2d(inputs, outputs, kernel: 4, stride: 2, padding: 1, bias: self == .none)
  }

  fileprivate func enlarging(_ inputs: Int, _ outputs: Int) -> any Layer {
    self == .weight
      ? WeightNormConvTranspose2d(
        inputs, outputs, kernel: 4, stride: 2, padding: 1, bias: false,
        weights: byInputs(inputs), gain: .none, epsilon: Self.epsilon)
      : ConvTranspose2d(
        inputs, outputs, kernel: 4, stride: 2, padding: 1, bias: self == .none,
        weights: byInputs(inputs))
  }

  /// The generator's last layer.
  fileprivate func picture(_ inputs: Int, _ channels: Int) -> any Layer {
    self == .weight
      ? WeightNormConvTranspose2d(
        inputs, channels, kernel: 4, stride: 2, padding: 1, weights: byInputs(inputs),
        gain: .one, epsilon: Self.epsilon)
      : ConvTranspose2d(
        inputs, channels, kernel: 4, stride: 2, padding: 1, weights: byInputs(inputs))
  }

  /// The discriminator's last layer.
  fileprivate func judge(_ inputs: Int) -> any Layer {
    self == .weight
      ? WeightNormLinear(inputs, 1, gain: .one, epsilon: Self.epsilon) : Linear(inputs, 1)
  }

  /// The bound of 2017 for a transposed 4x4 kernel, which goes by the inputs' number.
  private func byInputs(_ inputs: Int) -> Initializer {
    .uniform(bound: 1 / Double(16 * inputs).squareRoot())
  }
}
