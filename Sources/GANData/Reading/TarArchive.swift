/// The regular files of an uncompressed tar archive, read in place.
///
/// Opening walks over the headers once and keeps an index; members are then read with positioned
/// reads, so any number of threads may read at once. USTAR, GNU long names and POSIX extended
/// headers are understood. A name stored twice means its last version, as `tar` extracts it.
public struct TarArchive: FileSet {
  /// The archive, as the user named it.
  public let path: String
  /// Names inside the archive, sorted.
  public let members: [String]
  private let places: [Range<Int>]
  private let file: OpenFile

  /// Indexes an archive.
  public init(_ path: String) throws {
    let file = try OpenFile(path)
    var index: [String: Range<Int>] = [:]
    var walk = TarWalk(file: file)
    while let (name, place) = try walk.nextFile() {
      if !isHidden(name) { index[name] = place }
    }
    let sorted = index.sorted { byteOrder($0.key, $1.key) }
    self.path = path
    self.file = file
    members = sorted.map(\.key)
    places = sorted.map(\.value)
  }

  /// The first `limit` bytes of a member.
  public func bytes(ofMember index: Int, limit: Int) throws -> [UInt8] {
    let place = places[index]
    let wanted = min(limit, place.count)
    let bytes = try file.read(at: place.lowerBound, count: wanted)
    guard bytes.count == wanted else {
      throw DataError.mismatch(
        path: name(ofMember: index), problem: "the archive has become shorter",
        expected: "\(wanted) bytes", found: "\(bytes.count)")
    }
    return bytes
  }

  /// The size of a member.
  public func size(ofMember index: Int) -> Int { places[index].count }
}

/// Goes from header to header.
private struct TarWalk {
  let file: OpenFile
  private var offset = 0

  /// Long names and extended records are text; more than this is damage.
  private static let longestText = 1 << 20

  init(file: OpenFile) { self.file = file }

  /// The next regular file, or nil at the archive's end mark.
  mutating func nextFile() throws -> (name: String, place: Range<Int>)? {
    var longName: String?
    var records: [String: String] = [:]
    while let header = try nextHeader() {
      let size = try overridden(header.size, by: records["size"])
      let place = try takeData(of: header, size: size)
      switch header.kind {
      case .longName:
        longName = TarHeader.text(try text(at: place)[...])
      case .extendedRecords:
        guard let parsed = PaxRecords.parse(try text(at: place)) else {
          throw malformed("extended header at byte \(place.lowerBound) is damaged")
        }
        records = parsed
      case .file:
        let name = records["path"] ?? longName ?? header.name
        // Tar's old way of marking a folder.
        if !name.hasSuffix("/") { return (Self.normalized(name), place) }
        (longName, records) = (nil, [:])
      case .sparse:
        throw malformed("member \(longName ?? header.name) is sparse, which is not supported")
      case .withoutData, .skipped:
        (longName, records) = (nil, [:])
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
    if header.kind == .withoutData { return start..<start }
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

  private static func normalized(_ name: String) -> String {
    var rest = name[...]
    while rest.hasPrefix("./") || rest.hasPrefix("/") {
      rest = rest.drop { $0 == "." }.drop { $0 == "/" }
    }
    return String(rest)
  }
}
