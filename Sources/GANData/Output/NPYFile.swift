import Foundation

/// An array in NumPy's file format `.npy`: version 1.0, little endian, C order.
public struct NPYFile: Sendable, Equatable {
  /// What one element is.
  public enum Element: String, Sendable, CaseIterable {
    /// A byte.
    case uint8 = "|u1"
    /// A whole number of 64 bits.
    case int64 = "<i8"
    /// A number of 32 bits.
    case float32 = "<f4"

    /// Its size.
    public var byteCount: Int {
      switch self {
      case .uint8: 1
      case .int64: 8
      case .float32: 4
      }
    }

    /// What Python calls it.
    var name: String {
      switch self {
      case .uint8: "uint8"
      case .int64: "int64"
      case .float32: "float32"
      }
    }
  }

  /// What one element is.
  public let element: Element
  /// The length of every axis.
  public let shape: [Int]
  /// The elements in row-major order.
  public let bytes: [UInt8]

  /// An array of bytes.
  public init(_ values: [UInt8], shape: [Int]) { self.init(.uint8, shape, values) }

  /// An array of whole numbers.
  public init(_ values: [Int64], shape: [Int]) {
    self.init(.int64, shape, values.flatMap { Self.littleEndian(UInt64(bitPattern: $0)) })
  }

  /// An array of numbers.
  public init(_ values: [Float], shape: [Int]) {
    self.init(.float32, shape, values.flatMap { Self.littleEndian($0.bitPattern) })
  }

  private init(_ element: Element, _ shape: [Int], _ bytes: [UInt8]) {
    precondition(
      bytes.count == shape.reduce(element.byteCount, *),
      "\(bytes.count) bytes for shape \(shape) of \(element)")
    (self.element, self.shape, self.bytes) = (element, shape, bytes)
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
  }

  /// The elements of an array of numbers.
  public var floats: [Float] {
    precondition(element == .float32, "the elements are \(element.name)")
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
      return Float(bitPattern: bits)
    }
  }
}

// MARK: - Writing

extension NPYFile {
  static let magic = [0x93] + Array("NUMPY".utf8)

  /// The whole file.
  public func encoded() -> [UInt8] {
    let lengths = shape.map { "\($0)," }.joined(separator: " ")
    let header =
      "{'descr': '\(element.rawValue)', 'fortran_order': False, 'shape': (\(lengths)), }"
    // The elements begin at a multiple of 64.
    let padding = 63 - (10 + header.utf8.count) % 64
    let text = Array((header + String(repeating: " ", count: padding) + "\n").utf8)
    return Self.magic + [1, 0] + Self.littleEndian(UInt16(text.count)) + text + bytes
  }
}

// MARK: - Reading

extension NPYFile {
  /// Reads a file of versions 1.0 to 3.0.
  ///
  /// - Throws: `DataError` naming the file, when it is damaged or of an unsupported kind.
  public init(readingFrom path: String) throws {
    try self.init(OpenFile.contents(of: path), path: path)
  }

  init(_ file: [UInt8], path: String) throws {
    func fail(_ problem: String) -> DataError { .malformed(path: path, problem: problem) }
    let (header, start) = try NPYHeader.reading(file, path: path)
    if header.isFortran {
      throw fail("in Fortran order, expected C order: save numpy.ascontiguousarray of it")
    }
    guard let element = Element(rawValue: header.description) else {
      throw DataError.mismatch(
        path: path, problem: "unsupported elements",
        expected: Element.allCases.map { "\($0.name) '\($0.rawValue)'" }.joined(separator: ", "),
        found: "'\(header.description)'")
    }
    guard let expected = Self.byteCount(element, header.shape), expected == file.count - start
    else {
      throw fail(
        "its shape \(header.shape) of \(element.name) does not fit the \(file.count - start) "
          + "bytes of elements")
    }
    self.init(element, header.shape, Array(file[start...]))
  }

  private static func byteCount(_ element: Element, _ shape: [Int]) -> Int? {
    var count = element.byteCount
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow { return nil }
      count = product
    }
    return count
  }
}

/// The Python dictionary at the beginning of a file.
struct NPYHeader {
  let description: String
  let isFortran: Bool
  let shape: [Int]

  /// Reads the header of a file, of which its beginning is enough, and tells where the elements begin.
  static func reading(_ file: [UInt8], path: String) throws -> (header: NPYHeader, start: Int) {
    func fail(_ problem: String) -> DataError { .malformed(path: path, problem: problem) }
    guard file.starts(with: NPYFile.magic), file.count >= 10 else { throw fail("not a .npy file") }
    guard (1...3).contains(file[6]) else { throw fail("version \(file[6]) of .npy is not read") }
    let width = file[6] == 1 ? 2 : 4
    guard file.count >= 8 + width else { throw fail("cut short in its header") }
    let length = (0..<width).reduce(0) { $0 | Int(file[8 + $1]) << (8 * $1) }
    let start = 8 + width + length
    guard start <= file.count else { throw fail("cut short in its header") }
    let text = String(decoding: file[(8 + width)..<start], as: UTF8.self)
    guard let header = NPYHeader(text) else { throw fail("its header cannot be understood") }
    return (header, start)
  }

  init?(_ text: String) {
    guard let description = Self.value(of: "descr", in: text),
      let order = Self.value(of: "fortran_order", in: text),
      let tuple = Self.value(of: "shape", in: text), tuple.hasPrefix("("),
      ["True", "False"].contains(order)
    else { return nil }
    let lengths = tuple.dropFirst().split(separator: ",").map {
      Int($0.trimmingCharacters(in: .whitespaces))
    }
    guard lengths.allSatisfy({ ($0 ?? -1) >= 0 }) else { return nil }
    self.description = description.trimmingCharacters(in: CharacterSet(charactersIn: "'\""))
    isFortran = order == "True"
    shape = lengths.compactMap { $0 }
  }

  /// What stands between a key and the next comma, or the next parenthesis after an opening one.
  private static func value(of key: String, in text: String) -> String? {
    guard let found = text.range(of: "'\(key)':") ?? text.range(of: "\"\(key)\":") else {
      return nil
    }
    let rest = text[found.upperBound...].drop { $0 == " " }
    let end = rest.firstIndex { rest.hasPrefix("(") ? $0 == ")" : ",}".contains($0) }
    return end.map { rest[..<$0].trimmingCharacters(in: .whitespaces) }
  }
}
