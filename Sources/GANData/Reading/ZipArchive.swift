import CImage

/// The files of a zip archive, read in place.
///
/// Opening reads the central directory; members are then read with positioned reads and inflated by
/// zlib, so any number of threads may read at once. Archives above 4 GiB are understood; members may be
/// stored or deflated, which is what everything writes. A name stored twice means its last version.
public struct ZipArchive: FileSet {
  /// The archive, as the user named it.
  public let path: String
  /// Names inside the archive, sorted.
  public let members: [String]
  private let entries: [ZipEntry]
  private let file: OpenFile

  /// Reads the directory of an archive.
  public init(_ path: String) throws {
    let file = try OpenFile(path)
    var index: [String: ZipEntry] = [:]
    for entry in try ZipDirectory(file).entries where !isHidden(entry.name) {
      index[entry.name] = entry
    }
    entries = index.values.sorted { byteOrder($0.name, $1.name) }
    members = entries.map(\.name)
    (self.path, self.file) = (path, file)
  }

  /// The size of a member when it is unpacked.
  public func size(ofMember index: Int) -> Int { entries[index].size }

  /// The first `limit` bytes of a member. The check sum is compared where all of it is read.
  public func bytes(ofMember index: Int, limit: Int) throws -> [UInt8] {
    let entry = entries[index]
    let start = try dataStart(of: entry, index)
    let wanted = min(limit, entry.size)
    switch entry.method {
    case .stored:
      guard entry.size == entry.compressedSize else {
        throw problem("its two sizes differ", index)
      }
      return try checked(file.read(at: start, count: wanted), wanted, entry, index)
    case .deflated:
      guard entry.size <= Gzip.largestExpansion(of: entry.compressedSize) else {
        throw problem("its size cannot come from so few bytes", index)
      }
      // A little more than what inflates to as much, whatever it is; else all.
      let part = min(entry.compressedSize, wanted < entry.size ? wanted + wanted / 8 + 1024 : .max)
      let compressed = try file.read(at: start, count: part)
      let expansion = Self.inflate(compressed, capacity: wanted)
      if expansion.output.count < wanted, part < entry.compressedSize {
        let all = try file.read(at: start, count: entry.compressedSize)
        return try checked(Self.inflate(all, capacity: wanted).output, wanted, entry, index)
      }
      return try checked(expansion.output, wanted, entry, index)
    case .other(let number):
      throw problem(ZipEntry.complaint(aboutMethod: number), index)
    case .encrypted:
      throw problem("it is encrypted", index)
    }
  }

  private func checked(
    _ bytes: [UInt8], _ wanted: Int, _ entry: ZipEntry, _ index: Int
  ) throws -> [UInt8] {
    guard bytes.count == wanted else {
      throw DataError.mismatch(
        path: name(ofMember: index), problem: "the archive is cut or damaged inside this member",
        expected: "\(wanted) bytes", found: "\(bytes.count)")
    }
    if wanted == entry.size, ci_crc32(0, bytes, bytes.count) != entry.checksum {
      throw problem("damaged: its check sum is wrong", index)
    }
    return bytes
  }

  private func problem(_ text: String, _ index: Int) -> DataError {
    .malformed(path: name(ofMember: index), problem: text)
  }

  /// Behind the member's own header, whose extra field may differ from that of the directory.
  private func dataStart(of entry: ZipEntry, _ index: Int) throws -> Int {
    let header = Bytes(try file.read(at: entry.offset, count: 30)[...])
    guard header.word(0, 4, little: true) == 0x0403_4B50,
      let name = header.word(26, 2, little: true), let extra = header.word(28, 2, little: true)
    else { throw problem("the archive has no header where its directory says", index) }
    return entry.offset + 30 + name + extra
  }

  private static func inflate(_ bytes: [UInt8], capacity: Int) -> Gzip.Expansion {
    var failure: CodecFailure?
    let output = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      do throws(CodecFailure) {
        try CodecFailure.check { error in
          ci_inflate_raw(bytes, bytes.count, buffer.baseAddress, capacity, &count, error)
        }
      } catch {
        failure = error
      }
    }
    return Gzip.Expansion(output: output, failure: failure)
  }
}
