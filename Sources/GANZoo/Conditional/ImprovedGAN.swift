import GANKit
import Torch
import TorchNN

/// Semi-supervised learning by feature matching (Salimans et al. 2016, sections 3.1 and 5): the
/// classifier has as many outputs as classes, and the generator matches the mean features of real
/// images. The paper's networks for MNIST, fully connected.
public struct ImprovedGAN: GenerativeRecipe, ClassifyingRecipe {
  /// What may be changed; the defaults are the paper's, for MNIST.
  public struct Config: RecipeConfig {
    @Setting(.latentSize("uniform on [0, 1)")) public var latentSize = 100
    @Setting(.count("units of the generator's two hidden layers")) public var generatorWidth = 500
    @Setting(.widths("hidden layers of the discriminator"))
    public var discriminatorWidths = [1000, 500, 250, 250, 250]
    @Setting(.weight("deviation of the noise on images, which the discriminator sees in [0, 1]"))
    public var inputNoise = 0.3
    @Setting(.weight("deviation of the noise on hidden layers")) public var hiddenNoise = 0.5
    @Setting(.unlabeledWeight) public var unlabeledWeight = 1.0
    @Setting(.learningRate) public var learningRate = 3e-3
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.rate("what Adam adds to its root; keeps a sure classifier still"))
    public var epsilon = 1e-4
    @Setting(.ema) public var ema = 0.0
    @Setting(.fraction("how much of the averaged discriminator, which classifies, an update keeps"))
    public var discriminatorEma = 0.9999

    /// The default values.
    public init() {}
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "improved-gan", title: "Improved GAN",
    summary: "A classifier learns from few labels while the generator matches its features.",
    paper: "Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen. Improved Techniques for Training "
      + "GANs. NeurIPS 2016, arXiv:1606.03498",
    deviations: [
      "Adam's epsilon stands beside the root; the authors' 1e-8 under it",
      "gains are settled on the first minibatch; the authors take 500 images",
      "the average of the classifier's weights starts from the settled ones; the authors' from 0",
      "the generator matches the minibatch that the classifier has just seen; the authors draw another",
    ])

  /// The distribution of the noise.
  public let prior: LatentPrior
  let generator: Averaged<Sequential>
  let discriminator: Averaged<MatchingDiscriminator>
  let generatorOptimizer, discriminatorOptimizer: Adam
  private let unlabeledWeight: Double

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    prior = .uniform(config.latentSize, low: 0, high: 1)
    generator = Averaged(decay: config.ema) {
      matchingGenerator(config, shape: run.data.imageShape).placed(on: device)
    }
    discriminator = Averaged(decay: config.discriminatorEma) {
      MatchingDiscriminator(config, run.data).placed(on: device)
    }
    func adam(_ network: some Module) -> Adam {
      Adam(
        network, rate: config.learningRate, beta1: config.beta1, epsilon: config.epsilon)
    }
    generatorOptimizer = adam(generator.trained)
    discriminatorOptimizer = adam(discriminator.trained)
    unlabeledWeight = config.unlabeledWeight
  }

  /// Any images, and batch statistics.
  public static func needs(_ config: Config) -> DataNeeds { DataNeeds.none.batchStatistics() }

  /// The authors' minibatches, and 300 passes over MNIST.
  public static func defaults(for config: Config) -> RunDefaults {
    RunDefaults(size: 32, batchSize: 100, steps: 180_000)
  }

  /// The first step also settles the weights' scale.
  public var stepKind: Int? { discriminatorOptimizer.updates.value == 0 ? 1 : 0 }

  /// One update of the classifier, then one of the generator; of the classifier alone where images
  /// without labels have no weight. Before the first update, scales and offsets of the classifier are
  /// set by the first images that it learns from.
  public mutating func step(_ batch: PartlyLabeledBatch) -> StepReport {
    if discriminatorOptimizer.updates.value == 0 {
      discriminator.trained.settle(on: unlabeledWeight == 0 ? batch.labeled.images : batch.images)
      discriminator.restart()
    }
    defer { discriminator.update() }
    if unlabeledWeight == 0 { return supervisedStep(batch.labeled) }
    var report = classifierStep(batch)
    let fake = generator.trained(prior.sample(like: batch.images))
    let (judge, target) = withoutGradients {
      let judge = discriminator.trained.prepared()
      return (judge, judge.features(batch.images).atLeastFloat32().mean(axes: [0]))
    }
    report["loss/G"] = generatorOptimizer.minimize(
      (judge.features(fake).atLeastFloat32().mean(axes: [0]) - target).squared().mean())
    generator.update()
    return report
  }

  private func supervisedStep(_ batch: LabeledBatch) -> StepReport {
    let judge = discriminator.trained.prepared()
    let labeled = crossEntropy(logits: judge(batch.images), labels: batch.labels)
    return ["loss/D": discriminatorOptimizer.minimize(labeled)]
  }

  /// D(x) is Z / (Z + 1), Z the sum of all exp(logit); nothing couples the images, so all go through
  /// the classifier in one pass.
  private func classifierStep(_ batch: PartlyLabeledBatch) -> StepReport {
    let fake = withoutGradients { generator.trained(prior.sample(like: batch.images)) }
    let all = Tensor.concatenated([batch.labeled.images, batch.images, fake])
    let logits = discriminator.trained.prepared()(all).atLeastFloat32()
    let (few, both) = (batch.labeled.count, batch.labeled.count + batch.count)
    let labeled = crossEntropy(logits: logits[0..<few], labels: batch.labeled.labels)
    let logZ = logits.logSumExp(axis: 1)
    let onReal = logZ[few..<both].logSigmoid().mean()
    let onFake = (-logZ[both..<logZ.count]).logSigmoid().mean()
    let unlabeled = -0.5 * (onReal + onFake)
    let total = discriminatorOptimizer.minimize(labeled + unlabeledWeight * unlabeled)
    return ["loss/D": total, "loss/labeled": labeled, "loss/unlabeled": unlabeled]
  }

  /// `[N, latent] -> [N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor { generator.inUse(latent) }

  /// Logits `[N, classes]`.
  public func classify(_ images: Tensor) -> Tensor { discriminator.inUse.prepared()(images) }
}

