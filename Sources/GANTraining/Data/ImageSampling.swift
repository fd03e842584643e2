import GANData

/// How often each image of a set is drawn.
public enum ImageSampling: String, Sendable, Codable, CaseIterable {
  /// Each image once in a pass.
  case shuffled
  /// Each class as often as any other, whatever the number of its images.
  case balanced
}

/// The images of each step, which follow from a seed and the step's number alone.
enum DrawingOrder: Sendable {
  case shuffled(ShuffledOrder)
  case balanced(BalancedOrder)
  /// Windows of successive frames: the first frames of all that are drawn, then the second ones.
  case windows(ShuffledOrder, [[Int]])

  /// - Parameter labels: the class of each image, where classes are to be balanced; else nothing.
  init(count: Int, balancing labels: [Int64], seed: UInt64) {
    self =
      labels.isEmpty
      ? .shuffled(ShuffledOrder(count: count, seed: seed))
      : .balanced(BalancedOrder(labels: labels, seed: seed))
  }

  /// How many frames each draw has.
  var frames: Int {
    if case .windows(_, let windows) = self { windows[0].count } else { 1 }
  }

  /// The images of a step, counted from 0: ``frames`` times a share of a batch.
  mutating func indices(
    step: Int, batchSize: Int, share: BatchShare = .whole
  ) throws -> [Int] {
    switch self {
    case .shuffled(var order):
      defer { self = .shuffled(order) }
      return share.part(of: try order.indices(step: step, batchSize: batchSize))
    case .balanced(var order):
      defer { self = .balanced(order) }
      return share.part(of: try order.indices(step: step, batchSize: batchSize))
    case .windows(var order, let windows):
      defer { self = .windows(order, windows) }
      let drawn = share.part(of: try order.indices(step: step, batchSize: batchSize))
      return (0..<frames).flatMap { frame in drawn.map { windows[$0][frame] } }
    }
  }
}
