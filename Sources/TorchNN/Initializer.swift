import Foundation
import Torch

/// How the initial values of a weight are drawn.
///
/// "Fan-in" is what PyTorch calls so: the product of all axes but the first.
public enum Initializer: Sendable, Equatable {
  /// Uniform within ±1/√fan-in, PyTorch's default for linear and convolution layers.
  case standard
  /// Normal.
  case normal(mean: Double = 0, deviation: Double)
  /// Uniform within ±bound.
  case uniform(bound: Double)
  /// One value everywhere.
  case constant(Double)
  /// Uniform with variance 2 / (fan-in + fan-out), times gain² (Glorot and Bengio 2010).
  case xavierUniform(gain: Double = 1)
  /// Normal with variance 2 / (fan-in + fan-out), times gain² (Glorot and Bengio 2010).
  case xavierNormal(gain: Double = 1)
  /// Normal with variance 2 / fan-in (He et al. 2015).
  case kaimingNormal
  /// Uniform with variance 2 / fan-in (He et al. 2015).
  case kaimingUniform
  /// Rows (as `[first axis, rest]`) orthonormal, times gain (Saxe et al. 2014).
  case orthogonal(gain: Double = 1)

  /// A weight of `shape`, `[out, in, ...]` (transposed convolutions: `[in, out, ...]`).
  public func callAsFunction(_ shape: [Int]) -> Tensor {
    let receptive = shape.dropFirst(2).reduce(1, *)
    let fanIn = Double((shape.count > 1 ? shape[1] : 1) * receptive)
    let fanOut = Double((shape.first ?? 1) * receptive)
    switch self {
    case .standard: return .uniform(shape, symmetric: 1 / fanIn.squareRoot())
    case .normal(let mean, let deviation): return .randn(shape) * deviation + mean
    case .uniform(let bound): return .uniform(shape, symmetric: bound)
    case .constant(let value): return .full(shape, value)
    case .xavierUniform(let gain):
      return .uniform(shape, symmetric: gain * (6 / (fanIn + fanOut)).squareRoot())
    case .xavierNormal(let gain):
      return .randn(shape) * (gain * (2 / (fanIn + fanOut)).squareRoot())
    case .kaimingNormal: return .randn(shape) * (2 / fanIn).squareRoot()
    case .kaimingUniform: return .uniform(shape, symmetric: (6 / fanIn).squareRoot())
    case .orthogonal(let gain): return orthogonalMatrix(shape) * gain
    }
  }
}

extension Tensor {
  fileprivate static func uniform(_ shape: [Int], symmetric bound: Double) -> Tensor {
    .uniform(shape, -bound, bound)
  }
}

/// The polar factor of a Gaussian matrix, uniform among the (semi-)orthogonal ones:
/// A (AᵀA)^(-1/2) through the symmetric eigen-decomposition of the smaller Gram matrix.
private func orthogonalMatrix(_ shape: [Int]) -> Tensor {
  let rows = shape.first ?? 1
  let columns = shape.dropFirst().reduce(1, *)
  let tall = Tensor.randn([max(rows, columns), min(rows, columns)], dtype: .float64)
  let gram = tall.transposed().matmul(tall).symmetricEigen()
  let root = (gram.vectors * gram.values.reciprocalSqrt()).matmul(gram.vectors.transposed())
  let orthogonal = tall.matmul(root)
  return (rows >= columns ? orthogonal : orthogonal.transposed())
    .cast(to: .float32).reshaped(to: shape)
}

/// A layer whose main weight an initialisation rule may replace.
public protocol WeightLayer: Module {
  /// The kernel or matrix.
  var weight: Parameter { get }
  /// The offset, where there is one.
  var bias: Parameter? { get }
}

/// A normalisation layer with an optional gain and offset per channel.
public protocol NormalizationLayer: Module {
  /// The gain.
  var weight: Parameter? { get }
  /// The offset.
  var bias: Parameter? { get }
}

extension Module {
  /// This network with all weights drawn anew: biases `bias`, gains of normalisation layers by `gain`,
  /// their offsets 0. `initialized(.normal(deviation: 0.02), gain: .normal(mean: 1,
  /// deviation: 0.02))` is DCGAN's rule.
  public func initialized(
    _ weights: Initializer, bias: Double = 0, gain: Initializer = .constant(1)
  ) -> Self {
    forEachModule { module in
      if let layer = module as? any WeightLayer {
        layer.weight.assign(weights(layer.weight.value.shape))
        layer.bias.map { $0.assign(.full($0.value.shape, bias)) }
      } else if let layer = module as? any NormalizationLayer {
        layer.weight.map { $0.assign(gain($0.value.shape)) }
        layer.bias.map { $0.assign($0.value.detached().zerosAlike()) }
      }
    }
    return self
  }

  /// Calls `body` with this module and every module below it.
  public func forEachModule(_ body: (any Module) -> Void) {
    body(self)
    for child in children {
      if case .module(let module) = child.node { module.forEachModule(body) }
    }
  }
}
