import Torch

extension Optimizer {
  /// One update that lowers `loss` along gradients of which that of each parameter is at most `limit`
  /// long; 0 for no limit. TensorFlow's `clip_by_norm`.
  @discardableResult
  public func minimize(_ loss: Tensor, maxNormEach limit: Double) -> Tensor {
    guard limit > 0 else { return minimize(loss) }
    apply(
      gradients(of: loss).map { gradient in
        gradient * (limit / gradient.norm()).clamped(to: 0...1)
      })
    return loss.detached()
  }
}
