import Torch

// Exact rewritings that do less arithmetic. A 3x3 kernel on an image whose pixels are doubled (or
// whose outputs are averaged in pairs) meets every source pixel through sums of neighbouring taps:
// the same map is one 4x4 convolution of stride 2 at 16 instead of 36 multiplications a pixel. The
// sums are linear in the 3x3 kernel, so it stays the parameter. Zero padding only.

/// Nearest-neighbour doubling followed by a 3x3 convolution with padding 1, as one transposed
/// convolution: `[N, in, H, W] -> [N, out, 2H, 2W]`.
public struct UpsampleConv2d: Layer, WeightLayer {
  /// The 3x3 kernel, `[out, in, 3, 3]`.
  public let weight: Parameter
  /// `[out]`.
  public let bias: Parameter?

  /// Initial values as ``Conv2d``'s.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, weights: Initializer = .standard) {
    let conv = Conv2d(inputs, outputs, kernel: 3, padding: 1, bias: bias, weights: weights)
    (weight, self.bias) = (conv.weight, conv.bias)
  }

  /// `[N, in, H, W] -> [N, out, 2H, 2W]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.upsampledConv2d(weight.value, bias: bias?.value)
  }
}

/// A 3x3 convolution with padding 1 followed by 2x2 averages, as one convolution of stride 2:
/// `[N, in, H, W] -> [N, out, H/2, W/2]`, H and W even.
public struct ConvPool2d: Layer, WeightLayer {
  /// The 3x3 kernel, `[out, in, 3, 3]`.
  public let weight: Parameter
  /// `[out]`.
  public let bias: Parameter?

  /// Initial values as ``Conv2d``'s.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, weights: Initializer = .standard) {
    let conv = Conv2d(inputs, outputs, kernel: 3, padding: 1, bias: bias, weights: weights)
    (weight, self.bias) = (conv.weight, conv.bias)
  }

  /// `[N, in, H, W] -> [N, out, H/2, W/2]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.pooledConv2d(weight.value, bias: bias?.value)
  }
}

extension Tensor {
  /// `conv2d(weight, padding: 1)` of the doubled image; `weight` is `[out, in, 3, 3]`.
  public func upsampledConv2d(_ weight: Tensor, bias: Tensor?) -> Tensor {
    convTranspose2d(doublingKernel(weight), bias: bias, stride: 2, padding: 1)
  }

  /// 2x2 averages of `conv2d(weight, padding: 1)`; `weight` is `[out, in, 3, 3]`. Averages of the
  /// kernel's taps make the strided one.
  public func pooledConv2d(_ weight: Tensor, bias: Tensor?) -> Tensor {
    let kernel = weight.averagePooled(2, stride: 1, padding: 1)
    return conv2d(kernel, bias: bias, stride: 2, padding: 1)
  }
}

/// `[out, in, 3, 3] -> [in, out, 4, 4]`: sums of 2x2 neighbouring taps of the kernel turned round,
/// which is how a transposed convolution reads it.
///
/// A transposed convolution is up to twice as fast with a channels-last kernel, so the 3x3 one is
/// brought into that order first: as a matrix transposed at one go, then row by row.
private func doublingKernel(_ weight: Tensor) -> Tensor {
  let (outputs, inputs) = (weight.size(0), weight.size(1))
  let rows = weight.permuted(0, 2, 3, 1).reshaped(to: [outputs, 9 * inputs])
  let taps = rows.transposed().contiguous().reshaped(to: [3, 3, inputs, outputs]).flipped(0, 1)
  return taps.permuted(2, 3, 0, 1).contiguous(.channelsLast)
    .sumPooled(2, stride: 1, padding: 1)
}
