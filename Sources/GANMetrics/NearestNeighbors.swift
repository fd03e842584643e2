import Torch

/// The samples of a set that lie nearest to each query, nearest first.
public struct Neighbors {
  /// Rows of the set, `[queries, k]`, int64.
  public let indices: Tensor
  /// Euclidean distances, `[queries, k]`, float64.
  public let distances: Tensor
}

/// The `k` rows of `base` `[M, D]` nearest to each row of `queries` `[N, D]`, by Euclidean distance.
///
/// With generated images as queries and the training set as base this shows what a generator has
/// copied. Distances are computed in float64 in blocks of at most 1024 x 8192.
///
/// - Parameter excludingSelf: `queries` and `base` are the same set, and a row is not its own
///   neighbour (a duplicate of it is).
/// - Throws: ``MetricError`` for different lengths, NaN, or fewer than `k` candidates.
public func nearestNeighbors(
  of queries: Tensor, in base: Tensor, k: Int = 1, excludingSelf: Bool = false
) throws -> Neighbors {
  try check("k", k, atLeast: 1)
  let (rows, candidates) = try comparableRows(queries, base)
  try checkSamples(
    "nearest neighbours", candidates.size(0), atLeast: excludingSelf ? k + 1 : k,
    advice: "use a smaller k")
  if excludingSelf, rows.shape != candidates.shape {
    throw MetricError.shape(
      what: "queries", found: rows.shape, expected: "\(candidates.shape), that of the set itself")
  }
  try checkSamples("nearest neighbours", rows.size(0), atLeast: 1, advice: "add samples")
  let found = NeighborSearch(rows, candidates, k: k, excludingSelf: excludingSelf).run()
  return Neighbors(indices: found.indices, distances: found.values.sqrt())
}

/// The squared distance `[N]` of every row to its k-th nearest other row.
func squaredRadii(of rows: Tensor, k: Int) -> Tensor {
  NeighborSearch(rows, rows, k: k, excludingSelf: true).run().values.selected(1, k - 1)
}

/// Squared distances between two sets of rows, block by block.
struct DistanceBlocks {
  static let rowsPerBlock = 1024
  static let columnsPerBlock = 8192
  private let a: Tensor
  private let b: Tensor
  private let squaresA: Tensor
  private let squaresB: Tensor

  /// Both sets are moved near 0, far from which |x|² + |y|² - 2x·y loses digits; by whole numbers,
  /// so that coordinates with few digits stay exact and ties remain ties.
  init(_ a: Tensor, _ b: Tensor) {
    let center = b.mean(axes: [0]).rounded()
    (self.a, self.b) = (a - center, b - center)
    squaresA = self.a.squared().sum(axes: [1], keepingDimensions: true)
    squaresB = self.b.squared().sum(axes: [1], keepingDimensions: true).transposed()
  }

  var rowBlocks: [Range<Int>] { a.rowBlocks(of: Self.rowsPerBlock) }
  var columnBlocks: [Range<Int>] { b.rowBlocks(of: Self.columnsPerBlock) }

  /// Squared distances of some rows of `a` to some of `b`. What rounding alone accounts for is 0,
  /// so that duplicates lie at distance 0.
  func callAsFunction(_ rows: Range<Int>, _ columns: Range<Int>) -> Tensor {
    let sizes =
      squaresA[rows] + squaresB.narrowed(1, from: columns.lowerBound, length: columns.count)
    let squared = sizes - a[rows].matmul(b[columns].transposed()) * 2
    let floor = sizes * (8 * Double.ulpOfOne * Double(a.size(1)).squareRoot())
    return squared.filled(where: squared .<= floor, with: 0)
  }
}

/// A search of k neighbours, keeping the best so far of every block of rows.
private struct NeighborSearch {
  let distances: DistanceBlocks
  let k: Int
  let excludingSelf: Bool

  init(_ queries: Tensor, _ base: Tensor, k: Int, excludingSelf: Bool) {
    distances = DistanceBlocks(queries, base)
    (self.k, self.excludingSelf) = (k, excludingSelf)
  }

  /// Squared distances and indices, `[queries, k]`.
  func run() -> (values: Tensor, indices: Tensor) {
    let parts = distances.rowBlocks.map { nearest(to: $0) }
    return (.concatenated(parts.map(\.values)), .concatenated(parts.map(\.indices)))
  }

  private func nearest(to rows: Range<Int>) -> (values: Tensor, indices: Tensor) {
    var best: (values: Tensor, indices: Tensor)?
    for columns in distances.columnBlocks {
      let block = candidates(rows, columns)
      let merged = best.map { merge($0, block) } ?? block
      best = merged
    }
    return best ?? candidates(rows, 0..<0)
  }

  private func candidates(_ rows: Range<Int>, _ columns: Range<Int>) -> (
    values: Tensor, indices: Tensor
  ) {
    var squared = distances(rows, columns)
    if excludingSelf, rows.overlaps(columns) {
      let own = Tensor.range(rows, on: squared.device).unsqueezed(1)
      let mask = own .== Tensor.range(columns, on: squared.device).unsqueezed(0)
      squared = squared.filled(where: mask, with: .infinity)
    }
    let top = squared.top(min(k, columns.count), axis: 1, largest: false)
    // A whole-number tensor: adding a plain number would turn the indices into floats.
    let offset = Tensor([columns.lowerBound]).moved(to: squared.device)
    return (top.values, top.indices + offset)
  }

  private func merge(
    _ a: (values: Tensor, indices: Tensor), _ b: (values: Tensor, indices: Tensor)
  ) -> (values: Tensor, indices: Tensor) {
    let values = Tensor.concatenated([a.values, b.values], axis: 1)
    let top = values.top(min(k, values.size(1)), axis: 1, largest: false)
    let indices = Tensor.concatenated([a.indices, b.indices], axis: 1)
    return (top.values, indices.picked(top.indices, axis: 1))
  }
}
