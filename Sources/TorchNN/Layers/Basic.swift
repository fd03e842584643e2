import Torch

/// y = x·Wᵀ + b: `[..., in] -> [..., out]`. Weight `[out, in]`.
public struct Linear: Layer, WeightLayer {
  /// `[out, in]`.
  public let weight: Parameter
  /// `[out]`.
  public let bias: Parameter?

  /// Weight and bias uniform within ±1/√in unless `weights` says otherwise.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, weights: Initializer = .standard
  ) {
    weight = Parameter(weights([outputs, inputs]))
    self.bias =
      bias ? Parameter(Initializer.uniform(bound: 1 / Double(inputs).squareRoot())([outputs])) : nil
  }

  /// `[..., in] -> [..., out]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.linear(weight.value, bias: bias?.value)
  }
}

/// Maxout (Goodfellow et al. 2013): the largest of `pieces` affine functions for each unit,
/// `[N, in] -> [N, units]`.
public struct Maxout: Layer, WeightLayer {
  /// `[units · pieces, in]`.
  public let weight: Parameter
  /// `[units · pieces]`.
  public let bias: Parameter?
  private let pieces: Int

  /// Weights as ``Linear``'s.
  public init(_ inputs: Int, _ units: Int, pieces: Int, weights: Initializer = .standard) {
    let linear = Linear(inputs, units * pieces, weights: weights)
    (weight, bias, self.pieces) = (linear.weight, linear.bias, pieces)
  }

  /// `[N, in] -> [N, units]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    let affine = input.linear(weight.value, bias: bias?.value)
    return affine.activated(
      as: affine.reshaped(to: [affine.size(0), -1, pieces]).maximum(axis: 2))
  }
}

/// A table of vectors: labels `[...]` (`int64`) to `[..., dimension]`.
public struct Embedding: Layer {
  /// `[count, dimension]`, drawn from N(0, 1).
  public let weight: Parameter

  /// A table of `count` vectors.
  public init(_ count: Int, _ dimension: Int, weights: Initializer = .normal(deviation: 1)) {
    weight = Parameter(weights([count, dimension]))
  }

  /// `[...] -> [..., dimension]`.
  public func callAsFunction(_ labels: Tensor) -> Tensor { weight.value.embedded(labels) }
}

/// Zeroes elements with probability `p` in training and scales the rest by 1/(1 - p).
public struct Dropout: Layer {
  private let probability: Double

  /// The layer; `p` lies in `0..<1`.
  public init(_ p: Double = 0.5) {
    precondition((0..<1).contains(p), "dropout probability \(p)")
    probability = p
  }

  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    Mode.current == .training && probability > 0 ? input.dropout(probability: probability) : input
  }
}

/// Zeroes whole channels with probability `p` in training and scales the rest by 1/(1 - p).
public struct Dropout2d: Layer {
  private let probability: Double

  /// The layer; `p` lies in `0..<1`.
  public init(_ p: Double = 0.5) {
    precondition((0..<1).contains(p), "dropout probability \(p)")
    probability = p
  }

  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    guard Mode.current == .training, probability > 0 else { return input }
    let keep = Tensor.bernoulli(
      [input.size(0), input.size(1), 1, 1], probability: 1 - probability,
      dtype: input.dtype, on: input.device)
    return input * keep / (1 - probability)
  }
}

/// Adds N(0, deviation²) to every element in training.
public struct GaussianNoise: Layer {
  private let deviation: Double

  /// The layer.
  public init(_ deviation: Double) { self.deviation = deviation }

  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    guard Mode.current == .training, deviation > 0 else { return input }
    return input.adding(input.randnAlike(), times: deviation)
  }
}

/// All axes but the first merged: `[N, ...] -> [N, D]`. `axis: 0` merges all.
public struct Flatten: Layer {
  private let axis: Int

  /// Merges from `axis` on.
  public init(from axis: Int = 1) { self.axis = axis }

  /// `[N, ...] -> [N, D]`.
  public func callAsFunction(_ input: Tensor) -> Tensor { input.flattened(from: axis) }
}

/// The axes after the first unfolded: `[N, D] -> [N] + shape`.
public struct Unflatten: Layer {
  private let shape: [Int]

  /// Unfolds to `shape`.
  public init(_ shape: [Int]) { self.shape = shape }

  /// `[N, D] -> [N] + shape`; images come out channels-last.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    let unfolded = input.reshaped(to: [input.size(0)] + shape)
    return shape.count == 3 ? unfolded.contiguous(.channelsLast) : unfolded
  }
}
