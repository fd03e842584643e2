import Foundation
import Testing

@Suite("Data sets")
struct DataTests {
  @Test("The built-in sets are listed with their sizes")
  func list() throws {
    let scratch = try Scratch()
    let table = try scratch.gan("data", "list").output
    let json = try JSONSerialization.jsonObject(
      with: Data(scratch.gan("data", "list", "--json").output.utf8))
    let sets = try #require(json as? [[String: Any]])
    #expect(sets.compactMap { $0["name"] as? String } == ["mnist", "ring", "grid", "swissRoll"])
    #expect(sets.first?["train"] as? Int == 60_000 && sets.first?["size"] as? String == "28x28")
    for set in sets { #expect(table.contains(set["name"] as? String ?? "?")) }
  }

  @Test("A folder is inspected, broken files included")
  func inspect() throws {
    let scratch = try Scratch()
    try scratch.makePictures(count: 10)
    try Data("no picture".utf8).write(to: scratch.path("pictures/odd/broken.png"))
    let text = try scratch.gan("data", "inspect", "pictures")
    #expect(text.status == 0)
    #expect(text.output.contains("10 images, 1 broken"))
    #expect(text.output.contains("even (5)") && text.output.contains("16x16 (10)"))
    let json = try scratch.gan("data", "inspect", "pictures", "--json").output
    let report = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    #expect(report?["readableImages"] as? Int == 10)
    #expect((report?["brokenImages"] as? [Any])?.count == 1)
  }
}
