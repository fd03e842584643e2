import Torch

/// Two-dimensional cross-correlation: `[N, in, H, W] -> [N, out, H', W']`.
public struct Conv2d: Layer, WeightLayer {
  /// `[out, in / groups, k, k]`.
  public let weight: Parameter
  /// `[out]`.
  public let bias: Parameter?
  private let geometry: ConvGeometry

  /// Weight and bias uniform within ±1/√fan-in unless `weights` says otherwise.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true, weights: Initializer = .standard
  ) {
    let shape = [outputs, inputs / groups, kernel, kernel]
    weight = Parameter(weights(shape))
    self.bias = bias ? Parameter(standardBias(outputs, kernelShape: shape)) : nil
    geometry = ConvGeometry(stride: stride, padding: padding, dilation: dilation, groups: groups)
  }

  /// `[N, in, H, W] -> [N, out, H', W']`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    geometry.convolve(input, weight.value, bias?.value)
  }
}

/// The numbers of a convolution that are not learned.
struct ConvGeometry {
  var stride = 1
  var padding = 0
  var dilation = 1
  var groups = 1

  func convolve(_ input: Tensor, _ weight: Tensor, _ bias: Tensor?) -> Tensor {
    input.conv2d(
      weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }
}

/// PyTorch's initial bias: uniform within ±1/√fan-in of the kernel.
func standardBias(_ count: Int, kernelShape: [Int]) -> Tensor {
  let fanIn = Double(kernelShape.dropFirst().reduce(1, *))
  return Initializer.uniform(bound: 1 / fanIn.squareRoot())([count])
}

/// The transpose of a convolution ("deconvolution"): `[N, in, H, W] -> [N, out, H', W']`.
public struct ConvTranspose2d: Layer, WeightLayer {
  /// `[in, out / groups, k, k]`.
  public let weight: Parameter
  /// `[out]`.
  public let bias: Parameter?
  private let geometry: ConvGeometry
  private let outputPadding: Int

  /// Weight and bias uniform within ±1/√(out·k²) unless `weights` says otherwise.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    outputPadding: Int = 0, groups: Int = 1, bias: Bool = true, weights: Initializer = .standard
  ) {
    let shape = [inputs, outputs / groups, kernel, kernel]
    weight = Parameter(weights(shape))
    self.bias = bias ? Parameter(standardBias(outputs, kernelShape: shape)) : nil
    geometry = ConvGeometry(stride: stride, padding: padding, groups: groups)
    self.outputPadding = outputPadding
  }

  /// `[N, in, H, W] -> [N, out, (H - 1)·stride - 2·padding + k + outputPadding, ...]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.convTranspose2d(
      weight.value, bias: bias?.value, stride: geometry.stride, padding: geometry.padding,
      outputPadding: outputPadding, groups: geometry.groups)
  }
}
