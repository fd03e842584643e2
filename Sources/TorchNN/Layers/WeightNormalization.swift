import Torch

// Layers whose weight is a direction, normalised, times a gain.

/// How a weight is normalised: g · v / √(share · ‖v‖² + ε), one norm for each output.
private struct WeightNormalization {
  /// The axes that a norm goes over, all but the outputs'.
  let axes: [Int]
  /// 0 in Salimans and Kingma 2016.
  let epsilon: Double
  /// How much of the kernel one place of the output sees.
  var share = 1.0

  func callAsFunction(_ direction: Tensor, _ gain: Tensor?) -> Tensor {
    if let gain, epsilon == 0, share == 1, axes == Array(1..<direction.rank) {
      return direction.weightNormalized(gain)
    }
    let norm = direction.norm(axes: axes, keepingDimensions: true)
    let length = epsilon == 0 && share == 1 ? norm : (norm.squared() * share + epsilon).sqrt()
    return direction * (gain.map { $0 / length } ?? length.reciprocal())
  }
}

private func perOutputNorm(_ weight: Tensor) -> Tensor {
  weight.norm(axes: Array(1..<weight.rank), keepingDimensions: true)
}

/// The gain g of a layer with weight normalisation, one number for each output.
public enum WeightNormGain: Sendable {
  /// Trained, at first the norm of the weight, so that the layer starts as one without.
  case norm
  /// Trained, at first 1.
  case one
  /// What ``WeightNormLinear/settle(on:)`` sets it to, at first 1; not trained.
  case settled
  /// There is none, every output's weights have norm 1: "strict" in Xiang and Li 2017.
  case none

  /// - Parameter norm: that of each output's weights.
  fileprivate func leaf(_ norm: Tensor) -> (any TensorLeaf)? {
    switch self {
    case .norm: Parameter(norm)
    case .one: Parameter(.ones(norm.shape))
    case .settled: Buffer(.ones(norm.shape))
    case .none: nil
    }
  }
}

/// ``Linear`` with weight normalisation: `[..., in] -> [..., out]`.
public struct WeightNormLinear: Layer {
  private let weightG: (any TensorLeaf)?
  private let weightV: Parameter
  private let bias: Parameter?
  private let normalization: WeightNormalization

  /// The direction starts as ``Linear``'s weight.
  ///
  /// - Parameter epsilon: added to the square of a norm.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, weights: Initializer = .standard,
    gain: WeightNormGain = .norm, epsilon: Double = 0
  ) {
    let linear = Linear(inputs, outputs, bias: bias, weights: weights)
    weightG = gain.leaf(perOutputNorm(linear.weight.value.detached()))
    (weightV, self.bias) = (linear.weight, linear.bias)
    normalization = WeightNormalization(axes: [1], epsilon: epsilon)
  }

  /// `[..., in] -> [..., out]`.
  public func callAsFunction(_ input: Tensor) -> Tensor { prepared()(input) }

  /// This layer with its weight computed now, for all passes between two updates.
  public func prepared() -> (Tensor) -> Tensor {
    let (weight, bias) = (normalization(weightV.value, weightG?.value), bias?.value)
    return { $0.linear(weight, bias: bias) }
  }

  /// Sets gain and bias so that every output has mean 0 and deviation 1 over `input` `[N, in]`
  /// (Salimans and Kingma 2016, section 3), and returns those outputs.
  @discardableResult
  public func settle(on input: Tensor) -> Tensor {
    withoutGradients {
      let outputs = input.linear(weightV.value / perOutputNorm(weightV.value)).atLeastFloat32()
      let mean = outputs.mean(axes: [0])
      let scale = ((outputs - mean).squared().mean(axes: [0]) + 1e-10).reciprocalSqrt()
      weightG?.assign(scale.reshaped(to: [-1, 1]))
      bias?.assign(-mean * scale)
      return (outputs - mean) * scale
    }
  }
}

/// ``Conv2d`` with weight normalisation: `[N, in, H, W] -> [N, out, H', W']`.
public struct WeightNormConv2d: Layer {
  private let weightG: (any TensorLeaf)?
  private let weightV: Parameter
  private let bias: Parameter?
  private let normalization: WeightNormalization
  private let geometry: ConvGeometry

  /// The kernel starts as ``Conv2d``'s, the bias at 0.
  ///
  /// - Parameter epsilon: added to the square of a norm.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    bias: Bool = true, weights: Initializer = .standard, gain: WeightNormGain = .norm,
    epsilon: Double = 0
  ) {
    weightV = Parameter(weights([outputs, inputs, kernel, kernel]))
    weightG = gain.leaf(perOutputNorm(weightV.value.detached()))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
    normalization = WeightNormalization(axes: [1, 2, 3], epsilon: epsilon)
    geometry = ConvGeometry(stride: stride, padding: padding)
  }

  /// `[N, in, H, W] -> [N, out, H', W']`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    geometry.convolve(input, normalization(weightV.value, weightG?.value), bias?.value)
  }
}

/// ``ConvTranspose2d`` with weight normalisation: `[N, in, H, W] -> [N, out, H', W']`. A place of the
/// output sees a share of 1 / stride² of the kernel, and so much counts of the squares of its norm
/// (Xiang and Li 2017).
public struct WeightNormConvTranspose2d: Layer {
  private let weightG: (any TensorLeaf)?
  private let weightV: Parameter
  private let bias: Parameter?
  private let normalization: WeightNormalization
  private let geometry: ConvGeometry

  /// The kernel starts as ``ConvTranspose2d``'s, the bias at 0.
  ///
  /// - Parameter epsilon: added to the square of a norm.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    bias: Bool = true, weights: Initializer = .standard, gain: WeightNormGain = .norm,
    epsilon: Double = 0
  ) {
    weightV = Parameter(weights([inputs, outputs, kernel, kernel]))
    let axes = [0, 2, 3]
    weightG = gain.leaf(weightV.value.detached().norm(axes: axes, keepingDimensions: true))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
    normalization = WeightNormalization(
      axes: axes, epsilon: epsilon, share: 1 / Double(stride * stride))
    geometry = ConvGeometry(stride: stride, padding: padding)
  }

  /// `[N, in, H, W] -> [N, out, (H - 1)·stride - 2·padding + k, ...]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.convTranspose2d(
      normalization(weightV.value, weightG?.value), bias: bias?.value, stride: geometry.stride,
      padding: geometry.padding)
  }
}
