import TorchNN

extension Schedule {
  /// `rate`, falling in a straight line to 0 until the generator has made `updates`, for a player
  /// that makes `count` updates for each of the generator's; constant where `updates` is 0.
  static func falling(_ rate: Double, over updates: Int, each count: Int = 1) -> Schedule {
    updates == 0 ? .constant(rate) : .linearDecay(rate, start: 0, end: updates * count)
  }
}
