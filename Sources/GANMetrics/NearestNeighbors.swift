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
/// copied. Distances are computed in float64, in blocks that are converted one by one.
///
/// - Parameter excludingSelf: `queries` and `base` are the same set, and a row is not its own
///   neighbour (a duplicate of it is).
/// - Throws: ``MetricError`` for different lengths, NaN, or fewer than `k` candidates.
public func nearestNeighbors(
  of queries: Tensor, in base: Tensor, k: Int = 1, excludingSelf: Bool = false
) throws -> Neighbors {
  try check("k", k, atLeast: 1)
  let (rows, candidates) = try comparableRows(FeatureRows(queries), FeatureRows(base))
  try checkSamples(
    "nearest neighbours", candidates.count, atLeast: excludingSelf ? k + 1 : k,
    advice: "use a smaller k")
  if excludingSelf, rows.count != candidates.count {
    throw MetricError.shape(
      what: "queries", found: queries.shape, expected: "\(base.shape), that of the set itself")
  }
  try checkSamples("nearest neighbours", rows.count, atLeast: 1, advice: "add samples")
  let search = NeighborSearch(k: k, excludingSelf: excludingSelf)
  let found = search.run(rows, candidates)
  return Neighbors(indices: found.indices, distances: found.values.sqrt())
}

/// The squared distance `[N]` of every row to its k-th nearest other row.
func squaredRadii(of rows: FeatureRows, k: Int) -> Tensor {
  NeighborSearch(k: k, excludingSelf: true).run(rows, rows).values.selected(1, k - 1)
}

/// Squared distances between two sets of rows, block by block.
struct DistanceBlocks {
  private let products: BlockProducts
  /// For each row of `a`, and of `b`: the squared distances that rounding alone makes of 0.
  let noise: (a: Tensor, b: Tensor)

  /// Both sets are moved near 0, far from which |x|² + |y|² - 2x·y loses digits; by whole numbers,
  /// so that coordinates with few digits stay exact and ties remain ties.
  init(_ a: FeatureRows, _ b: FeatureRows) {
    let center = Self.mean(of: b).rounded()
    let (squaresA, squaresB) = (Self.squares(of: a, center), Self.squares(of: b, center))
    // (x, |x|², 1)·(-2y, 1, |y|²): the whole distance in one product.
    products = BlockProducts(
      left: a, right: b,
      prepareLeft: { rows, range in
        let squares = squaresA[range].unsqueezed(1)
        return .concatenated([rows - center, squares, squares.zerosAlike() + 1], axis: 1)
      },
      prepareRight: { rows, range in
        let squares = squaresB[range].unsqueezed(1)
        return .concatenated([(rows - center) * -2, squares.zerosAlike() + 1, squares], axis: 1)
      })
    let unit = 8 * Double.ulpOfOne * Double(a.dimension).squareRoot()
    noise = (
      (squaresA + squaresB.maximum()) * unit, (squaresB + squaresA.maximum()) * unit
    )
  }

  private static func mean(of rows: FeatureRows) -> Tensor {
    let zeros = Tensor.zeros([rows.dimension], dtype: .float64, on: rows.device)
    return rows.blocks.reduce(zeros) { $0 + rows.block($1).sum(axes: [0]) } / Double(rows.count)
  }

  private static func squares(of rows: FeatureRows, _ center: Tensor) -> Tensor {
    .concatenated(rows.blocks.map { (rows.block($0) - center).squared().sum(axes: [1]) })
  }

  /// Squared distances of some rows of `a` to some of `b`, up to ``noise`` and possibly below 0.
  func forEach(
    _ body: (_ rows: Range<Int>, _ columns: Range<Int>, _ squared: Tensor) -> Void
  ) { products.forEach(body) }
}

/// A search of k neighbours, keeping the best so far of every block of rows.
private struct NeighborSearch {
  typealias Found = (values: Tensor, indices: Tensor)
  let k: Int
  let excludingSelf: Bool

  /// Squared distances and indices, `[queries, k]`.
  func run(_ queries: FeatureRows, _ base: FeatureRows) -> Found {
    let distances = DistanceBlocks(queries, base)
    var best: [Int: Found] = [:]
    distances.forEach { rows, columns, squared in
      let block = candidates(squared, rows, columns)
      best[rows.lowerBound] = best[rows.lowerBound].map { merge($0, block) } ?? block
    }
    let parts = best.sorted { $0.key < $1.key }.map(\.value)
    let squared = Tensor.concatenated(parts.map(\.values))
    // Duplicates lie at distance 0.
    let isNoise = squared .<= distances.noise.a.unsqueezed(1)
    return (squared.filled(where: isNoise, with: 0), .concatenated(parts.map(\.indices)))
  }

  private func candidates(
    _ distances: Tensor, _ rows: Range<Int>, _ columns: Range<Int>
  ) -> Found {
    var squared = distances
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

  private func merge(_ a: Found, _ b: Found) -> Found {
    let values = Tensor.concatenated([a.values, b.values], axis: 1)
    let top = values.top(min(k, values.size(1)), axis: 1, largest: false)
    let indices = Tensor.concatenated([a.indices, b.indices], axis: 1)
    return (top.values, indices.picked(top.indices, axis: 1))
  }
}
