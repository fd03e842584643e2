import Foundation
import Testing
import Torch

/// Expects tensors of one shape whose elements differ by at most
/// `absolute + relative · |expected|`. `absolute` defaults to a millionth of the largest expected
/// element: sums of numbers of that size cannot be nearer to 0 in float32. The worst element is
/// reported.
package func expectClose(
  _ actual: Tensor, _ expected: Tensor, relative: Double = 1e-5, absolute: Double? = nil,
  _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.shape == expected.shape else {
    let problem = "\(comment): shape \(actual.shape), expected \(expected.shape)"
    Issue.record(Comment(rawValue: problem), sourceLocation: sourceLocation)
    return
  }
  let (values, references) = (actual.detached().doubles, expected.detached().doubles)
  let floor = absolute ?? 1e-6 * references.reduce(0) { max($0, abs($1)) }
  var worst: (index: Int, excess: Double)?
  for (index, (value, reference)) in zip(values, references).enumerated() {
    let excess = abs(value - reference) - (floor + relative * abs(reference))
    let isWorse = excess.isNaN ? value != reference : excess > (worst?.excess ?? 0)
    if isWorse { worst = (index, excess.isNaN ? .infinity : excess) }
  }
  guard let worst else { return }
  let (value, reference) = (values[worst.index], references[worst.index])
  let problem = """
    \(comment): element \(worst.index) of \(actual.shape) is \(value), expected \(reference); \
    difference \(value - reference), allowed \(floor + relative * abs(reference))
    """
  Issue.record(Comment(rawValue: problem), sourceLocation: sourceLocation)
}

/// Expects two tensors of one shape and type with the same bits.
package func expectEqual(
  _ actual: Tensor, _ expected: Tensor, _ comment: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let isEqual =
    actual.shape == expected.shape && actual.dtype == expected.dtype
    && actual.rawBytes == expected.rawBytes
  if !isEqual {
    let problem = "\(comment): \(actual) is not \(expected)"
    Issue.record(Comment(rawValue: problem), sourceLocation: sourceLocation)
  }
}
