import Foundation

/// One file of the repository.
struct SourceFile {
  /// Relative to the repository.
  let path: String
  let text: String

  /// The repository.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func text(of path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The files below a folder with one of these endings, in order; not those of hidden folders.
  static func all(below folder: String, endings: Set<String> = ["swift"]) throws -> [SourceFile] {
    try FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(folder).path)
      .filter { endings.contains(($0 as NSString).pathExtension) }
      .filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
      .sorted().map { SourceFile(path: "\(folder)/\($0)", text: try text(of: "\(folder)/\($0)")) }
  }

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

  /// The lines with their comments cut off.
  var code: [String] {
    lines.map { String($0.prefix(upTo: $0.range(of: "//")?.lowerBound ?? $0.endIndex)) }
  }

  /// The names of the imported modules.
  var imports: [String] {
    lines.compactMap { line in
      let words = line.split(separator: " ")
      guard let position = words.firstIndex(of: "import"), position < 2 else { return nil }
      return words.dropFirst(position + 1).last.map(String.init)
    }
  }
}
