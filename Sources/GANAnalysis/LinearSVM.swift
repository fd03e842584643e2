import Torch

/// A linear support vector machine with squared hinge loss, one against the rest for each class:
/// minimises ½|W|² + C/N Σ max(0, 1 - y(Wx + b))² by L-BFGS on the whole set.
public struct LinearSVM {
  private let mean: Tensor
  private let scale: Tensor
  /// `[classes, D + 1]`, the offsets last.
  private let weights: Tensor

  /// Trains on rows `[N, D]` with classes in `0..<classes`.
  ///
  /// - Parameters:
  ///   - penalty: C, the weight of the losses' mean.
  ///   - steps: L-BFGS steps at most.
  public init(
    _ rows: Tensor, _ labels: [Int], classes: Int, penalty: Double, steps: Int = 60
  ) {
    let statistics = LinearSVM.statistics(of: rows)
    let objective = Objective(
      inputs: LinearSVM.extended((rows - statistics.mean) * statistics.scale),
      signs: LinearSVM.signs(labels, classes), penalty: penalty)
    weights = minimized(
      .zeros([classes, rows.size(1) + 1]), steps: steps, objective.valueAndGradient)
    (mean, scale) = statistics
  }

  private init(mean: Tensor, scale: Tensor, weights: Tensor) {
    (self.mean, self.scale, self.weights) = (mean, scale, weights)
  }

  /// One machine for each penalty, in their order; the search for each begins where the last ended.
  public static func path(
    _ rows: Tensor, _ labels: [Int], classes: Int, penalties: [Double], steps: Int = 60
  ) -> [LinearSVM] {
    let (mean, scale) = statistics(of: rows)
    let (inputs, signs) = (extended((rows - mean) * scale), signs(labels, classes))
    var weights = Tensor.zeros([classes, inputs.size(1)])
    return penalties.map { penalty in
      let objective = Objective(inputs: inputs, signs: signs, penalty: penalty)
      weights = minimized(weights, steps: steps, objective.valueAndGradient)
      return LinearSVM(mean: mean, scale: scale, weights: weights)
    }
  }

  private static func statistics(of rows: Tensor) -> (mean: Tensor, scale: Tensor) {
    let mean = rows.mean(axes: [0], keepingDimensions: true)
    let variance = (rows - mean).squared().mean(axes: [0], keepingDimensions: true)
    // Divided by the root of the dimension too, so that a row's length is about 1.
    return (mean, (variance + 1e-6).reciprocalSqrt() / Double(rows.size(1)).squareRoot())
  }

  private static func signs(_ labels: [Int], _ classes: Int) -> Tensor {
    Tensor(labels).oneHot(classes: classes).cast(to: .float32) * 2 - 1
  }

  /// The class of each row.
  public func predict(_ rows: Tensor) -> [Int] {
    LinearSVM.extended((rows - mean) * scale).linear(weights, bias: nil).argmax(axis: 1).integers
  }

  /// The share of rows whose class is predicted, from 0 to 1.
  public func accuracy(_ rows: Tensor, _ labels: [Int]) -> Double {
    Double(zip(predict(rows), labels).count { $0 == $1 }) / Double(max(labels.count, 1))
  }

  private static func extended(_ rows: Tensor) -> Tensor {
    .concatenated([rows, .ones([rows.size(0), 1])], axis: 1)
  }

  /// The function to minimise.
  private struct Objective {
    let inputs: Tensor
    let signs: Tensor
    let penalty: Double

    func valueAndGradient(_ weights: Tensor) -> (Double, Tensor) {
      // The linear layer's products, also for the gradient: a plain one with few columns is slow.
      let leaf = weights.trackingGradient()
      let scores = withGradients { inputs.linear(leaf, bias: nil) }
      let slack = (1 - signs * scores.detached()).relu()
      let factor = penalty / Double(inputs.size(0))
      let isOffset = Tensor([Int](repeating: 0, count: weights.size(1) - 1) + [1])
        .cast(to: .float32)
      let decayed = weights * (1 - isOffset)  // Offsets are free.
      let value = decayed.squared().sum().item() / 2 + slack.squared().sum().item() * factor
      let slope = gradients(
        of: scores, withRespectTo: [leaf], cotangent: signs * slack * (-2 * factor))
      return (value, decayed + slope[0])
    }
  }
}

/// Minimises a smooth function by L-BFGS (Nocedal 1980) with a memory of ten steps and backtracking.
func minimized(
  _ start: Tensor, steps: Int, tolerance: Double = 1e-5,
  _ function: (Tensor) -> (value: Double, gradient: Tensor)
) -> Tensor {
  func dot(_ a: Tensor, _ b: Tensor) -> Double { (a * b).sum().item() }
  var (point, memory) = (start, [(step: Tensor, change: Tensor, scale: Double)]())
  var (value, gradient) = function(point)
  for _ in 0..<steps {
    let direction = -twoLoop(gradient, memory, dot)
    let slope = dot(gradient, direction)
    if slope > -tolerance * max(abs(value), 1e-12) { break }
    var rate = memory.isEmpty ? min(1, 1 / dot(gradient, gradient).squareRoot()) : 1
    var next = (value: value, gradient: gradient)
    repeat {
      next = function(point + direction * rate)
      rate /= 2
    } while next.value > value + 2e-4 * rate * slope && rate > 1e-8
    let (step, change) = (direction * (rate * 2), next.gradient - gradient)
    let curvature = dot(step, change)
    if curvature > 1e-12 { memory = memory.suffix(9) + [(step, change, 1 / curvature)] }
    (point, value, gradient) = (point + step, next.value, next.gradient)
  }
  return point
}

/// The inverse Hessian that the memory implies, times the gradient.
private func twoLoop(
  _ gradient: Tensor, _ memory: [(step: Tensor, change: Tensor, scale: Double)],
  _ dot: (Tensor, Tensor) -> Double
) -> Tensor {
  var (result, factors) = (gradient, [Double]())
  for pair in memory.reversed() {
    let factor = pair.scale * dot(pair.step, result)
    result = result - pair.change * factor
    factors.append(factor)
  }
  if let last = memory.last {
    result = result * (1 / (last.scale * dot(last.change, last.change)))
  }
  for (pair, factor) in zip(memory, factors.reversed()) {
    let back = pair.scale * dot(pair.change, result)
    result = result + pair.step * (factor - back)
  }
  return result
}
