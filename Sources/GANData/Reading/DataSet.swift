import Foundation

/// Opening data sets by name or path.
public enum DataSet {
  /// Opens a built-in set by its name, or whatever lies at a path: an IDX file (with its labels
  /// beside it), a folder of IDX files, a folder of images, a tar or zip archive of images, several of them
  /// (`shard-{000..099}.tar`), or images as an array of NumPy's (`.npy`, `.npz`).
  ///
  /// A built-in name wins over a folder of that name; write `./mnist` for the folder.
  public static func open(_ nameOrPath: String, split: Split = .train) throws -> any ImageSource {
    if let name = BuiltInName(nameOrPath) { return try name.open(split) }
    return try open(path: nameOrPath, split: split)
  }

  /// The files of a folder, an archive or several, for sets whose folders mean something else than
  /// classes.
  public static func files(at path: String) throws -> any FileSet {
    if let shards = try shards(at: path) { return shards }
    return try isFolder(path) ? FolderFiles(path) : archive(at: path)
  }

  /// Whether something lies at a path, or at the first of those that it stands for.
  public static func isThere(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: ShardPattern(path)?.paths.first ?? path)
  }

  private static func shards(at path: String) throws -> ShardedFiles? {
    guard !FileManager.default.fileExists(atPath: path), let pattern = ShardPattern(path) else {
      return nil
    }
    return try ShardedFiles(path, pattern.paths.map { try archive(at: $0) })
  }

  /// Whether a file is an archive whose members can be read in place.
  public static func isArchive(_ path: String) throws -> Bool {
    switch try Container(of: path) {
    case .tar, .zip: true
    default: false
    }
  }

  private static func open(path: String, split: Split) throws -> any ImageSource {
    if let (archive, array) = ArrayImages.name(in: path) {
      return try ArrayArchive(archive).images(named: array, split: split)
    }
    if let shards = try shards(at: path) { return try ImageFiles(shards, split: split) }
    if try isFolder(path) {
      if let idx = try IDXFolder(path) { return try idx.open(split) }
      return try ImageFiles(FolderFiles(path), split: split)
    }
    switch try Container(of: path) {
    case .idx: return try IDXSet(imagesAt: path, labelsAt: IDXNames.labels(beside: path))
    case .array: return try ArrayImages(npy: path)
    case .arrays: return try ArrayArchive(path).images(named: nil, split: split)
    case .tar, .zip, .other: return try ImageFiles(archive(at: path), split: split)
    }
  }

  private static func archive(at path: String) throws -> any FileSet {
    switch try Container(of: path) {
    case .tar: return try TarArchive(path)
    case .zip, .arrays: return try ZipArchive(path)
    case .idx: throw DataError.malformed(path: path, problem: "an IDX file; it holds no files")
    case .array: throw DataError.malformed(path: path, problem: "an array; it holds no files")
    case .other(let problem): throw DataError.malformed(path: path, problem: problem)
    }
  }

  private static func isFolder(_ path: String) throws -> Bool {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
      return isFolder.boolValue
    }
    // What looks like a path is a missing file; a bare word is a misspelt name.
    if path.contains("/") || path.contains(".") {
      throw DataError.cannotRead(path: path, reason: "No such file or directory")
    }
    let names = BuiltInSet.allCases.map(\.rawValue)
    throw DataError.unknownName(name: path, suggestion: nearestName(to: path, among: names))
  }
}

/// The candidate with the fewest edits from `name`, if they are few enough to be a slip.
func nearestName(to name: String, among candidates: [String]) -> String? {
  let word = Array(name.lowercased())
  let best = candidates.map { (name: $0, edits: editDistance(word, Array($0.lowercased()))) }
    .min { $0.edits < $1.edits }
  guard let best, best.edits <= max(1, best.name.count / 2) else { return nil }
  return best.name
}

/// Insertions, deletions and substitutions that turn one word into the other.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let substitution = diagonal + (a[i] == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}
