import Foundation
import Testing

@Suite("Sources")
struct SourceTests {
  @Test("no file is longer than 400 lines")
  func length() throws {
    let folders = [
      ("Sources", ["swift", "cpp", "h"]), ("Tests", ["swift"]), ("Benchmarks", ["swift"]),
    ]
    for (folder, endings) in folders {
      for file in try SourceFile.all(below: folder, endings: Set(endings)) {
        #expect(file.lines.count <= 401, "\(file.path) has \(file.lines.count - 1) lines")
      }
    }
  }

  @Test("nothing escapes the compiler's checks")
  func escapes() throws {
    // Written in two parts, so that this file does not contain them.
    let forbidden = ["@unchecked " + "Sendable", "try" + "!", "as" + "! "]
    for folder in ["Sources", "Tests", "Benchmarks"] {
      for file in try SourceFile.all(below: folder) {
        for (number, line) in file.code.enumerated() {
          for word in forbidden where line.contains(word) {
            Issue.record("\(file.path):\(number + 1): \(word)")
          }
        }
      }
    }
  }

  @Test("everything public is documented")
  func documentation() throws {
    for file in try SourceFile.all(below: "Sources") {
      let lines = file.lines.map { $0.trimmingCharacters(in: .whitespaces) }
      for (number, line) in lines.enumerated() where isPublicDeclaration(line) {
        #expect(
          isDocumented(lines[..<number]), "\(file.path):\(number + 1): \(line)")
      }
    }
  }

  /// Every name that the tool shows begins with a type that has a file of that name.
  @Test("a file is named after something in it")
  func names() throws {
    for file in try SourceFile.all(below: "Sources") {
      let name = ((file.path as NSString).lastPathComponent as NSString).deletingPathExtension
      let words = name.split(separator: "+").map(String.init)
      guard words.count == 2 else { continue }
      #expect(file.text.contains("extension \(words[0])"), "\(file.path) extends no \(words[0])")
    }
  }

  /// Whether the lines above a declaration end with its comment, or with the attribute of a setting,
  /// which says what the property means.
  private func isDocumented(_ above: ArraySlice<String>) -> Bool {
    for line in above.reversed() {
      if line.hasPrefix("///") || line.hasPrefix("@Setting(") { return true }
      // An attribute may go over several lines.
      if !["@", ".", "\""].contains(where: line.hasPrefix) { return false }
    }
    return false
  }

  private func isPublicDeclaration(_ line: String) -> Bool {
    let words = line.split(separator: " ").map(String.init)
    guard words.first == "public", words.count > 1 else { return false }
    return !["extension", "import"].contains(words[1])
  }
}
