import Torch

/// max(x, 0).
public struct ReLU: Layer {
  /// The layer.
  public init() {}
  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.relu() }
}

/// x where positive, slope·x elsewhere.
public struct LeakyReLU: Layer {
  let slope: Double
  /// The layer; GANs use 0.2 (PyTorch's default is 0.01).
  public init(_ slope: Double = 0.2) { self.slope = slope }
  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.leakyReLU(slope) }
}

/// Leaky ReLU with learned slopes.
public struct PReLU: Layer {
  /// `[1]`, or one slope per channel.
  public let weight: Parameter
  /// Slopes start at 0.25.
  public init(_ count: Int = 1, initial: Double = 0.25) {
    weight = Parameter(.full([count], initial))
  }
  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.prelu(weight.value) }
}

/// Translated ``PReLU`` (Xiang and Li 2017): x above a learned threshold, below it
/// slope·(x - threshold) + threshold.
public struct TPReLU: Layer {
  /// `[C]`, at first 0.25; who trains it keeps it in [0, 1], see ``RectifierSlopes``.
  public let slope: Parameter
  /// `[C]`, at first 0.
  public let threshold: Parameter
  /// A slope and a threshold for each channel.
  public init(_ channels: Int) {
    (slope, threshold) = (Parameter(.full([channels], 0.25)), Parameter(.zeros([channels])))
  }
  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.prelu(slope.value, below: threshold.value)
  }
}

/// The slopes of all ``TPReLU``s of a network, found once.
public struct RectifierSlopes {
  private let parameters: [Parameter]
  /// Those of `network`; there may be none.
  public init(of network: some Module) {
    var found: [Parameter] = []
    network.forEachModule { if let layer = $0 as? TPReLU { found.append(layer.slope) } }
    parameters = found
  }
  /// Moves every slope outside [0, 1] to its nearer end, outside any graph.
  public func clamp() { InPlace.clamp(parameters.map { $0.value.detached() }, to: 0...1) }
}

/// x where positive, alpha·(eˣ - 1) elsewhere.
public struct ELU: Layer {
  private let alpha: Double
  /// The layer.
  public init(_ alpha: Double = 1) { self.alpha = alpha }
  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.elu(alpha) }
}

/// x·Φ(x).
public struct GELU: Layer {
  /// The layer.
  public init() {}
  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.gelu() }
}

/// x·sigmoid(x).
public struct SiLU: Layer {
  /// The layer.
  public init() {}
  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.silu() }
}

/// The hyperbolic tangent.
public struct Tanh: Layer {
  /// The layer.
  public init() {}
  /// Same shape, in (-1, 1).
  public func callAsFunction(_ input: Tensor) -> Tensor { input.tanh() }
}

/// 1 / (1 + e⁻ˣ).
public struct Sigmoid: Layer {
  /// The layer.
  public init() {}
  /// Same shape, in (0, 1).
  public func callAsFunction(_ input: Tensor) -> Tensor { input.sigmoid() }
}

/// log(1 + eˣ).
public struct Softplus: Layer {
  /// The layer.
  public init() {}
  /// Same shape, positive.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.softplus() }
}
