import Foundation
import Testing

/// A system costs few lines, and says things once.
@Suite("The mould of a system")
struct MouldTests {
  private static let folders = ["Unconditional", "Conditional", "Paired", "Unpaired"]

  private func recipes() throws -> [SourceFile] {
    try SourceFile.all(below: "Sources/GANZoo").filter { file in
      Self.folders.contains { file.path.contains("/\($0)/") }
    }
  }

  @Test("a recipe fits two screens or, with networks of its own, a few more")
  func length() throws {
    for file in try recipes() {
      let count = file.lines.count - 1
      #expect(count <= 260, "\(file.path) has \(count) lines")
      if file.path.hasSuffix("/DCGAN.swift") { #expect(count <= 90) }
      if file.path.hasSuffix("/CycleGAN.swift") { #expect(count <= 120) }
    }
  }

  @Test("a configuration is a small part of its recipe")
  func configuration() throws {
    let shares = try recipes().map { file -> Double in
      let start = try #require(file.lines.firstIndex { $0.contains("struct Config: ") })
      let end = try #require(file.lines[start...].firstIndex { $0 == "  }" })
      // A recipe that shares most of what it has is short for a good reason: 20 lines are never too many.
      return Double(end - start + 1) / Double(max(file.lines.count, 100))
    }
    #expect((shares.max() ?? 0) <= 0.2)
  }

  /// Everything else follows from the layout's parts and relation.
  @Test("only the opening of sets asks how parts belong together")
  func layouts() throws {
    for file in try SourceFile.all(below: "Sources") {
      for line in file.code where line.contains("switch") && line.contains("relation") {
        #expect(file.path.hasSuffix("Data/ImageSets.swift"), "\(file.path): \(line)")
      }
    }
  }
}
