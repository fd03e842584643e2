import GANKit
import Torch
import TorchNN

/// Noise `[N, latent]` and labels `[N]` to images `[N, C, H, W]` in [-1, 1].
enum CGANGenerator: Module {
  case mlp(EmbeddedNetwork)
  case maxout(MaxoutGenerator)

  init(_ config: CGAN.Config, _ data: DataShape) {
    switch config.architecture {
    case .mlp:
      let body = mlpGenerator(
        inputs: config.latentSize + data.classes, widths: config.generatorWidths,
        shape: data.imageShape)
      self = .mlp(EmbeddedNetwork(classes: data.classes, body: body))
    case .maxout: self = .maxout(MaxoutGenerator(config, data).initialized(.uniform(bound: 0.05)))
    }
  }

  var children: [(name: String, node: ModuleNode)] {
    switch self {
    case .mlp(let network): network.children
    case .maxout(let network): network.children
    }
  }

  func callAsFunction(_ latent: Tensor, labels: Tensor) -> Tensor {
    switch self {
    case .mlp(let network): network(latent, labels: labels)
    case .maxout(let network): network(latent, labels: labels)
    }
  }
}

/// Images `[N, C, H, W]` and labels `[N]` to logits `[N]`.
enum CGANDiscriminator: ConditionalLayer {
  case mlp(EmbeddedNetwork)
  case maxout(MaxoutDiscriminator)

  init(_ config: CGAN.Config, _ data: DataShape) {
    switch config.architecture {
    case .mlp:
      let body = mlpJudge(
        inputs: data.elementCount + data.classes, widths: config.discriminatorWidths)
      self = .mlp(EmbeddedNetwork(classes: data.classes, body: Sequential(body)))
    case .maxout:
      self = .maxout(MaxoutDiscriminator(config, data).initialized(.uniform(bound: 0.005)))
    }
  }

  var children: [(name: String, node: ModuleNode)] {
    switch self {
    case .mlp(let network): network.children
    case .maxout(let network): network.children
    }
  }

  func callAsFunction(_ images: Tensor, labels: Tensor) -> Tensor {
    switch self {
    case .mlp(let network): network(images, labels: labels)
    case .maxout(let network): network(images, labels: labels)
    }
  }
}

/// A network that sees its input, flattened, beside a learned vector for the label.
struct EmbeddedNetwork: Module {
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
struct MaxoutGenerator: Module {
  let noise: Linear
  let label: Linear
  let joint: Linear
  let output: Linear
  private let dropout = Dropout(0.5)
  private let data: DataShape

  init(_ config: CGAN.Config, _ data: DataShape) {
    let widths = config.generatorWidths
    noise = Linear(config.latentSize, widths[0])
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
struct MaxoutDiscriminator: Module {
  let image: Maxout
  let label: Maxout
  let joint: Maxout
  let output: Linear
  private let dropout = Dropout(0.5)
  private let classes: Int

  init(_ config: CGAN.Config, _ data: DataShape) {
    let widths = config.discriminatorWidths
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
