/// What a file holds a data set in, told by its content and only where that says nothing by its name.
enum Container {
  /// A tar archive.
  case tar
  /// A zip archive of files.
  case zip
  /// An IDX file, compressed or not.
  case idx
  /// One array of NumPy's.
  case array
  /// Several of them in a zip archive.
  case arrays
  /// What cannot be read, and why.
  case other(String)

  /// Looks at the beginning of a file.
  init(of path: String) throws {
    let name = path.lowercased()
    let beginning = try OpenFile.contents(of: path, limit: 1 << 16)
    if TarHeader.looksLikeTar(beginning) {
      self = .tar
    } else if beginning.starts(with: NPYFile.magic) {
      self = .array
    } else if Self.isZip(beginning) {
      self = name.hasSuffix(".npz") ? .arrays : .zip
    } else if Gzip.isGzip(beginning) {
      self = Self.compressed(beginning)
    } else if beginning.starts(with: [0, 0, 8]) {
      self = .idx
    } else if let problem = Self.complaint(about: beginning) {
      self = .other(problem)
    } else {
      self = name.hasSuffix(".tar") ? .tar : .other(Self.unknown)
    }
  }

  private static let unknown = "neither a folder, a tar or zip archive, an array nor an IDX file"

  private static func isZip(_ beginning: [UInt8]) -> Bool {
    // An archive, one without any files, and one whose first part says that there is only one.
    [[3, 4], [5, 6], [7, 8]].contains { beginning.starts(with: Array("PK".utf8) + $0) }
  }

  private static func compressed(_ beginning: [UInt8]) -> Container {
    let content = Gzip.expand(beginning, limit: TarHeader.blockSize).output
    if TarHeader.looksLikeTar(content) {
      return .other("a compressed tar archive, which cannot be read in place; unpack it (gunzip)")
    }
    return .idx
  }

  private static func complaint(about beginning: [UInt8]) -> String? {
    if beginning.isEmpty { return "the file is empty" }
    if ImageFormat.isLargeFilePointer(beginning) { return ImageFormat.largeFileAdvice }
    if ImageFormat(magic: beginning) != nil { return "a single image; name the folder it is in" }
    let others: [(magic: [UInt8], problem: String)] = [
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "compressed with xz; unpack it (unxz)"),
      (Array("BZh".utf8), "compressed with bzip2; unpack it (bunzip2)"),
      ([0x28, 0xB5, 0x2F, 0xFD], "compressed with Zstandard; unpack it (unzstd)"),
      ([0x37, 0x7A, 0xBC, 0xAF], "a 7-Zip archive; unpack it"),
      (Array("Rar!".utf8), "a RAR archive; unpack it"),
      ([0x89] + Array("HDF".utf8), "an HDF5 file; save its images as an array (.npy)"),
      (Array("PAR1".utf8), "a Parquet file; save its images as files or as an array (.npy)"),
      ([0x80], "a pickle of Python; save its images as an array (.npy)"),
    ]
    return others.first { beginning.starts(with: $0.magic) }?.problem
  }
}
