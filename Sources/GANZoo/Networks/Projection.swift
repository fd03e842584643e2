import GANKit
import Torch
import TorchNN

/// ``ResNetGenerator`` with batch normalisation that depends on the label (Miyato and Koyama 2018,
/// figure 14); the last one does not. Without classes it is that network.
struct ConditionalResNetGenerator: Module {
  let project: Linear
  let blocks: [ConditionalUpBlock]
  let norm: BatchNorm
  let output: Conv2d
  private let width: Int

  /// A network for `classes` classes; 0 makes it unconditional.
  init(latent: Int, width: Int, channels: Int, size: Int, classes: Int) {
    project = Linear(latent, width * 16)
    blocks = (0..<doublings(from: 4, to: size)).map { _ in ConditionalUpBlock(width, classes) }
    norm = BatchNorm(width)
    output = Conv2d(width, channels, kernel: 3, padding: 1)
    self.width = width
    drawInitialValues(of: self, blocks: blocks)
  }

  /// `[N, latent]`, labels `[N]` -> `[N, C, size, size]` in [-1, 1].
  func callAsFunction(_ latent: Tensor, labels: Tensor?) -> Tensor {
    var maps = project(latent).reshaped(to: [-1, width, 4, 4]).contiguous(.channelsLast)
    for block in blocks { maps = block(maps, labels: labels) }
    return output(norm(maps).relu()).tanh()
  }
}

/// `UpBlock` with batch normalisation that may depend on the label:
/// `[N, C, H, W] -> [N, C, 2H, 2W]`.
struct ConditionalUpBlock: Module {
  let norm1: LabelNorm
  let conv1: UpsampleConv2d
  let norm2: LabelNorm
  let conv2: Conv2d
  let shortcut: Conv2d

  init(_ channels: Int, _ classes: Int) {
    norm1 = LabelNorm(channels, classes: classes)
    conv1 = UpsampleConv2d(channels, channels)
    norm2 = LabelNorm(channels, classes: classes)
    conv2 = Conv2d(channels, channels, kernel: 3, padding: 1)
    shortcut = Conv2d(channels, channels, kernel: 1)
  }

  /// The 1x1 shortcut commutes with doubling, so it runs at the low resolution.
  func callAsFunction(_ input: Tensor, labels: Tensor?) -> Tensor {
    let hidden = conv1(norm1(input, labels: labels).relu())
    let residual = conv2(norm2(hidden, labels: labels).relu())
    let (height, width) = (residual.size(2), residual.size(3))
    return residual + shortcut(input).resized(height: height, width: width, by: .nearest)
  }
}

/// Batch normalisation, with gain and offset of the label's own where there are classes.
enum LabelNorm: Module {
  case plain(BatchNorm)
  case conditional(ConditionalBatchNorm)

  init(_ channels: Int, classes: Int) {
    self =
      classes == 0
      ? .plain(BatchNorm(channels)) : .conditional(ConditionalBatchNorm(channels, classes: classes))
  }

  var children: [(name: String, node: ModuleNode)] {
    switch self {
    case .plain(let norm): norm.children
    case .conditional(let norm): norm.children
    }
  }

  func callAsFunction(_ input: Tensor, labels: Tensor?) -> Tensor {
    switch self {
    case .plain(let norm): norm(input)
    case .conditional(let norm): norm(input, labels: required(labels))
    }
  }
}

/// The residual discriminator for small photos (Miyato et al. 2018, table 4b), every layer
/// spectrally normalised, features summed over pixels; with classes the projection of the label is
/// added (Miyato and Koyama 2018, equation 4): w·h + e(y)·h.
struct ProjectionDiscriminator: Module {
  let first: FirstDownBlock
  let blocks: [any Layer]
  let output: SpectralLinear
  let embedding: SpectralEmbedding?

  /// A network for `classes` classes; 0 makes it unconditional.
  init(width: Int, channels: Int, classes: Int) {
    first = FirstDownBlock(channels, width, spectral: true)
    blocks = [
      DownBlock(width, width, spectral: true), PlainBlock(width, spectral: true),
      PlainBlock(width, spectral: true),
    ]
    output = SpectralLinear(width, 1, bias: false)
    embedding = classes == 0 ? nil : SpectralEmbedding(classes, width, weights: .xavierUniform())
    drawInitialValues(of: self, blocks: [first] + blocks)
  }

  /// `[N, C, H, W]`, labels `[N]` -> `[N]`.
  func callAsFunction(_ images: Tensor, labels: Tensor?) -> Tensor {
    var maps = first(images)
    for block in blocks { maps = block(maps) }
    let features = maps.relu().sum(axes: [2, 3])
    let plain = output(features).flattened()
    guard let embedding else { return plain }
    return plain + (embedding(required(labels)) * features).sum(axes: [1])
  }
}

/// A conditional network cannot do without labels.
private func required(_ labels: Tensor?) -> Tensor {
  guard let labels else { preconditionFailure("a conditional network needs labels") }
  return labels
}
