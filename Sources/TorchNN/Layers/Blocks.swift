import Torch

/// Self-attention over pixels (Zhang et al. 2019, section 3): `[N, C, H, W]`, same shape out,
/// γ·attention + input with γ learned from 0. As in the authors' code every pixel attends to the largest
/// of 2x2 keys and values, which takes a quarter of the products.
public struct SelfAttention: Layer {
  private let query: any Layer
  private let key: any Layer
  private let value: any Layer
  private let output: any Layer
  private let gamma: Parameter

  /// Query and key have `channels / 8` channels, the value `channels / 2`; `spectral` divides every
  /// kernel by its largest singular value.
  public init(_ channels: Int, spectral: Bool = false) {
    let (few, half) = (max(channels / 8, 1), max(channels / 2, 1))
    query = convolution(channels, few, kernel: 1, bias: false, spectral)
    key = convolution(channels, few, kernel: 1, bias: false, spectral)
    value = convolution(channels, half, kernel: 1, bias: false, spectral)
    output = convolution(half, channels, kernel: 1, bias: false, spectral)
    gamma = Parameter(.zeros([]))
  }

  /// Same shape; H and W at least 2.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    // Channels lie innermost, so that rows of pixels are no copies.
    func pixels(_ map: Tensor) -> Tensor { map.permuted(0, 2, 3, 1).flattened(from: 1, to: 2) }
    let keys = pixels(key(input).maxPooled(2))
    let scores = pixels(query(input)).matmul(keys.transposed(1, 2))  // [N, from, to]
    let attended = scores.softmax(axis: 2).matmul(pixels(value(input).maxPooled(2)))
    let (height, width) = (input.size(2), input.size(3))
    let map = attended.reshaped(to: [input.size(0), height, width, -1]).permuted(0, 3, 1, 2)
    return gamma.value * output(map) + input
  }
}

/// A generator's residual block that doubles the size (Gulrajani et al. 2017, appendix F):
/// BN-ReLU-up-conv-BN-ReLU-conv beside up-1x1, `[N, in, H, W] -> [N, out, 2H, 2W]`; with classes the
/// gain and offset of its normalisations are the label's own (Miyato and Koyama 2018, figure 14).
public struct UpBlock: LabelableLayer {
  private let norm1: LabelNorm
  private let conv1: any Layer
  private let norm2: LabelNorm
  private let conv2: any Layer
  private let shortcut: any Layer

  /// A block for `classes` classes; 0 makes it unconditional. `spectral` divides every kernel by its
  /// largest singular value.
  public init(_ inputs: Int, _ outputs: Int, classes: Int = 0, spectral: Bool = false) {
    norm1 = LabelNorm(inputs, classes: classes)
    conv1 = doubledConvolution(inputs, outputs, spectral)
    norm2 = LabelNorm(outputs, classes: classes)
    conv2 = convolution(outputs, outputs, kernel: 3, spectral)
    shortcut = convolution(inputs, outputs, kernel: 1, spectral)
  }

  /// `[N, in, H, W] -> [N, out, 2H, 2W]`. The 1x1 shortcut commutes with doubling, so it runs at
  /// the low resolution.
  public func callAsFunction(_ input: Tensor, labels: Tensor?) -> Tensor {
    let hidden = conv1(norm1(input, labels: labels, then: .relu))
    let residual = conv2(norm2(hidden, labels: labels, then: .relu))
    let (height, width) = (residual.size(2), residual.size(3))
    return residual + shortcut(input).resized(height: height, width: width, by: .nearest)
  }
}

/// A critic's residual block that halves the size (Gulrajani et al. 2017, appendix F):
/// ReLU-conv-ReLU-conv-pool beside 1x1-pool, `[N, in, H, W] -> [N, out, H/2, W/2]`.
public struct DownBlock: Layer {
  private let conv1: any Layer
  private let conv2: any Layer
  private let shortcut: any Layer

  /// The block; `spectral` divides every kernel by its largest singular value.
  ///
  /// - Parameter hidden: channels between the 3x3 convolutions; `nil` takes those of the input.
  public init(_ inputs: Int, _ outputs: Int, hidden: Int? = nil, spectral: Bool = false) {
    let hidden = hidden ?? inputs
    conv1 = convolution(inputs, hidden, kernel: 3, spectral)
    conv2 = pooledConvolution(hidden, outputs, spectral)
    shortcut = convolution(inputs, outputs, kernel: 1, spectral)
  }

  /// `[N, in, H, W] -> [N, out, H/2, W/2]`. The 1x1 shortcut commutes with averaging.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    conv2(conv1(input.relu()).overwritten(by: .relu)) + shortcut(input.averagePooled(2))
  }
}

/// The first block of a critic, which sees pixels and so starts without a ReLU:
/// conv-ReLU-conv-pool beside pool-1x1, `[N, in, H, W] -> [N, out, H/2, W/2]`.
public struct FirstDownBlock: Layer {
  private let conv1: any Layer
  private let conv2: any Layer
  private let shortcut: any Layer

  /// The block; `spectral` divides every kernel by its largest singular value.
  public init(_ inputs: Int, _ outputs: Int, spectral: Bool = false) {
    conv1 = convolution(inputs, outputs, kernel: 3, spectral)
    conv2 = pooledConvolution(outputs, outputs, spectral)
    shortcut = convolution(inputs, outputs, kernel: 1, spectral)
  }

  /// `[N, in, H, W] -> [N, out, H/2, W/2]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    conv2(conv1(input).overwritten(by: .relu)) + shortcut(input.averagePooled(2))
  }
}

/// A residual block of constant size without normalisation: ReLU-conv-ReLU-conv beside the
/// identity, `[N, C, H, W]`, same shape out.
public struct PlainBlock: Layer {
  private let conv1: any Layer
  private let conv2: any Layer

  /// The block; `spectral` divides every kernel by its largest singular value.
  public init(_ channels: Int, spectral: Bool = false) {
    conv1 = convolution(channels, channels, kernel: 3, spectral)
    conv2 = convolution(channels, channels, kernel: 3, spectral)
  }

  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input + conv2(conv1(input.relu()).overwritten(by: .relu))
  }
}

/// A convolution of constant size.
private func convolution(
  _ inputs: Int, _ outputs: Int, kernel: Int, bias: Bool = true, _ spectral: Bool
) -> any Layer {
  let padding = kernel / 2
  return spectral
    ? SpectralConv2d(inputs, outputs, kernel: kernel, padding: padding, bias: bias)
    : Conv2d(inputs, outputs, kernel: kernel, padding: padding, bias: bias)
}

/// A 3x3 convolution and 2x2 averages.
private func pooledConvolution(_ inputs: Int, _ outputs: Int, _ spectral: Bool) -> any Layer {
  spectral ? SpectralConvPool2d(inputs, outputs) : ConvPool2d(inputs, outputs)
}

/// Doubling and a 3x3 convolution.
private func doubledConvolution(_ inputs: Int, _ outputs: Int, _ spectral: Bool) -> any Layer {
  spectral ? SpectralUpsampleConv2d(inputs, outputs) : UpsampleConv2d(inputs, outputs)
}
