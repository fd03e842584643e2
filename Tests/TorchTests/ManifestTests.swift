import Foundation
import TestSupport
import Testing

/// Scripts/make_goldens.py --check also compares the digests.
@Suite("The manifest of the fixtures")
struct ManifestTests {
  private struct Manifest: Decodable {
    struct Entry: Decodable {
      var sha256: String
      var family: String
      var note: String
    }
    var torch: String
    var command: String
    var files: [String: Entry]
  }

  @Test("lists exactly the files there are")
  func files() throws {
    let manifest = try read()
    let paths = try FileManager.default.subpathsOfDirectory(atPath: Fixture.folder.path)
    let files = paths.filter { $0.contains("/") && !$0.hasPrefix(".") }
    #expect(files.sorted() == manifest.files.keys.sorted())
  }

  @Test("says what each file is")
  func entries() throws {
    let manifest = try read()
    #expect(manifest.torch.hasPrefix("2."))
    for (path, entry) in manifest.files {
      #expect(path.hasPrefix("\(entry.family)/"))
      #expect(entry.sha256.count == 64 && entry.sha256.allSatisfy(\.isHexDigit), "\(path)")
      #expect(!entry.note.isEmpty, "\(path)")
    }
  }

  private func read() throws -> Manifest {
    let data = try Data(contentsOf: Fixture.folder.appendingPathComponent("MANIFEST.json"))
    return try JSONDecoder().decode(Manifest.self, from: data)
  }
}
