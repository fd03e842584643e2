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

  /// The path and the reason, in one line.
  public var description: String { "\(path): \(reason)" }
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
  /// The file's bytes: an 8-byte length, a JSON header, then the elements in order of name.
  public func encoded() throws -> Data {
    var header: [String: HeaderValue] = [:]
    if !metadata.isEmpty { header["__metadata__"] = .text(metadata) }
    let names = tensors.keys.sorted()
    var body = Data()
    for name in names {
      guard let tensor = tensors[name] else { continue }
      let bytes = tensor.rawBytes
      header[name] = .entry(
        Entry(
          dtype: tensor.dtype.safetensorsName, shape: tensor.shape,
          offsets: [body.count, body.count + bytes.count]))
      body.append(contentsOf: bytes)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json = try encoder.encode(header)
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    var file = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
    file.append(json)
    file.append(body)
    return file
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

  init(_ data: Data, path: String) throws {
    func fail(_ reason: String) -> SafetensorsError {
      SafetensorsError(path: path, reason: "not a whole safetensors file: \(reason)")
    }
    guard data.count >= 8 else { throw fail("\(data.count) bytes, expected at least 8") }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(data.count - 8) else {
      throw fail("the header claims \(length) bytes, the file has \(data.count)")
    }
    let start = 8 + Int(length)
    guard let header = try? JSONDecoder().decode(Header.self, from: data[8..<start]) else {
      throw fail("the header is no valid JSON description")
    }
    metadata = header.metadata
    tensors = [:]
    let body = data[start...]
    for (name, entry) in header.entries {
      guard let tensor = Self.tensor(entry, in: body) else {
        throw fail("tensor '\(name)' does not fit into the \(body.count) bytes of data")
      }
      tensors[name] = tensor
    }
  }

  /// The tensor an entry describes, or `nil` where the description does not fit the body.
  private static func tensor(_ entry: Entry, in body: Data) -> Tensor? {
    guard let dtype = DType.names.first(where: { $0.1 == entry.dtype })?.0,
      entry.offsets.count == 2, entry.shape.allSatisfy({ $0 >= 0 })
    else { return nil }
    var byteCount = dtype.byteCount
    for length in entry.shape {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: length)
      if overflow { return nil }
      byteCount = product
    }
    let (from, to) = (entry.offsets[0], entry.offsets[1])
    guard from >= 0, from <= to, to <= body.count, to - from == byteCount else { return nil }
    let slice = body[(body.startIndex + from)..<(body.startIndex + to)]
    return slice.withUnsafeBytes { Tensor(rawBytes: $0, shape: entry.shape, dtype: dtype) }
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
