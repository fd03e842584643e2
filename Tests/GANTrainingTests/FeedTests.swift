import Foundation
import GANData
import GANKit
import GANTraining
import Torch
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

  /// Two sequences of three equal frames: whatever differs within a triplet was drawn for single frames.
  @Test("Frames of a triplet are cut and mirrored alike, triplets are not")
  func sequences() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "frames-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for domain in ["A", "B"] {
      try write(frames: 6, to: folder.appendingPathComponent(domain))
    }
    var data = DataConfiguration(source: folder.path)
    (data.flip, data.crop) = (true, 6)
    let feed = try DataFeed(data, layout: .sequences, batchSize: 2, seed: 1)
    #expect(feed.count == 4 && feed.shape.imageShape == [1, 6, 6])
    var seen: Set<[Float]> = []
    for step in 0..<6 {
      let images = try feed.parts(at: step)[0].images
      #expect(images.shape == [6, 1, 6, 6])
      for draw in 0..<2 {
        let frames = (0..<3).map { images[2 * $0 + draw].floats }
        #expect(frames[0] == frames[1] && frames[1] == frames[2])
        seen.insert(frames[0])
      }
    }
    #expect(seen.count > 4)
  }

  @Test("Too few frames in a row, and what single frames alone can be asked for, are refused")
  func shortSequences() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "frames-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try write(frames: 6, to: folder.appendingPathComponent("A"))
    try write(frames: 2, to: folder.appendingPathComponent("B"))
    var data = DataConfiguration(source: folder.path)
    let short = #expect(throws: ConfigError.self) {
      try DataFeed(data, layout: .sequences, batchSize: 1, seed: 1)
    }
    #expect("\(try #require(short))".contains("B has no 3 frames in a row"))
    data.skipBroken = true
    #expect(throws: RunError.self) {
      try DataFeed(data, layout: .sequences, batchSize: 1, seed: 1)
    }
  }

  /// Pictures of one slope whose names count up.
  private func write(frames count: Int, to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let image = DecodedImage(
      width: 8, height: 8, channels: 1, pixels: (0..<64).map { UInt8(3 * $0) })
    for frame in 0..<count {
      try Data(image.pngData()).write(to: folder.appendingPathComponent("f\(frame).png"))
    }
  }
}
