import GANKit
import Torch
import TorchNN

/// Conditional GAN (Mirza and Osindero 2014).
public struct CGAN: GenerativeRecipe, UniformRecipe {
  /// What may be changed; where the defaults are not the paper's, the card says so.
  public struct Config: RecipeConfig {
    @Setting(.mlpArchitecture) public var architecture = MLPArchitecture.mlp
    @Setting(.latentSize("N(0, 1); maxout: uniform on [0, 1)")) public var latentSize = 100
    @Setting(.widths("hidden layers of the generator; maxout: of noise, label and both"))
    public var generatorWidths = mlpWidths.generator
    @Setting(.widths("hidden layers of the discriminator; maxout: of image, label and both"))
    public var discriminatorWidths = mlpWidths.discriminator
    @Setting(.mlpRate) public var learningRate = 2e-4
    @Setting(.beta1) public var beta1 = 0.5
    @Setting(.ema) public var ema = 0.0

    /// The default values.
    public init() {}

    /// The values that go with this architecture.
    public var defaults: Config {
      var config = Config()
      config.architecture = architecture
      guard architecture == .maxout else { return config }
      (config.generatorWidths, config.discriminatorWidths) = ([200, 1000, 1200], [240, 50, 240])
      config.learningRate = 0.1
      return config
    }

    /// The networks of 2014 have three hidden layers of given places.
    public func checkTogether() throws {
      guard architecture == .maxout else { return }
      for (field, widths) in [
        ("generatorWidths", generatorWidths), ("discriminatorWidths", discriminatorWidths),
      ] {
        try ConfigError.check(widths.count == 3, field, widths.count, "three widths for maxout")
      }
    }
  }

  /// What the system is.
  public static let card = RecipeCard(
    name: "cgan", title: "CGAN",
    summary: "Generator and discriminator are told the class.",
    paper: "Mirza, Osindero. Conditional Generative Adversarial Nets. 2014, arXiv:1411.1784",
    deviations: [
      "the default networks and Adam are today's; --preset paper gives those of 2014",
      "both players use the same noise in a step",
      "images lie in [-1, 1], so the sigmoid output of 2014 becomes 2·sigmoid - 1",
      "maxout: the paper names neither initial values nor the momentum's course: those of GAN",
      "maxout: the discriminator's loss is the whole sum; GAN's authors take half of it",
    ])

  /// The distribution of the noise.
  public let prior: LatentPrior
  /// The classes of the data.
  public let classCount: Int
  let generator: Averaged<LabeledNetwork>
  let discriminator: LabeledNetwork
  let generatorOptimizer, discriminatorOptimizer: any Optimizer
  private let loss = AdversarialLoss.nonSaturating()

  /// Networks and optimizers at their initial values.
  public init(_ config: Config, for run: RunShape, on device: Device) {
    switch config.architecture {
    case .mlp: prior = .normal(config.latentSize)
    case .maxout: prior = .uniform(config.latentSize, low: 0, high: 1)
    }
    classCount = run.data.classes
    generator = Averaged(decay: config.ema) { config.generator(for: run.data).placed(on: device) }
    discriminator = config.discriminator(for: run.data).placed(on: device)
    generatorOptimizer = config.optimizer(generator.trained, run)
    discriminatorOptimizer = config.optimizer(discriminator, run)
  }

  /// Any images.
  public static func needs(_ config: Config) -> DataNeeds {
    config.architecture == .mlp ? .mlpGenerator(widths: config.generatorWidths) : .none
  }

  /// For maxout the minibatches of 2014, and the 250 passes in which the momentum rises.
  public static func defaults(for config: Config) -> RunDefaults { config.architecture.run }

  /// One update of the discriminator, then one of the generator.
  public mutating func step(_ batch: LabeledBatch) -> StepReport {
    let labels = batch.labels
    let fake = generator.trained(prior.sample(like: batch.images), labels: labels)
    let twice = Tensor.concatenated([labels, labels])
    let lossD = discriminatorOptimizer.minimize(
      loss.discriminator(inOnePass: batch.images, fake.detached()) {
        discriminator($0, labels: twice)
      })
    let lossG = generatorOptimizer.minimize(
      loss.generator(fake: discriminator(fake, labels: labels)))
    generator.update()
    return ["loss/D": lossD, "loss/G": lossG]
  }

