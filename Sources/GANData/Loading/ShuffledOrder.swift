/// The order in which a run sees its pictures: a new permutation every epoch, for ever.
///
/// The batch of any step follows from the seed and the step's number alone, so a run that resumes
/// in the middle of an epoch needs to remember nothing else.
public struct ShuffledOrder: Sendable {
  /// Number of pictures.
  public let count: Int
  /// Decides all permutations.
  public let seed: UInt64
  private var cached: (epoch: Int, permutation: [Int])?

  /// An order over `count` pictures.
  public init(count: Int, seed: UInt64) {
    self.count = count
    self.seed = seed
  }

  /// Whole batches in an epoch. Pictures left over wait for another epoch's permutation.
  public func stepsPerEpoch(batchSize: Int) throws -> Int {
    precondition(batchSize > 0, "a batch holds at least one picture, not \(batchSize)")
    guard count >= batchSize else {
      throw DataError.tooFewImages(count: count, batchSize: batchSize)
    }
    return count / batchSize
  }

  /// The pictures of one step; steps count from 0 and go on over epochs.
  public mutating func indices(step: Int, batchSize: Int) throws -> [Int] {
    precondition(step >= 0, "steps count from 0, not \(step)")
    let (epoch, position) = step.quotientAndRemainder(
      dividingBy: try stepsPerEpoch(batchSize: batchSize))
    let start = position * batchSize
    return Array(remembered(epoch: epoch)[start..<start + batchSize])
  }

  /// All pictures in the order of an epoch.
  public func permutation(epoch: Int) -> [Int] {
    var generator = SplitMix64(seed: seed, stream: UInt64(epoch))
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, generator.next(below: last + 1))
    }
    return order
  }

  /// Some of `total` pictures, in order, for a seed always the same ones: a random choice, for sets may lie in
  /// the order of their classes, and MNIST changes between two groups of writers at every picture.
  public static func choice(_ count: Int, of total: Int, seed: UInt64 = 0) -> [Int] {
    guard count < total else { return Array(0..<total) }
    return ShuffledOrder(count: total, seed: seed).permutation(epoch: 0).prefix(count).sorted()
  }

  private mutating func remembered(epoch: Int) -> [Int] {
    if let cached, cached.epoch == epoch { return cached.permutation }
    let permutation = permutation(epoch: epoch)
    cached = (epoch, permutation)
    return permutation
  }
}
