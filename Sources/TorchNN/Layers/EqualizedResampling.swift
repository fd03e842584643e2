import Torch

/// ``UpsampleConv2d`` with an equalised learning rate (Karras et al. 2018, section 4.1): the kernel
/// is drawn from N(0, 1) and scaled by gain/√fan-in at run time.
public struct EqualizedUpsampleConv2d: Layer {
  private let weight: Parameter
  private let bias: Parameter?
  private let scale: Double

  /// The bias starts at 0; the gain suits ReLU-like activations.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, gain: Double = 2.0.squareRoot()) {
    weight = Parameter(.randn([outputs, inputs, 3, 3]))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
    scale = gain / Double(inputs * 9).squareRoot()
  }

  /// `[N, in, H, W] -> [N, out, 2H, 2W]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.upsampledConv2d(weight.value * scale, bias: bias?.value)
  }
}

/// ``ConvPool2d`` with an equalised learning rate (Karras et al. 2018, section 4.1).
public struct EqualizedConvPool2d: Layer {
  private let weight: Parameter
  private let bias: Parameter?
  private let scale: Double

  /// The bias starts at 0; the gain suits ReLU-like activations.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, gain: Double = 2.0.squareRoot()) {
    weight = Parameter(.randn([outputs, inputs, 3, 3]))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
    scale = gain / Double(inputs * 9).squareRoot()
  }

  /// `[N, in, H, W] -> [N, out, H/2, W/2]`, H and W even.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.pooledConv2d(weight.value * scale, bias: bias?.value)
  }
}
