import Foundation

/// A file that says something of every picture of a set, such as CelebA's lists.
struct Annotation {
  /// What to call it in a message.
  let path: String
  /// Whether it lies in the set and not beside it.
  let isInside: Bool
  private let bytes: [UInt8]

  /// The file of that name in a folder or archive, the one nearest to its top, or else in the folder
  /// that holds it; nil where there is none.
  ///
  /// - Throws: `DataError` for a file that cannot be read.
  init?(named fileName: String, of files: any FileSet) throws {
    let inside = files.members.indices.filter {
      files.members[$0] == fileName || files.members[$0].hasSuffix("/" + fileName)
    }
    let depth = { (index: Int) in files.members[index].utf8.count { $0 == UInt8(ascii: "/") } }
    if let member = inside.min(by: { depth($0) < depth($1) }) {
      (path, isInside) = (files.name(ofMember: member), true)
      bytes = try files.bytes(ofMember: member, limit: .max)
      return
    }
    let place = URL(fileURLWithPath: files.path).standardizedFileURL
    let beside = place.deletingLastPathComponent().appendingPathComponent(fileName).path
    guard FileManager.default.fileExists(atPath: beside) else { return nil }
    (path, isInside) = (beside, false)
    bytes = try OpenFile.contents(of: beside)
  }

  /// Calls `body` with the number of each line, counted from 1, and its words. Empty lines are counted
  /// and passed over.
  func forEachLine(_ body: (_ number: Int, _ words: [ArraySlice<UInt8>]) throws -> Void) rethrows {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let words = line.split { $0 == UInt8(ascii: " ") || $0 == 9 || $0 == 13 }
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
