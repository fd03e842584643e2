import GANKit
import Torch
import TorchNN

// The networks for digits of CoGAN (Liu and Tuzel 2016, appendix A). What both domains share is in one
// network beside what each has of its own: near the noise of the generators, where an image is decided on
// as a whole, and near the decision of the discriminators.

/// The paper of both systems, as their cards name it.
let coupledGANs =
  "Liu, Tuzel. Coupled Generative Adversarial Networks. NeurIPS 2016, arXiv:1606.07536"

/// Where both systems depart from the paper.
let coupledDeviations = [
  "the noise is N(0, 1), and networks start, as in the authors' later code",
  "networks see pixels in [0, 1], as in the authors' code; batches have [-1, 1]",
  "images of other sides than 28: maps halve to 4 or less, the last kernel of D takes what is left",
]

/// Both generators: noise `[N, latent]` to images `[N, C, S, S]` of the first and `[N, C', S, S]` of the
/// second domain, in [-1, 1].
///
/// Transposed convolutions lead from the smallest maps, of 4x4 for images of 28x28, over 7x7, 13x13 and
/// 25x25, each with batch normalisation without gain and offset, which takes away any bias, and PReLU with
/// one slope. The last layer, a 6x6 kernel and a sigmoid, is the domain's own.
struct CoupledGenerator: Module {
  let shared: Sequential
  let outputA, outputB: Sequential

  init(latent: Int, width: Int, _ data: DataShape) {
    let maps = Self.sides(of: data.height)
    let widths = maps.indices.reversed().map { width << $0 }
    shared = Sequential {
      Unflatten([latent, 1, 1])
      ConvTranspose2d(latent, widths[0], kernel: maps[0], bias: false)
      for (level, side) in maps.enumerated().dropFirst() {
        BatchNorm(widths[level - 1], affine: false)
        PReLU()
        ConvTranspose2d(
          widths[level - 1], widths[level], kernel: 3, stride: 2, padding: 1,
          outputPadding: side.isMultiple(of: 2) ? 1 : 0, bias: false)
      }
      BatchNorm(width, affine: false)
      PReLU()
    }
    func last(_ domain: ImageShape) -> Sequential {
      Sequential {
        ConvTranspose2d(width, domain.channels, kernel: 6, padding: 1)
        SignedSigmoid()
      }
    }
    (outputA, outputB) = (last(data.input), last(data.image))
  }

  /// Sides of the maps before the last layer, which adds 3: each half of the next, rounded up, until one is
  /// 4 or less.
  static func sides(of image: Int) -> [Int] {
    var maps = [image - 3]
    while maps[0] > 4 { maps.insert((maps[0] + 1) / 2, at: 0) }
    return maps
  }

  func callAsFunction(_ latent: Tensor) -> (a: Tensor, b: Tensor) {
    let maps = shared(latent)
    return (outputA(maps), outputB(maps))
  }
}

/// Both discriminators: images to features and, from these, how likely they are of generated and of real
/// images, and where there are classes, of each class. The first convolution is the domain's own.
struct CoupledDiscriminator: Module {
  let inputA, inputB: Conv2d
  let shared: Sequential
  /// Features to the logits of generated and real, `[..., features] -> [..., 2]`.
  let output: Linear
  /// Features to the logits of the classes.
  let classes: Linear?

  /// - Parameter widths: channels of two 5x5 convolutions, and the number of features.
  init(widths: [Int], classes: Int, _ data: DataShape) {
    func first(_ domain: ImageShape) -> Conv2d { Conv2d(domain.channels, widths[0], kernel: 5) }
    (inputA, inputB) = (first(data.input), first(data.image))
    let left = ((data.height - 4) / 2 - 4) / 2
    shared = Sequential {
      MaxPool2d()
      Conv2d(widths[0], widths[1], kernel: 5)
      MaxPool2d()
      Conv2d(widths[1], widths[2], kernel: left)
      PReLU()
      Flatten()
    }
    output = Linear(widths[2], 2)
    self.classes = classes > 0 ? Linear(widths[2], classes) : nil
  }

  /// Features `[2·N, F]`: of N images of the first domain, then of as many of the second.
  func features(_ a: Tensor, _ b: Tensor) -> Tensor {
    shared(.concatenated([inputA(Self.unit(a)), inputB(Self.unit(b))]))
  }

  /// Logits of the classes for features `[N, F]` of a network that has some.
  func classified(_ features: Tensor) -> Tensor {
    guard let classes else { preconditionFailure("a network without classes") }
    return classes(features)
  }

