/// One 512-byte header block of a tar archive.
struct TarHeader {
  static let blockSize = 512

  let name: String
  let size: Int
  let kind: Kind
  /// Where a link leads.
  let target: String

  enum Kind: Equatable {
    case file
    /// The next header's name is too long for it and stands in this member's data (GNU).
    case longName
    /// The next header's link leads to a place too long for it, which stands in this member's data (GNU).
    case longTarget
    /// Another name of a member: `target` is a path from the top of the archive.
    case hardLink
    /// `target` is a path from the link's own folder.
    case symbolicLink
    /// Records that override fields of the next header (POSIX).
    case extendedRecords
    /// Folders and devices: nothing follows the header.
    case withoutData
    /// Data that is no file of ours.
    case skipped
    /// A sparse file, whose data is not laid out as it reads.
    case sparse
  }

  enum Problem: Error {
    case checksum(expected: Int, found: Int)
    case badSize
  }

  /// - Parameter block: 512 bytes.
  init(_ block: [UInt8]) throws(Problem) {
    let stored = Self.octal(block[148..<156]) ?? -1
    let sum = block.indices.reduce(0) { $0 + (148..<156 ~= $1 ? 32 : Int(block[$1])) }
    guard stored == sum else { throw .checksum(expected: sum, found: stored) }
    guard let size = Self.number(block[124..<136]) else { throw .badSize }
    self.size = size
    kind = Self.kind(of: block[156])
    // Only POSIX archives keep the beginning of long names here; GNU's have other things.
    let isPOSIX = block[257..<263].elementsEqual(Array("ustar".utf8) + [0])
    let prefix = isPOSIX ? Self.text(block[345..<500]) : ""
    let last = Self.text(block[0..<100])
    name = prefix.isEmpty ? last : prefix + "/" + last
    target = Self.text(block[157..<257])
  }

  /// Whether a file that starts with `block` calls itself a tar archive.
  static func looksLikeTar(_ block: [UInt8]) -> Bool {
    block.count >= 262 && block[257..<262].elementsEqual(Array("ustar".utf8))
  }

  private static func kind(of flag: UInt8) -> Kind {
    switch flag {
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): .file
    case UInt8(ascii: "1"): .hardLink
    case UInt8(ascii: "2"): .symbolicLink
    case UInt8(ascii: "3")...UInt8(ascii: "6"): .withoutData
    case UInt8(ascii: "L"): .longName
    case UInt8(ascii: "K"): .longTarget
    case UInt8(ascii: "x"): .extendedRecords
    case UInt8(ascii: "S"): .sparse
    default: .skipped
    }
  }

  /// The bytes before the first zero.
  static func text(_ field: ArraySlice<UInt8>) -> String {
    fileNameText(Array(field.prefix { $0 != 0 }))
  }

  /// A size: octal digits, or big-endian bytes after a first byte of 0x80 for files over 8 GiB.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    guard field.first == 0x80 else { return octal(field) }
    var value = 0
    for byte in field.dropFirst() {
      guard value >> 54 == 0 else { return nil }
      value = value << 8 | Int(byte)
    }
    return value
  }

  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == 32 }.prefix { $0 != 0 && $0 != 32 }
    // A field has at most 12 digits, 36 bits.
    return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
  }
}

/// The records of a POSIX extended header: `LENGTH KEY=VALUE\n`, the length counting all of it.
enum PaxRecords {
  /// Returns nil if the records do not fit together.
  static func parse(_ bytes: [UInt8]) -> [String: String]? {
    var records: [String: String] = [:]
    var rest = bytes[...]
    while let first = rest.first, first != 0 {
      guard let space = rest.firstIndex(of: 32),
        let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
        length > space - rest.startIndex + 1, length <= rest.count
      else { return nil }
      let record = rest[(space + 1)..<(rest.startIndex + length)]
      guard record.last == UInt8(ascii: "\n"),
        let equals = record.firstIndex(of: UInt8(ascii: "="))
      else { return nil }
      let key = String(decoding: record[..<equals], as: UTF8.self)
      records[key] = fileNameText(Array(record[(equals + 1)...].dropLast()))
      rest = rest.dropFirst(length)
    }
    return records
  }
}