// MARK: - Networks

/// Noise before every layer, weight normalisation, ReLU: images `[N, C, H, W]` in [-1, 1] to logits
/// `[N, classes]`. Gains are trained in the last layer only.
struct MatchingDiscriminator: Module {
  let hidden: [WeightNormLinear]
  let output: WeightNormLinear
  private let inputNoise: GaussianNoise
  private let hiddenNoise: GaussianNoise

  init(_ config: ImprovedGAN.Config, _ data: DataShape) {
    func layer(_ inputs: Int, _ outputs: Int, _ gain: WeightNormGain) -> WeightNormLinear {
      WeightNormLinear(inputs, outputs, weights: .normal(deviation: 0.1), gain: gain)
    }
    let sizes = [data.elementCount] + config.discriminatorWidths
    hidden = zip(sizes, sizes.dropFirst()).map { layer($0, $1, .settled) }
    output = layer(sizes[sizes.count - 1], data.classes, .one)
    inputNoise = GaussianNoise(config.inputNoise)
    hiddenNoise = GaussianNoise(config.hiddenNoise)
  }

  /// Sets scales and offsets so that every layer's outputs for these images have mean 0 and deviation
  /// 1 (Salimans and Kingma 2016, section 3), as the authors do before training.
  func settle(on images: Tensor) {
    withoutGradients {
      var features = flat(images)
      for (index, layer) in hidden.enumerated() {
        features = layer.settle(on: (index == 0 ? inputNoise : hiddenNoise)(features)).relu()
      }
      _ = output.settle(on: hiddenNoise(features))
    }
  }

  /// The network with its weights computed now, for all passes between two updates.
  func prepared() -> Prepared {
    Prepared(
      network: self, hidden: hidden.map { $0.prepared() }, output: output.prepared())
  }

  /// The network as a function of images.
  struct Prepared {
    fileprivate let network: MatchingDiscriminator
    fileprivate let hidden: [(Tensor) -> Tensor]
    fileprivate let output: (Tensor) -> Tensor

    func callAsFunction(_ images: Tensor) -> Tensor {
      output(network.hiddenNoise(features(images)))
    }

    /// The last hidden layer before its noise, `[N, width]`: what feature matching compares.
    func features(_ images: Tensor) -> Tensor {
      var result = network.flat(images)
      for (index, layer) in hidden.enumerated() {
        result = layer((index == 0 ? network.inputNoise : network.hiddenNoise)(result)).relu()
      }
      return result
    }
  }

  /// Pixels in [0, 1], `[N, C·H·W]`: the scale that the noise is meant for.
  private func flat(_ images: Tensor) -> Tensor {
    images.contiguous().flattened(from: 1) * 0.5 + 0.5
  }
}

/// Noise `[N, latent]` to images `[N, C, H, W]` in [-1, 1]; batch normalisation has no gain, as in the
/// authors' code.
private func matchingGenerator(_ config: ImprovedGAN.Config, shape: [Int]) -> Sequential {
  let width = config.generatorWidth
  return Sequential {
    Linear(config.latentSize, width, bias: false, weights: .xavierUniform())
    BatchNorm(width, epsilon: 1e-6, gain: false)
    Softplus()
    Linear(width, width, bias: false, weights: .xavierUniform())
    BatchNorm(width, epsilon: 1e-6, gain: false)
    Softplus()
    WeightNormLinear(width, shape.reduce(1, *), weights: .xavierUniform(), gain: .one)
    SignedSigmoid()
    Unflatten(shape)
  }
}
