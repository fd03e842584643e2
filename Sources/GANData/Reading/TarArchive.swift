/// The regular files of an uncompressed tar archive, read in place.
///
/// Opening walks over the headers once and keeps an index; members are then read with positioned
/// reads, so any number of threads may read at once. USTAR, GNU long names and POSIX extended
/// headers are understood, and so are hard and symbolic links to other files of the archive. A name
/// stored twice means its last version, as `tar` extracts it.
public struct TarArchive: FileSet {
  /// The archive, as the user named it.
  public let path: String
  /// Names inside the archive, sorted.
  public let members: [String]
  /// Links that lead to nothing in the archive.
  public let unreachable: UnusedFiles
  private let places: [Range<Int>]
  private let file: OpenFile

  /// Indexes an archive.
  public init(_ path: String) throws {
    let file = try OpenFile(path)
    var walk = TarWalk(file: file)
    var index: [String: TarWalk.Content] = [:]
    while let (name, content) = try walk.nextMember() { index[name] = content }
    var (found, unreachable): ([String: Range<Int>], UnusedFiles) = ([:], UnusedFiles())
    for (name, content) in index where !isHidden(name) {
      if let place = Self.place(of: content, in: index) {
        found[name] = place
      } else {
        unreachable.add(path + "/" + name, because: "links that lead nowhere")
      }
    }
    let sorted = found.sorted { byteOrder($0.key, $1.key) }
    (self.path, self.file, self.unreachable) = (path, file, unreachable)
    members = sorted.map(\.key)
    places = sorted.map(\.value)
  }

  /// Where the data of a member lies, behind as many links as a system follows.
  private static func place(
    of content: TarWalk.Content, in index: [String: TarWalk.Content]
  ) -> Range<Int>? {
    var content: TarWalk.Content? = content
    for _ in 0..<40 {
      switch content {
      case .data(let place): return place
      case .link(let target): content = index[target]
      case nil: return nil
      }
    }
    return nil
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
