/// Arrays in NumPy's file format `.npz`: a zip archive of `.npy` files, stored without compression.
public struct NPZFile: Sendable, Equatable {
  /// The arrays with their names, as `numpy.load(FILE)[NAME]` finds them.
  public let arrays: [(name: String, array: NPYFile)]

  /// Arrays by different names. Archives end at 4 GiB and 65,535 files.
  public init(_ arrays: [(name: String, array: NPYFile)]) { self.arrays = arrays }

  /// Whether names and arrays are equal.
  public static func == (a: NPZFile, b: NPZFile) -> Bool {
    a.arrays.elementsEqual(b.arrays) { $0.name == $1.name && $0.array == $1.array }
  }

  /// The bytes of the archive (PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16).
  ///
  /// - Precondition: it has less than 4 GiB.
  public func encoded() -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for (name, array) in arrays {
      let (name, data) = (Array("\(name).npy".utf8), array.encoded())
      let facts = NPZFile.facts(of: data, nameLength: name.count)
      directory += NPZFile.word(0x0201_4b50) + NPZFile.half(20) + facts
      // No comment, disk 0, no attributes; then where the file begins.
      directory += [UInt8](repeating: 0, count: 10) + NPZFile.word(archive.count) + name
      archive += NPZFile.word(0x0403_4b50) + facts + name + data
    }
    let start = archive.count
    precondition(start + directory.count < 1 << 32, "an archive of 4 GiB or more")
    let count = NPZFile.half(arrays.count)
    let end = NPZFile.word(0x0605_4b50) + NPZFile.half(0) + NPZFile.half(0) + count + count
    return archive + directory + end + NPZFile.word(directory.count) + NPZFile.word(start)
      + NPZFile.half(0)
  }

  /// What both headers of a file say of it: version 2.0, stored, the first of January 1980.
  private static func facts(of data: [UInt8], nameLength: Int) -> [UInt8] {
    half(20) + half(0) + half(0) + half(0) + half(0x21) + word(Int(CRC32.of(data)))
      + word(data.count) + word(data.count) + half(nameLength) + half(0)
  }

  private static func half(_ value: Int) -> [UInt8] {
    (0..<2).map { UInt8(value >> (8 * $0) & 255) }
  }

  private static func word(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(value >> (8 * $0) & 255) }
  }
}
