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
/// copied. Distances are computed in float64, in blocks.
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
  // Blocks that stay in the cache: several times faster than large ones.
  private static let rowsPerBlock = 512
  private static let columnsPerBlock = 2048
  private let left: Tensor
  private let right: Tensor
  /// For each row of `a`, and of `b`: the squared distances that rounding alone makes of 0.
  let noise: (a: Tensor, b: Tensor)

  /// Both sets are moved near 0, far from which |x|² + |y|² - 2x·y loses digits; by whole numbers,
  /// so that coordinates with few digits stay exact and ties remain ties.
  init(_ a: Tensor, _ b: Tensor) {
    let center = b.mean(axes: [0]).rounded()
    let (x, y) = (a - center, b - center)
    let squaresX = x.squared().sum(axes: [1], keepingDimensions: true)
    let squaresY = y.squared().sum(axes: [1], keepingDimensions: true)
    // (x, |x|², 1)·(-2y, 1, |y|²): the whole distance in one product.
    left = .concatenated([x, squaresX, squaresX.zerosAlike() + 1], axis: 1)
    right = .concatenated([y * -2, squaresY.zerosAlike() + 1, squaresY], axis: 1).transposed()
    let unit = 8 * Double.ulpOfOne * Double(a.size(1)).squareRoot()
    noise = (
      (squaresX.squeezed(1) + squaresY.maximum()) * unit,
      (squaresY.squeezed(1) + squaresX.maximum()) * unit
    )
  }

  var rowBlocks: [Range<Int>] { left.rowBlocks(of: Self.rowsPerBlock) }
  var columnBlocks: [Range<Int>] { right.transposed().rowBlocks(of: Self.columnsPerBlock) }

  /// Squared distances of some rows of `a` to some of `b`, up to ``noise`` and possibly below 0.
  func callAsFunction(_ rows: Range<Int>, _ columns: Range<Int>) -> Tensor {
    left[rows].matmul(right.narrowed(1, from: columns.lowerBound, length: columns.count))
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
    let squared = Tensor.concatenated(parts.map(\.values))
    // Duplicates lie at distance 0.
    let isNoise = squared .<= distances.noise.a.unsqueezed(1)
    return (squared.filled(where: isNoise, with: 0), .concatenated(parts.map(\.indices)))
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
