import Foundation

/// Tensors by name with a few lines of text, as one file in the safetensors format.
public struct SafetensorsFile {
  /// The tensors, all on the processor.
  public var tensors: [String: Tensor]
  /// Free text by key; the format's `__metadata__`.
  public var metadata: [String: String]

  /// A file yet to be written.
  public init(tensors: [String: Tensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }
}

/// A file that is not what the safetensors format says it should be.
public struct SafetensorsError: Error, CustomStringConvertible {
  let path: String
  let reason: String

  /// The path and the reason, in one line whatever names a broken file contains.
  public var description: String {
    "\(path): \(reason)".split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}

private struct Entry: Codable {
  var dtype: String
  var shape: [Int]
  var offsets: [Int]

  enum CodingKeys: String, CodingKey {
    case dtype, shape
    case offsets = "data_offsets"
  }
}

extension DType {
  fileprivate static let names: [(DType, String)] = [
    (.float32, "F32"), (.float64, "F64"), (.bfloat16, "BF16"), (.float16, "F16"), (.int64, "I64"),
    (.int32, "I32"), (.uint8, "U8"), (.bool, "BOOL"),
  ]

  fileprivate var safetensorsName: String { Self.names.first { $0.0 == self }?.1 ?? "" }
}

// MARK: - Writing

extension SafetensorsFile {
  /// The file's bytes: an 8-byte length, a JSON header, then the elements, widest types first and
  /// by name among equals, so that readers which map the file find all of them aligned.
  public func encoded() throws -> Data {
    var file = Data()
    try forEachPiece { file.append(contentsOf: $0) }
    return file
  }

  /// The bytes of ``encoded()`` in pieces, the header and then each tensor, for files that are not
  /// to be held in memory once more.
  public func forEachPiece(_ body: ([UInt8]) throws -> Void) throws {
    var header: [String: HeaderValue] = [:]
    if !metadata.isEmpty { header["__metadata__"] = .text(metadata) }
    let ordered = tensors.sorted {
      ($1.value.dtype.byteCount, $0.key) < ($0.value.dtype.byteCount, $1.key)
    }
    var end = 0
    for (name, tensor) in ordered {
      let start = end
      end += tensor.count * tensor.dtype.byteCount
      header[name] = .entry(
        Entry(dtype: tensor.dtype.safetensorsName, shape: tensor.shape, offsets: [start, end]))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json = try encoder.encode(header)
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    try body(withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json)
    for (_, tensor) in ordered { try body(tensor.rawBytes) }
  }
}

private enum HeaderValue: Encodable {
  case text([String: String])
  case entry(Entry)

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .text(let text): try text.encode(to: encoder)
    case .entry(let entry): try entry.encode(to: encoder)
    }
  }
}

// MARK: - Reading

extension SafetensorsFile {
  /// Reads a whole file.
  ///
  /// - Throws: ``SafetensorsError`` naming the path, when the file is missing, cut short, or its
  ///   header does not describe its contents.
  public init(readingFrom url: URL) throws {
    let data: Data
    do {
      data = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw SafetensorsError(path: url.path, reason: "cannot be read, or is no file")
    }
    try self.init(data, path: url.path)
  }

  package init(_ data: Data, path: String) throws {
    func fail(_ reason: String) -> SafetensorsError {
      SafetensorsError(path: path, reason: "not a whole safetensors file: \(reason)")
    }
    guard data.count >= 8 else { throw fail("\(data.count) bytes, expected at least 8") }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(data.count - 8) else {
      throw fail("the header claims \(length) bytes, the file has \(data.count)")
    }
    let body = data.dropFirst(8 + Int(length))
    let text = data.dropFirst(8).prefix(Int(length))
    guard let header = try? JSONDecoder().decode(Header.self, from: text) else {
      throw fail("the header is no valid JSON description")
    }
    metadata = header.metadata
    tensors = [:]
    var end = 0
    for (name, entry) in header.entries.sorted(by: { $0.value.position < $1.value.position }) {
      do {
        tensors[name] = try entry.tensor(in: body, after: end)
      } catch let problem as Entry.Problem {
        throw fail("tensor '\(name)' \(problem.text)")
      }
      end = entry.offsets[1]
    }
    guard end == body.count else {
      throw fail("tensors take \(end) of the \(body.count) bytes of data")
    }
  }
}

extension Entry {
  fileprivate struct Problem: Error {
    var text: String
  }

  /// Where the tensor stands in the file; empty tensors precede the one at their place.
  fileprivate var position: (Int, Int) { (offsets.first ?? 0, offsets.last ?? 0) }

  /// The tensor this entry describes, which must follow the one that ends at byte `end` of `body`.
  fileprivate func tensor(in body: Data, after end: Int) throws -> Tensor {
    guard let type = DType.names.first(where: { $0.1 == dtype })?.0 else {
      throw Problem(text: "has the unknown type '\(dtype)'")
    }
    let byteCount = try self.byteCount(of: type)
    guard offsets.count == 2, offsets[0] == end, offsets[1] >= end, offsets[1] <= body.count else {
      throw Problem(
        text: "lies at \(offsets), expected from \(end) on within \(body.count) bytes of data")
    }
    guard offsets[1] - end == byteCount else {
      throw Problem(
        text: "has \(offsets[1] - end) bytes, shape \(shape) of \(dtype) has \(byteCount)")
    }
    let elements = body.dropFirst(end).prefix(byteCount)
    guard type != .bool || elements.allSatisfy({ $0 <= 1 }) else {
      throw Problem(text: "has truth values other than 0 and 1")
    }
    return elements.withUnsafeBytes { Tensor(rawBytes: $0, shape: shape, dtype: type) }
  }

  /// The bytes that the shape asks for. LibTorch also multiplies the lengths after a 0.
  private func byteCount(of type: DType) throws -> Int {
    guard shape.count <= 64, shape.allSatisfy({ $0 >= 0 }) else {
      throw Problem(text: "has the impossible shape \(shape.prefix(64))")
    }
    var product = type.byteCount
    for length in shape where length > 0 {
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      if overflow { throw Problem(text: "has the impossible shape \(shape)") }
      product = next
    }
    return shape.contains(0) ? 0 : product
  }
}

private struct Header: Decodable {
  var metadata: [String: String] = [:]
  var entries: [String: Entry] = [:]

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for key in container.allKeys {
      if key.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
      }
    }
  }
}
