import Testing
import Torch

/// Expects `gradient` to agree with central differences of `value` in every coordinate of the
/// float64 tensor `point`, which `move` replaces and which is put back at the end.
///
/// The error of the differences is of order `step`² times the third derivative plus 1e-16 / `step`,
/// some 1e-10 for functions of size 1.
package func expectFiniteDifferences(
  _ gradient: Tensor, at point: Tensor, step: Double = 1e-5, tolerance: Double = 1e-6,
  _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation,
  move: (Tensor) -> Void, value: () -> Double
) {
  let (elements, shape) = (point.doubles, point.shape)
  let differences = elements.indices.map { index in
    let (above, below) = (moved(index, by: step), moved(index, by: -step))
    return (above - below) / (2 * step)
  }
  move(Tensor(doubles: elements, shape: shape))
  expectClose(
    gradient, Tensor(doubles: differences, shape: shape), relative: tolerance,
    absolute: tolerance, comment, sourceLocation: sourceLocation)

  func moved(_ index: Int, by distance: Double) -> Double {
    var elements = elements
    elements[index] += distance
    move(Tensor(doubles: elements, shape: shape))
    return value()
  }
}

/// Expects the gradients of the scalar `function` at float64 `inputs` to agree with central
/// differences.
package func finiteDifferenceCheck(
  at inputs: [Tensor], tolerance: Double = 1e-6, _ comment: String = "",
  sourceLocation: SourceLocation = #_sourceLocation, _ function: ([Tensor]) -> Tensor
) {
  let leaves = inputs.map { $0.trackingGradient() }
  let analytic = gradients(of: function(leaves), withRespectTo: leaves)
  for (index, gradient) in analytic.enumerated() {
    var current = inputs
    expectFiniteDifferences(
      gradient, at: inputs[index], tolerance: tolerance, "\(comment) input \(index)",
      sourceLocation: sourceLocation, move: { current[index] = $0 },
      value: { function(current).item() })
  }
}
