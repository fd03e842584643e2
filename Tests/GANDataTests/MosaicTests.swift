import Foundation
import GANData
import Testing

@Suite("Boxes, mosaics and pairs")
struct MosaicTests {
  @Test("A box is four whole numbers", arguments: ["1,2,3,4", "0, 0, 1, 1"])
  func parsed(text: String) throws {
    let box = try #require(PixelBox(text))
    #expect(PixelBox(box.description) == box)
  }

  @Test(
    "Anything else is none",
    arguments: ["", "1,2,3", "1,2,3,4,5", "-1,0,2,2", "0,0,0,2", "a,0,1,1", "1.5,0,1,1"])
  func refused(text: String) { #expect(PixelBox(text) == nil) }

  @Test("Squares of the mosaic hold rounded means, cut at the box; the rest stays")
  func mosaic() {
    let image = DecodedImage(
      width: 4, height: 3, channels: 1, pixels: [9, 0, 1, 50, 9, 2, 4, 60, 9, 9, 9, 9])
    let result = image.pixelated(in: PixelBox(x: 1, y: 0, width: 3, height: 2), block: 2)
    // (0 + 1 + 2 + 4) / 4 = 1.75 and (50 + 60) / 2 = 55.
    #expect(result.pixels == [9, 2, 2, 55, 9, 2, 2, 55, 9, 9, 9, 9])
  }

  @Test("Channels do not mix")
  func channels() {
    let image = DecodedImage(
      width: 2, height: 1, channels: 3, pixels: [0, 10, 200, 100, 20, 100])
    let result = image.pixelated(in: PixelBox(x: 0, y: 0, width: 2, height: 1), block: 8)
    #expect(result.pixels == [50, 15, 150, 50, 15, 150])
  }

  @Test("Random boxes lie inside and differ")
  func random() {
    var generator = SplitMix64(seed: 3)
    let boxes = (0..<200).map { _ in PixelBox.random(width: 9, height: 5, using: &generator) }
    #expect(
      boxes.allSatisfy { $0.isInside(width: 9, height: 5) && $0.width == 4 && $0.height == 2 })
    #expect(Set(boxes.map(\.x)) == Set(0...5) && Set(boxes.map(\.y)) == Set(0...3))
  }

  @Test("Pairs have equal names in A and B; a folder with files is refused")
  func pairs() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    let (a, b) = (
      DecodedImage(width: 2, height: 2, channels: 1, filledWith: 7),
      DecodedImage(width: 2, height: 2, channels: 1, filledWith: 9)
    )
    try PairedFolders(root.path).write(a: a, b: b, name: "cats/one.jpg", split: "train")
    for (folder, image) in [("A", a), ("B", b)] {
      let file = root.appendingPathComponent("train/\(folder)/cats/one.png")
      #expect(try DecodedImage(decoding: [UInt8](Data(contentsOf: file)), name: "one") == image)
    }
    #expect(throws: DataError.self) { try PairedFolders(root.path) }
  }
}