  /// `[N, latent]`, labels `[N]` -> `[N, C, H, W]` in [-1, 1].
  public func generate(_ latent: Tensor, labels: Tensor?) -> Tensor {
    generator.inUse(latent, labels: labels)
  }
}

// MARK: - Networks

extension CGAN.Config {
  /// Noise `[N, latent]` and labels `[N]` to images `[N, C, H, W]` in [-1, 1].
  fileprivate func generator(for data: DataShape) -> LabeledNetwork {
    switch architecture {
    case .mlp:
      let body = mlpGenerator(
        inputs: latentSize + data.classes, widths: generatorWidths, shape: data.imageShape)
      return LabeledNetwork(conditional: EmbeddedNetwork(classes: data.classes, body: body))
    case .maxout:
      let network = MaxoutGenerator(latent: latentSize, widths: generatorWidths, data)
      return LabeledNetwork(conditional: network.initialized(.uniform(bound: 0.05)))
    }
  }

  /// Images `[N, C, H, W]` and labels `[N]` to logits `[N]`.
  fileprivate func discriminator(for data: DataShape) -> LabeledNetwork {
    switch architecture {
    case .mlp:
      let body = mlpJudge(inputs: data.elementCount + data.classes, widths: discriminatorWidths)
      return LabeledNetwork(
        conditional: EmbeddedNetwork(classes: data.classes, body: Sequential(body)))
    case .maxout:
      let network = MaxoutDiscriminator(widths: discriminatorWidths, data)
      return LabeledNetwork(conditional: network.initialized(.uniform(bound: 0.005)))
    }
  }

  fileprivate func optimizer(_ network: LabeledNetwork, _ run: RunShape) -> any Optimizer {
    switch architecture {
    case .mlp: Adam(network, rate: learningRate, beta1: beta1)
    case .maxout: goodfellowDescent(network, rate: learningRate, decay: 1.00004, run)
    }
  }
}

/// A network that sees its input, flattened, beside a learned vector for the label.
private struct EmbeddedNetwork: ConditionalLayer {
  let embedding: Embedding
  let body: Sequential

  init(classes: Int, body: Sequential) {
    embedding = Embedding(classes, classes)
    self.body = body
  }

  func callAsFunction(_ input: Tensor, labels: Tensor) -> Tensor {
    body(.concatenated([input.flattened(from: 1), embedding(labels)], axis: 1))
  }
}

/// The generator of 2014 (Mirza and Osindero, section 4.1): noise and one-hot label through ReLU
/// layers of their own, then together.
private struct MaxoutGenerator: ConditionalLayer {
  let noise, label, joint, output: Linear
  private let dropout = Dropout(0.5)
  private let data: DataShape

  init(latent: Int, widths: [Int], _ data: DataShape) {
    noise = Linear(latent, widths[0])
    label = Linear(data.classes, widths[1])
    joint = Linear(widths[0] + widths[1], widths[2])
    output = Linear(widths[2], data.elementCount)
    self.data = data
  }

  func callAsFunction(_ latent: Tensor, labels: Tensor) -> Tensor {
    let oneHot = labels.oneHot(classes: data.classes)
    let parts = Tensor.concatenated([noise(latent).relu(), label(oneHot).relu()], axis: 1)
    let pixels = SignedSigmoid()(output(dropout(joint(parts).relu())))
    return pixels.reshaped(to: [-1] + data.imageShape)
  }
}

/// The discriminator of 2014 (Mirza and Osindero, section 4.1): maxout layers for image and label,
/// then for both.
private struct MaxoutDiscriminator: ConditionalLayer {
  let image, label, joint: Maxout
  let output: Linear
  private let dropout = Dropout(0.5)
  private let classes: Int

  init(widths: [Int], _ data: DataShape) {
    image = Maxout(data.elementCount, widths[0], pieces: 5)
    label = Maxout(data.classes, widths[1], pieces: 5)
    joint = Maxout(widths[0] + widths[1], widths[2], pieces: 4)
    output = Linear(widths[2], 1)
    classes = data.classes
  }

  func callAsFunction(_ images: Tensor, labels: Tensor) -> Tensor {
    let oneHot = labels.oneHot(classes: classes)
    let parts = Tensor.concatenated([image(images.flattened(from: 1)), label(oneHot)], axis: 1)
    return output(dropout(joint(dropout(parts)))).flattened()
  }
}
