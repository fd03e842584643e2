import Testing
import Torch

/// Expects the gradient of the scalar `function` at float64 `inputs` to agree with central
/// differences in every coordinate. The error of the differences is of order `step`² times the third
/// derivative plus 1e-16 / `step`, some 1e-10 for functions of size 1.
package func finiteDifferenceCheck(
  at inputs: [Tensor], step: Double = 1e-5, tolerance: Double = 1e-6, _ comment: String = "",
  sourceLocation: SourceLocation = #_sourceLocation, _ function: ([Tensor]) -> Tensor
) {
  let leaves = inputs.map { $0.trackingGradient() }
  let analytic = gradients(of: function(leaves), withRespectTo: leaves)
  for (position, input) in inputs.enumerated() {
    var differences: [Double] = []
    for index in 0..<input.count {
      func value(movedBy distance: Double) -> Double {
        var moved = inputs
        var elements = input.doubles
        elements[index] += distance
        moved[position] = Tensor(doubles: elements, shape: input.shape)
        return function(moved).item()
      }
      differences.append((value(movedBy: step) - value(movedBy: -step)) / (2 * step))
    }
    expectClose(
      analytic[position], Tensor(doubles: differences, shape: input.shape), relative: tolerance,
      absolute: tolerance, "\(comment) input \(position)", sourceLocation: sourceLocation)
  }
}
