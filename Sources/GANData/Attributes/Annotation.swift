import Foundation

/// A file that says something of every picture of a set, such as CelebA's lists or a table of labels.
struct Annotation {
  /// What to call it in a message.
  let path: String
  /// The folder of the set that it lies in, empty at the top; nil for a file beside the set.
  let folder: String?
  let bytes: [UInt8]

  /// Whether it lies in the set and not beside it.
  var isInside: Bool { folder != nil }

  /// The first of these files that there is, in a folder or archive, the one nearest to its top, or else
  /// in the folder that holds it; nil where there is none.
  ///
  /// - Throws: `DataError` for a file that cannot be read.
  init?(named fileNames: [String], of files: any FileSet) throws {
    let found = try fileNames.lazy.compactMap { try Self.inside(files, named: $0).first }.first
    guard let file = try found ?? Self.beside(files, named: fileNames) else { return nil }
    self = file
  }

  private init(_ path: String, folder: String?, _ bytes: [UInt8]) {
    (self.path, self.folder, self.bytes) = (path, folder, bytes)
  }

  /// All files of that name in a folder or archive, those nearest to its top first.
  static func inside(_ files: any FileSet, named fileName: String) throws -> [Annotation] {
    try inside(files) { $0 == fileName || $0.hasSuffix("/" + fileName) }
  }

  /// All files with that ending in a folder or archive, those nearest to its top first.
  static func inside(_ files: any FileSet, ending: String) throws -> [Annotation] {
    try inside(files) { $0.lowercased().hasSuffix(ending) }
  }

  private static func inside(
    _ files: any FileSet, where isWanted: (String) -> Bool
  ) throws -> [Annotation] {
    let depth = { (index: Int) in files.members[index].utf8.count { $0 == UInt8(ascii: "/") } }
    return try files.members.indices
      .filter { isWanted(files.members[$0]) }
      .sorted { (depth($0), $0) < (depth($1), $1) }
      .map { member in
        let path = files.members[member]
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        return Annotation(
          files.name(ofMember: member), folder: folder,
          try files.bytes(ofMember: member, limit: .max))
      }
  }

  /// The first of these files that there is in the folder that holds a set.
  static func beside(_ files: any FileSet, named fileNames: [String]) throws -> Annotation? {
    let place = URL(fileURLWithPath: files.path).standardizedFileURL.deletingLastPathComponent()
    let paths = fileNames.map { place.appendingPathComponent($0).path }
    guard let path = paths.first(where: FileManager.default.fileExists(atPath:)) else { return nil }
    return Annotation(path, folder: nil, try OpenFile.contents(of: path))
  }

  /// Its name without folders.
  var fileName: String { String(path.split(separator: "/").last ?? "") }

  /// Whether commas stand between words, as in the lists that Kaggle gives out.
  var hasCommas: Bool { path.lowercased().hasSuffix(".csv") }

  /// Calls `body` with the number of each line, counted from 1, and its words. Empty lines are counted
  /// and passed over.
  func forEachLine(_ body: (_ number: Int, _ words: [ArraySlice<UInt8>]) throws -> Void) rethrows {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let words = line.split { byte in
        byte == UInt8(ascii: " ") || byte == 9 || byte == 13
          || hasCommas && byte == UInt8(ascii: ",")
      }
      if !words.isEmpty { try body(index + 1, words) }
    }
  }

  /// A complaint about a line.
  func malformed(line: Int, expected: String) -> DataError {
    .malformed(path: path, problem: "line \(line): expected \(expected)")
  }
}

extension String {
  /// A word of an annotation.
  init(word: ArraySlice<UInt8>) { self.init(decoding: word, as: UTF8.self) }
}

extension [String: Int] {
  /// The value for the picture at a path: that of its file name, or of the `.jpg` it was made from, for
  /// CelebA's lists name JPEG files and its pictures come as PNG, too.
  func value(forPicture path: String) -> Int? {
    let name = path.split(separator: "/").last ?? ""
    if let value = self[String(name)] { return value }
    guard let dot = name.lastIndex(of: ".") else { return nil }
    return self[name[..<dot] + ".jpg"]
  }
}
