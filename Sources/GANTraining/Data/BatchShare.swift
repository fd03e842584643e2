import Torch

/// The part of every minibatch that one of several processes takes.
struct BatchShare: Sendable, Equatable {
  private let rank: Int
  private let count: Int

  /// What one process alone takes.
  static let whole = BatchShare(rank: 0, count: 1)

  private init(rank: Int, count: Int) { (self.rank, self.count) = (rank, count) }

  /// A process's part.
  init(of group: ProcessGroup?) {
    self = group.map { BatchShare(rank: $0.rank, count: $0.count) } ?? .whole
  }

  /// How many images of a minibatch it is.
  ///
  /// - Throws: ``RunError/field(_:found:expected:)`` where the parts would not be equal.
  func size(of batchSize: Int) throws -> Int {
    guard batchSize.isMultiple(of: count) else {
      throw RunError.field(
        "batchSize", found: "\(batchSize)",
        expected: "a multiple of \(count), for as many processes take equal parts")
    }
    return batchSize / count
  }

  /// Its part of what belongs to a minibatch, one of whatever for each image.
  func part<Element>(of all: [Element]) -> [Element] {
    let size = all.count / count
    return Array(all[rank * size..<(rank + 1) * size])
  }
}
