import Torch

// Layers whose weight is a function of what is trained: an equalised learning rate.

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
