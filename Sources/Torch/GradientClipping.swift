import CTorch

/// Gradients made shorter. The arguments stay as they are.
public enum GradientClipping {
  /// All of `gradients` scaled by one factor, so that together, as one vector, they are at most
  /// `limit` long (Pascanu et al. 2013, algorithm 1).
  public static func together(_ gradients: [Tensor], to limit: Double) -> [Tensor] {
    clipped("clippedTogether", gradients) { ct_foreach_clip($0, $1, limit, $2) }
  }

  /// Each of `gradients` at most `limit` long, its direction kept: g · min(1, limit / ‖g‖), as
  /// TensorFlow's `clip_by_norm`.
  public static func each(_ gradients: [Tensor], to limit: Double) -> [Tensor] {
    clipped("clippedEach", gradients) { ct_foreach_clip_each($0, $1, limit, $2) }
  }

  private static func clipped(
    _ operation: StaticString, _ gradients: [Tensor],
    _ body: (UnsafePointer<CTTensor?>, Int32, UnsafeMutablePointer<CTTensor?>?) -> Int32
  ) -> [Tensor] {
    if gradients.isEmpty { return [] }
    return withUnsafeTemporaryAllocation(of: CTTensor?.self, capacity: gradients.count) { results in
      results.initialize(repeating: nil)
      let status = withPointers(gradients) {
        body($0, Int32(gradients.count), results.baseAddress)
      }
      require(operation, gradients, status)
      return results.compactMap { $0.map(Tensor.init(adopting:)) }
    }
  }
}
