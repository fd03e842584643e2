/// Files of a tar archive as bytes, in POSIX's format (ustar, with pax records for long names).
enum TarEntry {
  /// What ends an archive.
  static let end = [UInt8](repeating: 0, count: 2 * TarHeader.blockSize)
  private static let nameSize = 100

  /// One file: its header and its content, in whole blocks.
  static func bytes(name: String, content: [UInt8]) -> [UInt8] {
    let own = Array(name.utf8)
    if own.count <= nameSize { return header(own, content.count, "0") + padded(content) }
    let record = Array(paxRecord("path=\(name)\n").utf8)
    return header(Array("././@PaxHeader".utf8), record.count, "x") + padded(record)
      + header(Array(own.prefix(nameSize)), content.count, "0") + padded(content)
  }

  /// A record says its own length, digits included.
  private static func paxRecord(_ text: String) -> String {
    var length = text.utf8.count + 2
    while "\(length) \(text)".utf8.count != length { length += 1 }
    return "\(length) \(text)"
  }

  private static func padded(_ content: [UInt8]) -> [UInt8] {
    let rest = content.count % TarHeader.blockSize
    return rest == 0 ? content : content + [UInt8](repeating: 0, count: TarHeader.blockSize - rest)
  }

  private static func header(_ name: [UInt8], _ size: Int, _ kind: Character) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: TarHeader.blockSize)
    func put(_ bytes: some Collection<UInt8>, at start: Int) {
      block.replaceSubrange(start..<start + bytes.count, with: bytes)
    }
    put(name, at: 0)
    put("0000644".utf8, at: 100)  // rights
    put("0000000".utf8, at: 108)  // owner
    put("0000000".utf8, at: 116)  // group
    put(octal(size, digits: 11).utf8, at: 124)
    put("00000000000".utf8, at: 136)  // no time: equal pictures make equal archives
    put("        ".utf8, at: 148)  // the check sum counts as spaces
    put("\(kind)".utf8, at: 156)
    put("ustar\u{0}00".utf8, at: 257)
    let sum = block.reduce(0) { $0 + Int($1) }
    put((octal(sum, digits: 6) + "\u{0} ").utf8, at: 148)
    return block
  }

  private static func octal(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
