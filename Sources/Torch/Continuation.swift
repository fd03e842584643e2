/// What follows a normalisation and is computed in the same passes through memory where that is possible.
package enum Continuation {
  case activation(OverwritingActivation)
  /// Leaky ReLU with learned slopes: one, or one per channel.
  case prelu(Tensor)
  /// The values and these maps, such as those that pass a residual block.
  case sum(Tensor)

  package static var relu: Continuation { .activation(.relu) }
  package static func leakyReLU(_ slope: Double) -> Continuation { .activation(.leakyReLU(slope)) }
}

extension Tensor {
  /// What follows the values of a normalisation, which nothing else holds.
  func continued(by continuation: Continuation?) -> Tensor {
    switch continuation {
    case nil: self
    case .activation(let activation): overwritten(by: activation)
    case .prelu(let slopes): prelu(slopes)
    case .sum(let maps): self + maps
    }
  }
}

/// A continuation as the passes of a normalisation know it.
struct FusedContinuation {
  /// What negative values are multiplied by; 1 leaves them as they are.
  var slope = 1.0
  /// The same where it is learned.
  var slopes: Tensor?
  /// What is added.
  var more: Tensor?

  /// Of no continuation.
  init() {}

  /// Nothing if it has to be computed by itself: who looks at activations must see their arguments.
  init?(_ continuation: Continuation?) {
    let isWatched = ActivationTap.current != nil
    switch continuation {
    case nil: break
    case .sum(let maps): more = maps
    case .prelu(let slopes) where !isWatched: self.slopes = slopes
    case .activation(.relu) where !isWatched: slope = 0
    case .activation(.leakyReLU(let slope)) where !isWatched: self.slope = slope
    default: return nil
    }
  }
}
