import Foundation
import GANData
import GANKit
import GANTraining
import Testing

@Suite("What a step is given")
struct FeedTests {
  /// Two folders of labelled pictures: only the source's classes may reach a step.
  @Test("An adaptation never sees a label of the target")
  func adaptation() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "feed-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["source/a", "source/b", "target/a", "target/b"] {
      let place = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for index in 0..<4 {
        let image = DecodedImage(
          width: 8, height: 8, channels: 1, filledWith: UInt8(40 * index + 10))
        try Data(image.pngData()).write(to: place.appendingPathComponent("\(index).png"))
      }
    }
    var data = DataConfiguration(source: folder.appendingPathComponent("source").path)
    data.other = folder.appendingPathComponent("target").path
    let feed = try DataFeed(data, layout: .adaptation, batchSize: 4, seed: 1)
    let parts = try feed.parts(at: 0)
    #expect(parts.count == 2 && feed.shape.classes == 2)
    #expect(parts[0].labels != nil && parts[1].labels == nil)
  }
}