  /// Logits of the classes for images of one domain, whose first layer is `input`.
  func classified(_ images: Tensor, by input: Conv2d) -> Tensor {
    classified(shared(input(Self.unit(images))))
  }

  /// The logit of "real" of a logistic function, `[N]`: the difference of the two of a softmax.
  func realness(of features: Tensor) -> Tensor {
    let logits = output(features)
    return logits.selected(1, 1) - logits.selected(1, 0)
  }

  /// [-1, 1] to the [0, 1] that the networks see.
  private static func unit(_ images: Tensor) -> Tensor { images * 0.5 + 0.5 }
}

extension SettingRule<[Int]> {
  /// `discriminatorWidths` of both systems.
  static var coupledWidths: Self {
    widths("discriminators: channels of two convolutions, features", count: 3)
  }
}

/// The numbers of both systems.
protocol CoupledConfig: RecipeConfig {
  var latentSize: Int { get }
  var generatorWidth: Int { get }
  var discriminatorWidths: [Int] { get }
  var learningRate: Double { get }
  var beta1: Double { get }
  var weightDecay: Double { get }
  var ema: Double { get }
}

extension CoupledConfig {
  /// Squares that hold the discriminator's kernels, and reasonable widths.
  var needs: DataNeeds {
    DataNeeds.squares(from: 16).doubling(["generatorWidth": generatorWidth])
  }
}

/// Networks and optimizers of a pair of GANs at their initial values: Glorot's rule for rectifiers, biases
/// of 0.1.
struct CoupledPlayers {
  let generator: Averaged<CoupledGenerator>
  let discriminator: CoupledDiscriminator
  let generatorOptimizer, discriminatorOptimizer: Adam

  init(_ config: some CoupledConfig, classes: Int = 0, _ data: DataShape, on device: Device) {
    func placed<M: Module>(_ network: M) -> M {
      network.initialized(.xavierUniform(gain: 2.0.squareRoot()), bias: 0.1).placed(on: device)
    }
    func adam(_ network: some Module) -> Adam {
      Adam(
        network, rate: config.learningRate, beta1: config.beta1, weightDecay: config.weightDecay)
    }
    generator = Averaged(decay: config.ema) {
      placed(CoupledGenerator(latent: config.latentSize, width: config.generatorWidth, data))
    }
    discriminator = placed(
      CoupledDiscriminator(widths: config.discriminatorWidths, classes: classes, data))
    generatorOptimizer = adam(generator.trained)
    discriminatorOptimizer = adam(discriminator)
  }
}

/// What both systems are made of, and what they do alike.
protocol CoupledGAN: CoupledRecipe {
  var generator: Averaged<CoupledGenerator> { get }
  var discriminator: CoupledDiscriminator { get }
  var generatorOptimizer: Adam { get }
}

extension CoupledGAN {
  /// What the discriminators make of a batch and of as many generated pairs, in one pass.
  func looked(at a: Tensor, _ b: Tensor) -> CoupledFeatures {
    let fake = withoutGradients { generator.trained(prior.sample(like: a)) }
    return CoupledFeatures(
      discriminator.features(.concatenated([a, fake.a]), .concatenated([b, fake.b])))
  }

  /// The logistic loss of what is real and generated, the mean of both domains.
  func adversarialLoss(_ seen: CoupledFeatures) -> Tensor {
    AdversarialLoss.nonSaturating().discriminator(
      real: discriminator.realness(of: seen.real.flattened(from: 0, to: 1)),
      fake: discriminator.realness(of: seen.fake.flattened(from: 0, to: 1)))
  }

  /// One update of both generators with noise of its own.
  func updateGenerator(like batch: Tensor) -> Tensor {
    let pairs = generator.trained(prior.sample(like: batch))
    let features = discriminator.features(pairs.a, pairs.b)
    let loss = generatorOptimizer.minimize(
      AdversarialLoss.nonSaturating().generator(fake: discriminator.realness(of: features)))
    generator.update()
    return loss
  }

  /// Images of both domains of the same noise.
  public func generatePairs(_ latent: Tensor) -> (a: Tensor, b: Tensor) {
    generator.inUse(latent)
  }
}

/// The features of real and generated images, of the first domain and of the second: `[2, N, F]` each.
struct CoupledFeatures {
  let real, fake: Tensor

  /// - Parameter features: `[4·N, F]`: of N real and N generated images of the first domain, then of the
  ///   second.
  init(_ features: Tensor) {
    let parts = features.reshaped(to: [2, 2, features.size(0) / 4, -1])
    (real, fake) = (parts.selected(1, 0), parts.selected(1, 1))
  }
}
