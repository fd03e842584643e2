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
    let kernel = spread(weight, taps: doublingTaps).transposed(0, 1)
    return convTranspose2d(kernel, bias: bias, stride: 2, padding: 1)
  }

  /// 2x2 averages of `conv2d(weight, padding: 1)`; `weight` is `[out, in, 3, 3]`.
  public func pooledConv2d(_ weight: Tensor, bias: Tensor?) -> Tensor {
    conv2d(spread(weight, taps: averagingTaps), bias: bias, stride: 2, padding: 1)
  }
}

/// Row t: which 3x3 taps the transposed 4x4 kernel's tap t adds up.
private let doublingTaps: [Float] = [0, 0, 1, 0, 1, 1, 1, 1, 0, 1, 0, 0]

/// Row t: which 3x3 taps the strided 4x4 kernel's tap t adds up, with the mean's 1/2 per axis.
private let averagingTaps: [Float] = [0.5, 0, 0, 0.5, 0.5, 0, 0, 0.5, 0.5, 0, 0, 0.5]

/// `[out, in, 3, 3] -> [out, in, 4, 4]` by the same 4x3 matrix along both axes.
private func spread(_ weight: Tensor, taps: [Float]) -> Tensor {
  let matrix = Tensor(taps, shape: [4, 3]).moved(to: weight.device).cast(to: weight.dtype)
  let (outputs, inputs) = (weight.size(0), weight.size(1))
  let both = kroneckerSquare(matrix)
  return weight.contiguous().reshaped(to: [outputs * inputs, 9]).matmul(both.transposed())
    .reshaped(to: [outputs, inputs, 4, 4])
}

/// The 16x9 matrix that applies `matrix` along rows and columns at once.
private func kroneckerSquare(_ matrix: Tensor) -> Tensor {
  (matrix.reshaped(to: [4, 1, 3, 1]) * matrix.reshaped(to: [1, 4, 1, 3])).reshaped(to: [16, 9])
}
