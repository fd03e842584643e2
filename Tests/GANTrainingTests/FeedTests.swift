import Foundation
import GANData
import GANKit
import GANTraining
import TestSupport
import Testing
import Torch

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

  /// Two domains of ten images of 20x16 and their masks: the first channel of each.
  private func domains(grey: Bool = false) throws -> (data: DataConfiguration, folder: URL) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "feed-\(UUID().uuidString)")
    var random = SplitMix64(seed: 5)
    for side in ["A", "B"] {
      for index in 0..<10 {
        let pixels = (0..<20 * 16 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let image = DecodedImage(width: 20, height: 16, channels: 3, pixels: pixels)
        let mask = DecodedImage(
          width: 20, height: 16, channels: 1, pixels: (0..<20 * 16).map { pixels[$0 * 3] })
        let isGrey = grey && side == "A"
        for (kind, picture) in [("images", isGrey ? mask : image), ("masks", mask)] {
          let place = folder.appendingPathComponent("\(kind)/\(side)")
          try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
          try Data(picture.pngData()).write(to: place.appendingPathComponent("\(index).png"))
        }
      }
    }
    var data = DataConfiguration(source: folder.appendingPathComponent("images").path)
    data.masks = folder.appendingPathComponent("masks").path
    return (data, folder)
  }

  @Test("Two domains that one network sees have the same colours")
  func colours() throws {
    let (data, folder) = try domains(grey: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let union = try DataFeed(data, layout: .union, batchSize: 4, seed: 1)
    #expect(union.shape.parts.map(\.channels) == [3, 3])
    let own = try DataFeed(data, layout: .unpaired, batchSize: 4, seed: 1)
    #expect(own.shape.parts.map(\.channels) == [1, 3])
  }

  @Test(
    "Masks go with their images through resizing, cutting and mirroring",
    arguments: [Direction.ab, .ba], [false, true])
  func masks(_ direction: Direction, varied: Bool) throws {
    var (data, folder) = try domains()
    defer { try? FileManager.default.removeItem(at: folder) }
    (data.size, data.direction) = (12, direction)
    if varied { (data.crop, data.flip) = (8, true) }
    let side = varied ? 8 : 12
    let feed = try DataFeed(data, layout: .maskedObjects, batchSize: 5, seed: 3)
    let plain = try DataFeed(data, layout: .objects, batchSize: 5, seed: 3)
    #expect(feed.shape == plain.shape && feed.shape.parts.map(\.channels) == [3, 3])
    for step in 0..<4 {
      for (part, without) in zip(try feed.parts(at: step), try plain.parts(at: step)) {
        #expect(part.images.shape == [5, 3, side, side])
        #expect(part.attached.map(\.shape) == [[5, 1, side, side]])
        let (first, mask) = (part.images.narrowed(1, from: 0, length: 1), part.attached[0])
        #expect((first - (mask * 2 - 1)).abs().maximum().item() < 1e-5)
        #expect(mask.minimum().item() >= 0 && mask.maximum().item() <= 1)
        #expect(part.images.floats == without.images.floats && without.attached.isEmpty)
      }
    }
  }

  @Test("Landmarks go with their images through shuffling and resizing")
  func landmarks() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "feed-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var pictures: [PosedPicture] = []
    for index in 0..<12 {
      let image = DecodedImage(
        width: 16, height: 16, channels: 1, filledWith: UInt8(20 * index))
      try Data(image.pngData()).write(to: folder.appendingPathComponent("\(index).png"))
      pictures.append(
        PosedPicture(
          "\(index).png", person: index % 2, isFrontal: index < 2,
          points: (1...4).flatMap { [Double(index), Double($0)] }))
    }
    try writeTables(of: pictures, into: folder)
    let feed = try DataFeed(
      DataConfiguration(source: folder.path, size: 32), layout: .landmarkedFrontal, batchSize: 5,
      seed: 3)
    for step in 0..<4 {
      let parts = try feed.parts(at: step)
      let found = try #require(parts[0].attached.first)
      #expect(found.shape == [5, 4, 2] && parts[1].attached.isEmpty)
      for row in 0..<5 {
        let grey = parts[0].images[row..<row + 1].mean().item()
        let index = ((grey + 1) * 127.5 / 20).rounded()
        let expected = (1...4).flatMap { [index / 16, Double($0) / 16] }
        let points = found[row..<row + 1].doubles
        #expect(zip(points, expected).allSatisfy { abs($0 - $1) < 1e-6 })
      }
    }
  }

  @Test("A broken mask is named, or its image left out")
  func brokenMask() throws {
    var (data, folder) = try domains()
    defer { try? FileManager.default.removeItem(at: folder) }
    // Whole as far as the header goes.
    let file = folder.appendingPathComponent("masks/B/4.png")
    try Data(contentsOf: file).prefix(60).write(to: file)
    #expect(throws: DataError.self) {
      try DataFeed(data, layout: .maskedObjects, batchSize: 5, seed: 3)
    }
    data.skipBroken = true
    let feed = try DataFeed(data, layout: .maskedObjects, batchSize: 5, seed: 3)
    #expect(feed.kinds.map(\.count) == [10, 9])
  }

  @Test(
    "A system that learns from masks refuses data without, and masks that mean nothing are refused")
  func noMasks() {
    func words(_ data: DataConfiguration, _ layout: DataLayout) -> String {
      do {
        _ = try DataFeed(data, layout: layout, batchSize: 4, seed: 1)
        return ""
      } catch { return "\(error)" }
    }
    var two = DataConfiguration(source: "mnist")
    two.other = "mnist-m"
    #expect(words(two, .maskedObjects).contains("learns from masks; mnist has none"))
    two.masks = "/nowhere"
    #expect(words(two, .maskedObjects).contains("belong to the two domains of one set"))
    var one = DataConfiguration(source: "mnist")
    one.masks = "/nowhere"
    #expect(words(one, .images).contains("does not learn from two domains"))
  }
}
