import Torch

/// Rows of features as metrics read them: kept as they came, in a few pieces, and converted to
/// float64 block by block, so that no metric holds a set twice.
struct FeatureRows {
  /// Piece after piece, all rows in order.
  private(set) var pieces: [Tensor] = []
  /// Where blocks are computed, in float64.
  var device = Device.cpu
  private(set) var count = 0
  private var pending: [Tensor] = []
  private var pendingCount = 0

  /// Rows of a piece that small batches are joined to.
  private static let pieceSize = 4096
  /// Numbers of a block in float64: 16 MB.
  private static let blockElements = 1 << 21

  /// No rows.
  init() {}

  /// The rows of `[N, D]`, computed where they are, or on the processor where there is no float64.
  init(_ rows: Tensor) {
    (pieces, count) = ([rows.detached()], rows.shape.first ?? 0)
    device = rows.device == .mps ? .cpu : rows.device
  }

  /// Adds the rows of `[N, D]`.
  mutating func append(_ batch: Tensor) {
    pending.append(batch)
    (count, pendingCount) = (count + batch.size(0), pendingCount + batch.size(0))
    if pendingCount >= Self.pieceSize { join() }
  }

  /// Makes one piece of what has come since the last one.
  mutating func join() {
    if pending.isEmpty { return }
    pieces.append(pending.count == 1 ? pending[0] : .concatenated(pending))
    (pending, pendingCount) = ([], 0)
  }

  private var parts: [Tensor] { pieces + pending }

  /// The length of a row; 0 while there is none.
  var dimension: Int { parts.first?.size(1) ?? 0 }

  /// All rows in one tensor; `nil` where there are none.
  var tensor: Tensor? {
    let parts = parts
    return parts.count == 1 ? parts[0] : parts.isEmpty ? nil : .concatenated(parts)
  }

  /// Ranges of rows that are converted at a time.
  var blocks: [Range<Int>] {
    let size = min(max(Self.blockElements / max(dimension, 1), 64), 2048)
    return (0..<count).blocks(of: size)
  }

  /// Some rows in float64.
  func block(_ range: Range<Int>) -> Tensor {
    var (found, start): ([Tensor], Int) = ([], 0)
    for part in parts {
      let rows = start..<start + part.size(0)
      start = rows.upperBound
      let wanted = rows.clamped(to: range)
      if wanted.isEmpty { continue }
      let first = wanted.lowerBound - rows.lowerBound
      found.append(converted(part[first..<first + wanted.count]))
    }
    return found.count == 1 ? found[0] : .concatenated(found)
  }

  /// Rows in the order of `indices`, in float64.
  func gathered(_ indices: [Int]) -> Tensor {
    var (found, origins, start): ([Tensor], [Int], Int) = ([], [], 0)
    for part in parts {
      let rows = start..<start + part.size(0)
      start = rows.upperBound
      let positions = indices.indices.filter { rows.contains(indices[$0]) }
      if positions.isEmpty { continue }
      let chosen = Tensor(positions.map { indices[$0] - rows.lowerBound }).moved(to: part.device)
      found.append(converted(part.gathered(chosen)))
      origins += positions
    }
    // Pieces come one after the other; the order asked for mixes them.
    var order = [Int](repeating: 0, count: indices.count)
    for (place, origin) in origins.enumerated() { order[origin] = place }
    return Tensor.concatenated(found).gathered(Tensor(order).moved(to: device))
  }

  private func converted(_ rows: Tensor) -> Tensor {
    (rows.device == .mps ? rows.moved(to: .cpu) : rows).moved(to: device).cast(to: .float64)
  }

  /// Throws unless these are rows `[N, D]` of finite numbers; `what` names them in the error.
  func checked(_ what: String) throws -> FeatureRows {
    for part in parts {
      guard part.rank == 2, part.size(1) > 0 else {
        throw MetricError.shape(
          what: what, found: part.shape, expected: "[samples, features]")
      }
    }
    for range in blocks { _ = try block(range).checkedFinite(what) }
    return self
  }
}

extension Range<Int> {
  /// The ranges of at most `size` numbers that make up this one.
  func blocks(of size: Int) -> [Range<Int>] {
    stride(from: lowerBound, to: upperBound, by: size).map { $0..<Swift.min($0 + size, upperBound) }
  }
}

/// Two sets of rows of one length, checked.
func comparableRows(
  _ a: FeatureRows, _ b: FeatureRows
) throws -> (FeatureRows, FeatureRows) {
  let first = try a.checked("features")
  var second = try b.checked("reference features")
  if first.dimension != second.dimension {
    throw MetricError.dimensions(first.dimension, second.dimension)
  }
  second.device = first.device
  return (first, second)
}

/// The products of all rows of one set with all rows of another, block by block.
struct BlockProducts {
  /// Turns rows of a set, in float64, into factors of the product.
  typealias Preparation = (_ rows: Tensor, _ range: Range<Int>) -> Tensor

  // Products that stay in the cache: several times faster than large ones.
  private static let rowsPerProduct = 512
  let left: FeatureRows
  let right: FeatureRows
  let prepareLeft: Preparation
  let prepareRight: Preparation

  /// Calls `body` with every block `[rows, columns]`; for each range of rows columns come in order.
  func forEach(
    _ body: (_ rows: Range<Int>, _ columns: Range<Int>, _ product: Tensor) -> Void
  ) {
    for block in left.blocks {
      let x = prepareLeft(left.block(block), block)
      for columns in right.blocks {
        let y = prepareRight(right.block(columns), columns).transposed()
        for rows in block.blocks(of: Self.rowsPerProduct) {
          let part = x.narrowed(0, from: rows.lowerBound - block.lowerBound, length: rows.count)
          body(rows, columns, part.matmul(y))
        }
      }
    }
  }
}
