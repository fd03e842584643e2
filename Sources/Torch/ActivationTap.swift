/// One activation function of a network at work.
public struct Activation {
  /// What the function was applied to.
  public let input: Tensor
  /// Its value.
  public let output: Tensor
  /// Whether it is a rectifier, leaky or not: positive exactly where its input is.
  public let isRectifier: Bool
}

/// Runs `body` and shows every activation that this thread's networks compute in it, in order:
/// rectifiers, their smooth relatives and maxout. Tanh and sigmoid, which end networks, are left out.
///
/// Networks are plain functions of tensors, so this is the one place where the maps between their
/// layers can be looked at or changed, whatever the network is made of.
///
/// - Parameter visit: Returns what the network goes on with: the activation's `output`, or another
///   tensor of its shape.
public func withActivations<Result>(
  _ visit: @escaping (Activation) -> Tensor, _ body: () throws -> Result
) rethrows -> Result {
  try ActivationTap.run(ActivationTap(visit), body)
}

/// Who looks at this thread's activations.
package final class ActivationTap {
  private let visit: (Activation) -> Tensor
  private static let scope = ThreadScope<ActivationTap>("ActivationTap")

  fileprivate init(_ visit: @escaping (Activation) -> Tensor) { self.visit = visit }

  static var current: ActivationTap? { scope.current }

  fileprivate static func run<Result>(
    _ tap: ActivationTap, _ body: () throws -> Result
  ) rethrows -> Result { try scope.with(tap, body) }

  fileprivate func callAsFunction(_ activation: Activation) -> Tensor {
    let result = visit(activation)
    precondition(
      result.shape == activation.output.shape,
      "an activation of shape \(activation.output.shape) was replaced by \(result.shape)")
    return result
  }
}

extension Tensor {
  /// What a network goes on with after an activation function of `self` whose value is `output`.
  package func activated(as output: Tensor, isRectifier: Bool = false) -> Tensor {
    guard let tap = ActivationTap.current else { return output }
    return tap(Activation(input: self, output: output, isRectifier: isRectifier))
  }
}
