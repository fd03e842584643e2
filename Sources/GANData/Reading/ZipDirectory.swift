/// A file of a zip archive, as the archive's directory describes it.
struct ZipEntry {
  enum Method {
    case stored
    case deflated
    case encrypted
    case other(Int)
  }

  let name: String
  let method: Method
  let size: Int
  let compressedSize: Int
  let checksum: UInt32
  /// Where the member's own header begins.
  let offset: Int

  static func complaint(aboutMethod number: Int) -> String {
    let names = [9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz"]
    let name = names[number] ?? "method \(number)"
    return "compressed by \(name); only stored and deflated files of zip archives are read"
  }
}

/// The central directory of a zip archive, which stands at its end.
struct ZipDirectory {
  private(set) var entries: [ZipEntry] = []
  private let file: OpenFile

  init(_ file: OpenFile) throws {
    self.file = file
    let (start, size, count) = try place()
    let bytes = try file.read(at: start, count: size)
    guard bytes.count == size else { throw cut }
    var rest = bytes[...]
    for _ in 0..<count {
      let (entry, length) = try entry(rest)
      if let entry { entries.append(entry) }
      rest = rest.dropFirst(length)
    }
  }

  private var cut: DataError {
    .malformed(path: file.path, problem: "the zip archive is cut: its directory is not at its end")
  }

  private var damaged: DataError {
    .malformed(path: file.path, problem: "the directory of the zip archive is damaged")
  }

  /// Where the directory is and how many entries it has, from the record behind it.
  private func place() throws -> (start: Int, size: Int, count: Int) {
    // A comment of up to 65,535 bytes may follow the record.
    let tailStart = max(0, file.size - 65_535 - 22)
    let tail = try file.read(at: tailStart, count: file.size - tailStart)
    let signature: [UInt8] = [0x50, 0x4B, 5, 6]
    let places = stride(from: tail.count - 22, through: 0, by: -1)
    guard let found = places.first(where: { tail[$0..<$0 + 4].elementsEqual(signature) }) else {
      throw cut
    }
    let record = Bytes(tail[found...])
    guard let count = record.word(10, 2, little: true), let size = record.word(12, 4, little: true),
      let start = record.word(16, 4, little: true)
    else { throw cut }
    if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
      if let large = try largePlace(before: tailStart + found) { return large }
    }
    guard start <= file.size, size <= file.size - start else { throw cut }
    return (start, size, count)
  }

  /// The same of an archive above 4 GiB: a record whose place another one tells.
  private func largePlace(before end: Int) throws -> (start: Int, size: Int, count: Int)? {
    let locator = Bytes(try file.read(at: max(0, end - 20), count: 20)[...])
    guard locator.word(0, 4, little: true) == 0x0706_4B50,
      let place = Self.large(locator, 8), place <= file.size
    else { return nil }
    let record = Bytes(try file.read(at: place, count: 56)[...])
    guard record.word(0, 4, little: true) == 0x0606_4B50, let count = Self.large(record, 32),
      let size = Self.large(record, 40), let start = Self.large(record, 48),
      start <= file.size, size <= file.size - start
    else { throw damaged }
    return (start, size, count)
  }

  /// A number of 8 bytes that is not negative.
  private static func large(_ bytes: Bytes, _ offset: Int) -> Int? {
    guard let low = bytes.word(offset, 4, little: true),
      let high = bytes.word(offset + 4, 4, little: true), high < 1 << 30
    else { return nil }
    return high << 32 | low
  }

  /// The first entry of what is left of the directory, nil for a folder, and its length.
  private func entry(_ rest: ArraySlice<UInt8>) throws -> (ZipEntry?, length: Int) {
    let record = Bytes(rest)
    func word(_ offset: Int, _ count: Int) throws -> Int {
      guard let word = record.word(offset, count, little: true) else { throw damaged }
      return word
    }
    guard try word(0, 4) == 0x0201_4B50 else { throw damaged }
    let (nameLength, extraLength) = (try word(28, 2), try word(30, 2))
    let length = 46 + nameLength + extraLength + (try word(32, 2))
    guard length <= rest.count else { throw damaged }
    let name = fileNameText(Array(rest.dropFirst(46).prefix(nameLength)))
    let folders = name.replacing("\\", with: "/")
    if folders.hasSuffix("/") { return (nil, length) }
    var sizes = [try word(24, 4), try word(20, 4), try word(42, 4)]
    try enlarge(&sizes, by: rest.dropFirst(46 + nameLength).prefix(extraLength))
    let isEncrypted = try word(8, 2) & 1 == 1
    let entry = ZipEntry(
      name: folders, method: isEncrypted ? .encrypted : Self.method(try word(10, 2)),
      size: sizes[0], compressedSize: sizes[1], checksum: UInt32(try word(16, 4)),
      offset: sizes[2])
    guard entry.compressedSize <= file.size, entry.offset <= file.size else { throw damaged }
    return (entry, length)
  }

  private static func method(_ number: Int) -> ZipEntry.Method {
    switch number {
    case 0: .stored
    case 8: .deflated
    default: .other(number)
    }
  }

  /// Numbers that do not fit into 4 bytes stand in the extra field, in this order.
  private func enlarge(_ sizes: inout [Int], by extra: ArraySlice<UInt8>) throws {
    guard sizes.contains(0xFFFF_FFFF) else { return }
    var rest = extra
    while let kind = Bytes(rest).word(0, 2, little: true),
      let length = Bytes(rest).word(2, 2, little: true)
    {
      if kind == 1 {
        let field = Bytes(rest.dropFirst(4).prefix(length))
        var offset = 0
        for index in sizes.indices where sizes[index] == 0xFFFF_FFFF {
          guard let value = Self.large(field, offset) else { throw damaged }
          sizes[index] = value
          offset += 8
        }
        return
      }
      rest = rest.dropFirst(4 + length)
    }
  }
}
