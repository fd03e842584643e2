/// Goes from header to header.
struct TarWalk {
  let file: OpenFile
  private var offset = 0

  /// Long names and extended records are text; more than this is damage.
  private static let longestText = 1 << 20

  init(file: OpenFile) { self.file = file }

  /// What a name of the archive stands for.
  enum Content {
    /// The bytes of a regular file.
    case data(Range<Int>)
    /// The file of another name, or nothing.
    case link(String)
  }

  /// The next regular file or link, or nil at the archive's end mark.
  mutating func nextMember() throws -> (name: String, content: Content)? {
    var (longName, longTarget): (String?, String?)
    var records: [String: String] = [:]
    while let header = try nextHeader() {
      let size = try overridden(header.size, by: records["size"])
      let place = try takeData(of: header, size: size)
      switch header.kind {
      case .longName:
        longName = TarHeader.text(try text(at: place)[...])
      case .longTarget:
        longTarget = TarHeader.text(try text(at: place)[...])
      case .extendedRecords:
        guard let parsed = PaxRecords.parse(try text(at: place)) else {
          throw malformed("extended header at byte \(place.lowerBound) is damaged")
        }
        records = parsed
      case .file:
        let name = records["path"] ?? longName ?? header.name
        // Tar's old way of marking a folder.
        if !name.hasSuffix("/") { return (Self.normalized(name), .data(place)) }
        (longName, longTarget, records) = (nil, nil, [:])
      case .hardLink, .symbolicLink:
        let name = Self.normalized(records["path"] ?? longName ?? header.name)
        let target = records["linkpath"] ?? longTarget ?? header.target
        return (name, .link(Self.resolved(target, of: name, header.kind)))
      case .sparse:
        throw malformed("member \(longName ?? header.name) is sparse, which is not supported")
      case .withoutData, .skipped:
        (longName, longTarget, records) = (nil, nil, [:])
      }
    }
    return nil
  }

  private mutating func nextHeader() throws -> TarHeader? {
    let block = try file.read(at: offset, count: TarHeader.blockSize)
    guard block.count == TarHeader.blockSize else {
      throw DataError.mismatch(
        path: file.path, problem: "the archive is cut: no end mark after \(offset) bytes",
        expected: "\(TarHeader.blockSize) bytes", found: "\(block.count)")
    }
    if block.allSatisfy({ $0 == 0 }) { return nil }
    do throws(TarHeader.Problem) {
      let header = try TarHeader(block)
      offset += TarHeader.blockSize
      return header
    } catch {
      throw headerError(error)
    }
  }

  private func headerError(_ problem: TarHeader.Problem) -> DataError {
    switch problem {
    case .badSize:
      malformed("tar header at byte \(offset) has an unreadable size")
    case .checksum(let expected, let found):
      .mismatch(
        path: file.path, problem: "tar header at byte \(offset) has a wrong check sum",
        expected: "\(expected)", found: "\(found)")
    }
  }

  private func overridden(_ size: Int, by record: String?) throws -> Int {
    guard let record else { return size }
    guard let value = Int(record), value >= 0 else {
      throw malformed("extended header before byte \(offset) has an unreadable size")
    }
    return value
  }

  /// Steps over a member's data, which fills whole blocks, and returns its place.
  private mutating func takeData(of header: TarHeader, size: Int) throws -> Range<Int> {
    let start = offset
    if [.withoutData, .hardLink, .symbolicLink].contains(header.kind) { return start..<start }
    guard size <= file.size - start else {
      throw DataError.mismatch(
        path: file.path + "/" + header.name, problem: "the archive is cut inside this member",
        expected: "\(size) bytes", found: "\(max(0, file.size - start))")
    }
    let blocks = (size + TarHeader.blockSize - 1) / TarHeader.blockSize
    offset += blocks * TarHeader.blockSize
    return start..<start + size
  }

  private func text(at place: Range<Int>) throws -> [UInt8] {
    guard place.count <= Self.longestText else {
      throw malformed("tar header before byte \(place.lowerBound) claims a name that is too long")
    }
    return try file.read(at: place.lowerBound, count: place.count)
  }

  private func malformed(_ problem: String) -> DataError {
    .malformed(path: file.path, problem: problem)
  }

  /// The member that a link leads to: a symbolic link's target is relative to the link's folder.
  private static func resolved(_ target: String, of link: String, _ kind: TarHeader.Kind) -> String
  {
    if kind == .hardLink { return normalized(target) }
    var folders = link.split(separator: "/").dropLast()
    for part in target.split(separator: "/") where part != "." {
      if part == ".." { _ = folders.popLast() } else { folders.append(part) }
    }
    return folders.joined(separator: "/")
  }

  private static func normalized(_ name: String) -> String {
    var rest = name[...]
    while rest.hasPrefix("./") || rest.hasPrefix("/") {
      rest = rest.drop { $0 == "." }.drop { $0 == "/" }
    }
    return String(rest)
  }
}
