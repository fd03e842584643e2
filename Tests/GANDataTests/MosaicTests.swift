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

@Suite("Attributes")
struct AttributeTests {
  private static let text = """
    2
    Round Red
    a.png  1 -1
    b.png -1 -1
    """

  @Test("A table gives the attributes of each image of a set by file name")
  func table() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    let picture = Data(DecodedImage(width: 2, height: 2, channels: 1, filledWith: 7).pngData())
    for name in ["a.png", "b.png"] { try picture.write(to: root.appendingPathComponent(name)) }
    try Data(Self.text.utf8).write(to: root.appendingPathComponent(AttributeTable.fileName))
    let files = try FolderFiles(root.path)
    let (table, images) = (try AttributeTable(in: files), try ImageFiles(files))
    #expect(table.names == ["Round", "Red"])
    #expect(try table.values(of: "Round", in: images) == [true, false])
    #expect(message { _ = try table.values(of: "Rund", in: images) }.contains("'Round'"))
    try picture.write(to: root.appendingPathComponent("c.png"))
    let more = try ImageFiles(FolderFiles(root.path))
    #expect(message { _ = try table.values(of: "Red", in: more) }.contains("c.png"))
  }

  @Test(
    "Broken tables name the line or the count",
    arguments: [
      (Self.text.replacing("2\n", with: "3\n"), "3 images"),
      (Self.text.replacing("b.png -1 -1", with: "b.png -1"), "line 4"),
      (Self.text.replacing("1 -1\n", with: "1 0\n"), "line 3"), ("", "expected a count"),
    ])
  func broken(text: String, word: String) {
    #expect(message { _ = try AttributeTable(parsing: text, name: "t") }.contains(word))
  }

  @Test("CelebA's table covers its images")
  func celebA() throws {
    guard let path = RealData.path("celeba64.tar") else { return }
    let files = try DataSet.files(at: path)
    let images = try ImageFiles(files)
    let smiling = try AttributeTable(in: files).values(of: "Smiling", in: images)
    #expect(smiling.count == 10_000 && smiling.count { $0 } == 4822)
  }
}
