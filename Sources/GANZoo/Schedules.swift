import GANKit
import TorchNN

extension Schedule {
  /// `rate`, falling in a straight line to 0 until the generator has made `updates`, for a player
  /// that makes `count` updates for each of the generator's; constant where `updates` is 0.
  static func falling(_ rate: Double, over updates: Int, each count: Int = 1) -> Schedule {
    updates == 0 ? .constant(rate) : .linearDecay(rate, start: 0, end: updates * count)
  }
}

extension ConfigField {
  /// `decayUpdates` of a rate that falls as the generator learns.
  static func decayUpdates(_ path: Path<Int>) -> Self {
    .duration(
      path, "decayUpdates",
      "generator updates over which the rate falls to 0; 0 keeps it constant")
  }

  /// `criticSteps` of a system whose critic learns faster than its generator.
  static func criticSteps(_ path: Path<Int>) -> Self {
    .count(path, "criticSteps", "critic updates (minibatches) for each generator update")
  }
}
