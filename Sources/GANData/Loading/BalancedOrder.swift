/// An order in which all classes come equally often: they take turns, and each goes through its pictures
/// in permutations of its own, for ever.
///
/// As with ``ShuffledOrder``, the batch of a step follows from the seed and the step's number alone.
public struct BalancedOrder: Sendable {
  /// The pictures of each class that has some.
  private let members: [[Int]]
  private var orders: [ShuffledOrder]

  /// An order over pictures of these classes.
  public init(labels: [Int64], seed: UInt64) {
    let groups = Dictionary(grouping: labels.indices) { labels[$0] }
    members = groups.sorted { $0.key < $1.key }.map(\.value)
    orders = members.enumerated().map { index, group in
      ShuffledOrder(count: group.count, seed: seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
    }
  }

  /// The pictures of one step; steps count from 0.
  public mutating func indices(step: Int, batchSize: Int) throws -> [Int] {
    try (step * batchSize..<(step + 1) * batchSize).map { draw in
      let (turn, group) = draw.quotientAndRemainder(dividingBy: members.count)
      return members[group][try orders[group].indices(step: turn, batchSize: 1)[0]]
    }
  }
}
