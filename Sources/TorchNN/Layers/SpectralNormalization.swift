import Torch

/// W / σ(W) by one power iteration from the kept vector u (Miyato et al. 2018, algorithm 1); only
/// training forwards keep the new u, and not those of ``withoutTracking(_:)``. In full precision also
/// inside an autocast.
func spectrallyNormalized(_ weight: Tensor, _ u: Buffer) -> Tensor {
  withFullPrecision(on: weight.device) {
    weight.spectrallyNormalized(u.value, moves: Mode.current == .training && Tracking.isOn)
  }
}

private func unit(_ vector: Tensor) -> Tensor {
  vector / vector.norm().clamped(to: 1e-12...Double.greatestFiniteMagnitude)
}

private func initialDirection(_ count: Int) -> Buffer {
  Buffer(unit(.randn([count])))
}

/// ``Linear`` with a spectrally normalised weight: `[..., in] -> [..., out]`.
public struct SpectralLinear: Layer, WeightLayer {
  /// `[out, in]`, before normalisation.
  public let weight: Parameter
  /// `[out]`.
  public let bias: Parameter?
  private let u: Buffer

  /// Initial values as ``Linear``'s.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, weights: Initializer = .standard
  ) {
    let linear = Linear(inputs, outputs, bias: bias, weights: weights)
    (weight, self.bias) = (linear.weight, linear.bias)
    u = initialDirection(outputs)
  }

  /// `[..., in] -> [..., out]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.linear(spectrallyNormalized(weight.value, u), bias: bias?.value)
  }
}

/// ``Conv2d`` with a spectrally normalised kernel: `[N, in, H, W] -> [N, out, H', W']`.
public struct SpectralConv2d: Layer, WeightLayer {
  /// `[out, in, k, k]`, before normalisation.
  public let weight: Parameter
  /// `[out]`.
  public let bias: Parameter?
  private let u: Buffer
  private let geometry: ConvGeometry

  /// Initial values as ``Conv2d``'s.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    bias: Bool = true, weights: Initializer = .standard
  ) {
    let conv = Conv2d(inputs, outputs, kernel: kernel, bias: bias, weights: weights)
    (weight, self.bias) = (conv.weight, conv.bias)
    u = initialDirection(outputs)
    geometry = ConvGeometry(stride: stride, padding: padding)
  }

  /// `[N, in, H, W] -> [N, out, H', W']`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    geometry.convolve(input, spectrallyNormalized(weight.value, u), bias?.value)
  }
}

/// ``UpsampleConv2d`` with a spectrally normalised kernel: the 3x3 kernel is normalised, then its taps
/// are added up, so the map is that of doubling and ``SpectralConv2d``:
/// `[N, in, H, W] -> [N, out, 2H, 2W]`.
public struct SpectralUpsampleConv2d: Layer, WeightLayer {
  /// The 3x3 kernel, `[out, in, 3, 3]`, before normalisation.
  public let weight: Parameter
  /// `[out]`.
  public let bias: Parameter?
  private let u: Buffer

  /// Initial values as ``Conv2d``'s.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, weights: Initializer = .standard) {
    let conv = Conv2d(inputs, outputs, kernel: 3, padding: 1, bias: bias, weights: weights)
    (weight, self.bias) = (conv.weight, conv.bias)
    u = initialDirection(outputs)
  }

  /// `[N, in, H, W] -> [N, out, 2H, 2W]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.upsampledConv2d(spectrallyNormalized(weight.value, u), bias: bias?.value)
  }
}

/// ``ConvPool2d`` with a spectrally normalised kernel: the 3x3 kernel is normalised, then its taps
/// are added up, so the map is that of ``SpectralConv2d`` and 2x2 averages:
/// `[N, in, H, W] -> [N, out, H/2, W/2]`, H and W even.
public struct SpectralConvPool2d: Layer, WeightLayer {
  /// The 3x3 kernel, `[out, in, 3, 3]`, before normalisation.
  public let weight: Parameter
  /// `[out]`.
  public let bias: Parameter?
  private let u: Buffer

  /// Initial values as ``Conv2d``'s.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, weights: Initializer = .standard) {
    let conv = Conv2d(inputs, outputs, kernel: 3, padding: 1, bias: bias, weights: weights)
    (weight, self.bias) = (conv.weight, conv.bias)
    u = initialDirection(outputs)
  }

  /// `[N, in, H, W] -> [N, out, H/2, W/2]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.pooledConv2d(spectrallyNormalized(weight.value, u), bias: bias?.value)
  }
}

/// ``Embedding`` with a spectrally normalised table.
public struct SpectralEmbedding: Layer {
  /// `[count, dimension]`, before normalisation.
  public let weight: Parameter
  private let u: Buffer

  /// Initial values as ``Embedding``'s.
  public init(_ count: Int, _ dimension: Int, weights: Initializer = .normal(deviation: 1)) {
    weight = Parameter(weights([count, dimension]))
    u = initialDirection(count)
  }

  /// `[...] -> [..., dimension]`.
  public func callAsFunction(_ labels: Tensor) -> Tensor {
    spectrallyNormalized(weight.value, u).embedded(labels)
  }
}
