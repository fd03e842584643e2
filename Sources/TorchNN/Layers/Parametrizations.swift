import Foundation
import Torch

// Layers whose weight is a function of what is trained.

/// g · v / ‖v‖ with one norm per output (Salimans and Kingma 2016).
func weightNormalized(_ direction: Tensor, _ gain: Tensor) -> Tensor {
  let axes = Array(1..<direction.rank)
  return direction * (gain / direction.norm(axes: axes, keepingDimensions: true))
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
}

/// ``Linear`` with weight normalisation: `[..., in] -> [..., out]`.
public struct WeightNormLinear: Layer {
  private let weightG: any TensorLeaf
  private let weightV: Parameter
  private let bias: Parameter?

  /// The direction starts as ``Linear``'s weight.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, weights: Initializer = .standard,
    gain: WeightNormGain = .norm
  ) {
    let linear = Linear(inputs, outputs, bias: bias, weights: weights)
    let norm = perOutputNorm(linear.weight.value.detached())
    switch gain {
    case .norm: weightG = Parameter(norm)
    case .one: weightG = Parameter(.ones(norm.shape))
    case .settled: weightG = Buffer(.ones(norm.shape))
    }
    (weightV, self.bias) = (linear.weight, linear.bias)
  }

  /// `[..., in] -> [..., out]`.
  public func callAsFunction(_ input: Tensor) -> Tensor { prepared()(input) }

  /// This layer with its weight computed now, for all passes between two updates.
  public func prepared() -> (Tensor) -> Tensor {
    let (weight, bias) = (weightNormalized(weightV.value, weightG.value), bias?.value)
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
      weightG.assign(scale.reshaped(to: weightG.value.shape))
      bias?.assign(-mean * scale)
      return (outputs - mean) * scale
    }
  }
}

/// ``Conv2d`` with weight normalisation: `[N, in, H, W] -> [N, out, H', W']`.
public struct WeightNormConv2d: Layer {
  private let weightG: Parameter
  private let weightV: Parameter
  private let bias: Parameter?
  private let geometry: ConvGeometry

  /// The kernel starts as ``Conv2d``'s.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    bias: Bool = true, weights: Initializer = .standard
  ) {
    let conv = Conv2d(inputs, outputs, kernel: kernel, bias: bias, weights: weights)
    weightG = Parameter(perOutputNorm(conv.weight.value.detached()))
    (weightV, self.bias) = (conv.weight, conv.bias)
    geometry = ConvGeometry(stride: stride, padding: padding)
  }

  /// `[N, in, H, W] -> [N, out, H', W']`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    geometry.convolve(input, weightNormalized(weightV.value, weightG.value), bias?.value)
  }
}

/// ``Linear`` with an equalised learning rate (Karras et al. 2018, section 4.1): the weight is drawn
/// from N(0, 1) and scaled by gain/√fan-in at run time.
public struct EqualizedLinear: Layer {
  private let weight: Parameter
  private let bias: Parameter?
  private let scale: Double

  /// The bias starts at 0; the gain suits ReLU-like activations.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, gain: Double = 2.0.squareRoot()) {
    weight = Parameter(.randn([outputs, inputs]))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
    scale = gain / Double(inputs).squareRoot()
  }

  /// `[..., in] -> [..., out]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.linear(weight.value * scale, bias: bias?.value)
  }
}

/// ``Conv2d`` with an equalised learning rate (Karras et al. 2018, section 4.1).
public struct EqualizedConv2d: Layer {
  private let weight: Parameter
  private let bias: Parameter?
  private let scale: Double
  private let geometry: ConvGeometry

  /// The bias starts at 0; the gain suits ReLU-like activations.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    bias: Bool = true, gain: Double = 2.0.squareRoot()
  ) {
    weight = Parameter(.randn([outputs, inputs, kernel, kernel]))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
    scale = gain / Double(inputs * kernel * kernel).squareRoot()
    geometry = ConvGeometry(stride: stride, padding: padding)
  }

  /// `[N, in, H, W] -> [N, out, H', W']`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    geometry.convolve(input, weight.value * scale, bias?.value)
  }
}
