import CImage

/// Images of an IDX file, the format of MNIST and its relatives.
public struct IDXImages: Sendable, Equatable {
  /// Number of images, at least 1.
  public let count: Int
  /// Rows of each image.
  public let height: Int
  /// Columns of each image.
  public let width: Int
  /// All images one after the other, grey.
  public let pixels: [UInt8]

  /// Reads a file, plain or compressed with gzip (its content decides, not its name).
  public init(contentsOf path: String) throws {
    let file = try IDXFile(path, dimensions: 3, kind: "images")
    (count, height, width) = (file.dimensions[0], file.dimensions[1], file.dimensions[2])
    pixels = file.values
    if count == 0 { throw DataError.noImages(path: path, detail: "its header says 0 images") }
    if height == 0 || width == 0 {
      throw DataError.mismatch(
        path: path, problem: "the images have no pixels", expected: "at least 1x1",
        found: "\(height)x\(width)")
    }
  }
}

/// Labels of an IDX file.
public struct IDXLabels: Sendable, Equatable {
  /// One class number for each image.
  public let values: [UInt8]

  /// Reads a file, plain or compressed with gzip.
  public init(contentsOf path: String) throws {
    values = try IDXFile(path, dimensions: 1, kind: "labels").values
  }
}

/// The reading that images and labels share: header, length, check sum.
private struct IDXFile {
  let dimensions: [Int]
  let values: [UInt8]

  init(_ path: String, dimensions rank: Int, kind: String) throws {
    let bytes = try OpenFile.contents(of: path)
    let headerSize = 4 + 4 * rank
    let isGzip = Gzip.isGzip(bytes)
    let head =
      isGzip ? Gzip.expand(bytes, limit: headerSize).output : Array(bytes.prefix(headerSize))
    dimensions = try Self.dimensions(from: head, rank: rank, kind: kind, path: path)
    let total = try Self.total(dimensions, plus: headerSize, path: path)
    let content = isGzip ? try Self.expanded(bytes, total: total, path: path) : bytes
    guard content.count == total else {
      let problem =
        content.count < total
        ? "the data ends early" : "there is more data than the header says"
      throw DataError.mismatch(
        path: path, problem: problem, expected: "\(total) bytes", found: "\(content.count)")
    }
    values = Array(content.dropFirst(headerSize))
  }

  private static func dimensions(
    from head: [UInt8], rank: Int, kind: String, path: String
  ) throws -> [Int] {
    let words = stride(from: 0, to: head.count - head.count % 4, by: 4).map { start in
      head[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let magic = 0x0800 + rank
    if let first = words.first, first != magic {
      throw DataError.mismatch(
        path: path, problem: "not an IDX file of \(kind)", expected: "magic number \(magic)",
        found: "\(first)")
    }
    guard words.count == rank + 1 else {
      throw DataError.mismatch(
        path: path, problem: "the IDX header ends early", expected: "\(4 + 4 * rank) bytes",
        found: "\(head.count)")
    }
    return Array(words.dropFirst())
  }

  private static func total(_ dimensions: [Int], plus header: Int, path: String) throws -> Int {
    var total = 1
    for size in dimensions {
      let (product, overflow) = total.multipliedReportingOverflow(by: size)
      // Room is left for the header and for one byte more, which shows trailing data.
      guard !overflow, product < .max - 64 else {
        let claim = dimensions.map(String.init).joined(separator: "x")
        throw DataError.malformed(
          path: path, problem: "the IDX header announces \(claim) values, which no file can hold")
      }
      total = product
    }
    return total + header
  }

  private static func expanded(_ bytes: [UInt8], total: Int, path: String) throws -> [UInt8] {
    let expansion = Gzip.expand(bytes, limit: total + 1)
    guard let failure = expansion.failure else { return expansion.output }
    switch failure.status {
    case CI_OUTPUT_FULL:
      throw DataError.mismatch(
        path: path, problem: "there is more data than the header says",
        expected: "\(total) bytes", found: "more")
    case CI_ENDS_EARLY:
      throw DataError.mismatch(
        path: path, problem: failure.message, expected: "\(total) bytes",
        found: "\(expansion.output.count)")
    default:
      throw DataError.malformed(path: path, problem: failure.message)
    }
  }
}
