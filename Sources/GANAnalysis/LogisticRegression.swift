import Torch

/// A logistic regression in float64: minimises the mean of log(1 + exp(-y(Wx + b))), y = ±1, and
/// ½·ridge·|W|², by Newton's method. Columns are centred and divided by their deviation first.
public struct LogisticRegression {
  /// The weight of each column as it is given, `[D]`; a column that never changes has 0.
  public let weights: Tensor
  /// The offset.
  public let offset: Double
  /// Newton steps made.
  public let steps: Int

  /// Fits rows `[N, D]` to whether each is positive.
  ///
  /// - Parameters:
  ///   - ridge: The penalty's weight; above 0, so that a solution exists where the rows can be
  ///     separated.
  ///   - tolerance: The steps end where the gradient is shorter.
  public init(
    _ rows: Tensor, positive: [Bool], ridge: Double = 1e-3, tolerance: Double = 1e-9
  ) {
    let rows = rows.detached().cast(to: .float64)
    let mean = rows.mean(axes: [0], keepingDimensions: true)
    let variance = (rows - mean).squared().mean(axes: [0], keepingDimensions: true)
    // A constant column holds rounding errors alone, which no division may enlarge.
    let scale = (variance .> 1e-20).cast(to: .float64) * (variance + 1e-30).reciprocalSqrt()
    let problem = Problem(
      rows: .concatenated(
        [(rows - mean) * scale, .ones([rows.size(0), 1], dtype: .float64)], axis: 1),
      targets: Tensor(doubles: positive.map { $0 ? 1 : 0 }).unsqueezed(1), ridge: ridge)
    let found = problem.solved(tolerance: tolerance)
    let columns = rows.size(1)
    weights = found.point[0..<columns].squeezed(1) * scale.squeezed(0)
    offset = found.point[columns].item() - (weights * mean.squeezed(0)).sum().item()
    steps = found.steps
  }

  /// The logits of rows, `[N]`.
  public func logits(_ rows: Tensor) -> Tensor {
    rows.cast(to: .float64).matmul(weights.unsqueezed(1)).squeezed(1) + offset
  }

  /// The share of rows told rightly, from 0 to 1.
  public func accuracy(_ rows: Tensor, positive: [Bool]) -> Double {
    let right = zip(logits(rows).doubles, positive).count { ($0 > 0) == $1 }
    return Double(right) / Double(max(positive.count, 1))
  }
}

/// The convex problem in the standardised columns, the offset's constant column last.
private struct Problem {
  let rows: Tensor
  let targets: Tensor
  let ridge: Double

  private var penalty: Tensor {
    let columns = rows.size(1)
    return Tensor(doubles: (0..<columns).map { $0 == columns - 1 ? 0 : ridge }).unsqueezed(1)
  }

  /// Newton's steps, halved where the value would rise.
  func solved(tolerance: Double) -> (point: Tensor, steps: Int) {
    var point = Tensor.zeros([rows.size(1), 1], dtype: .float64)
    var current = value(at: point)
    for step in 0..<100 {
      let (gradient, direction) = newton(at: point)
      if gradient.norm().item() < tolerance { return (point, step) }
      var rate = 1.0
      while value(at: point - direction * rate) > current, rate > 1e-8 { rate /= 2 }
      if rate <= 1e-8 { return (point, step) }
      point = point - direction * rate
      current = value(at: point)
    }
    return (point, 100)
  }

  private func value(at point: Tensor) -> Double {
    let logits = rows.matmul(point)
    let loss: Double = (logits.softplus() - targets * logits).mean().item()
    let decay: Double = (penalty * point.squared()).sum().item()
    return loss + decay / 2
  }

  /// The gradient and the Hessian's inverse times it.
  private func newton(at point: Tensor) -> (gradient: Tensor, direction: Tensor) {
    let count = Double(rows.size(0))
    let shares = rows.matmul(point).sigmoid()
    let gradient = rows.transposed().matmul(shares - targets) / count + penalty * point
    let curvature = rows.transposed().matmul(rows * (shares * (1 - shares))) / count
    let diagonal = Tensor.identity(rows.size(1), dtype: .float64) * (penalty + 1e-12)
    let eigen = (curvature + diagonal).symmetricEigen()
    let coordinates = eigen.vectors.transposed().matmul(gradient)
    let inverse = eigen.values.unsqueezed(1).maximum(.full([1], 1e-12, dtype: .float64))
      .reciprocal()
    return (gradient, eigen.vectors.matmul(coordinates * inverse))
  }
}
