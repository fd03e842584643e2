import Foundation
import Testing

@testable import GANData

@Suite("Grids, animations, files and reports")
struct OutputTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func dot(_ value: UInt8) -> DecodedImage {
    DecodedImage(width: 1, height: 1, channels: 1, filledWith: value)
  }

  @Test("A grid of three in two columns")
  func grid() {
    let grid = ImageGrid.tiled([dot(7), dot(8), dot(9)], columns: 2, border: 1)
    #expect(grid.width == 5 && grid.height == 5)
    #expect(
      grid.pixels == [
        0, 0, 0, 0, 0,
        0, 7, 0, 8, 0,
        0, 0, 0, 0, 0,
        0, 9, 0, 0, 0,
        0, 0, 0, 0, 0,
      ])
    let single = ImageGrid.tiled([gradient(4, 3)], columns: 8)
    #expect((single.width, single.height) == (8, 7))
  }

  @Test("A grid from a planar batch equals one from pictures")
  func planarGrid() {
    let planar = (0..<2 * 3 * 2 * 4).map { UInt8($0) }
    let images = [0, 24].map {
      DecodedImage(planar: planar[$0..<$0 + 24], width: 4, height: 2, channels: 3)
    }
    #expect(
      ImageGrid.tiled(planar: planar, channels: 3, height: 2, width: 4, columns: 2)
        == ImageGrid.tiled(images, columns: 2))
  }

  /// Types and contents of a PNG file's chunks; fails on a wrong check sum.
  private func chunks(_ file: [UInt8]) -> [(type: String, content: [UInt8])] {
    var rest = file.dropFirst(8)
    var found: [(String, [UInt8])] = []
    while !rest.isEmpty {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      let type = String(decoding: rest.dropFirst(4).prefix(4), as: UTF8.self)
      let content = Array(rest.dropFirst(8).prefix(length))
      #expect(PNGEncoder.chunk(type, content) == Array(rest.prefix(12 + length)))
      found.append((type, content))
      rest = rest.dropFirst(12 + length)
    }
    return found
  }

  @Test("An animation has its frames in order and loops for ever")
  func animation() throws {
    let frames = [0, 50, 100].map { gradient(5, 4, channels: 3, from: $0) }
    let file = APNG.data(frames: frames, delay: 40)
    let parts = chunks(file)
    #expect(
      parts.map(\.type) == [
        "IHDR", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND",
      ])
    #expect(parts[1].content == [0, 0, 0, 3, 0, 0, 0, 0])
    let numbered = parts.filter { ["fcTL", "fdAT"].contains($0.type) }
    #expect(numbered.map { $0.content[3] } == [0, 1, 2, 3, 4])
    #expect(Array(parts[2].content[20..<24]) == [0, 40, 3, 232])
    // Programs that know no animations see the first frame; the others decode alike.
    #expect(try DecodedImage(decoding: file, name: "animation") == frames[0])
    let last =
      PNGEncoder.signature + PNGEncoder.header(of: PNGEncoder.Raster(frames[2]))
      + PNGEncoder.chunk("IDAT", Array(parts[7].content.dropFirst(4)))
      + PNGEncoder.chunk("IEND", [])
    #expect(try DecodedImage(decoding: last, name: "last frame") == frames[2])
  }

  /// The types of a RIFF file's chunks behind its name.
  private func riffChunks(_ file: [UInt8]) -> [(type: String, content: [UInt8])] {
    var rest = file.dropFirst(12)
    var found: [(String, [UInt8])] = []
    while rest.count >= 8 {
      let length = rest.dropFirst(4).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      let type = String(decoding: rest.prefix(4), as: UTF8.self)
      found.append((type, Array(rest.dropFirst(8).prefix(length))))
      rest = rest.dropFirst(8 + length + length % 2)
    }
    return found
  }

  @Test("An animated WebP has its frames for their times, loses nothing and loops for ever")
  func webPAnimation() throws {
    for channels in [1, 3] {
      let frames = [0, 50, 50, 100].map { gradient(15, 14, channels: channels, from: $0) }
      let file = try WebPAnimation.data(frames: frames, delay: 40, path: "x.webp")
      let parts = riffChunks(file)
      let loop = try #require(parts.first { $0.type == "ANIM" })
      #expect(loop.content.dropFirst(4) == [0, 0])
      // Milliseconds in three bytes from the twelfth on; the third picture is the second.
      let times = parts.filter { $0.type == "ANMF" }.map {
        Int($0.content[12]) + Int($0.content[13]) << 8
      }
      #expect(times == [40, 80, 40], "\(channels)")
      let first = try DecodedImage(decoding: file, name: "animation")
      #expect(first == frames[0].converted(toChannels: 3))
    }
    let wide = DecodedImage(width: 20_000, height: 1, channels: 1, filledWith: 0)
    let text = message { _ = try WebPAnimation.data(frames: [wide], delay: 40, path: "x.webp") }
    #expect(
      text.hasPrefix("x.webp: ") && text.contains("20000") && text.contains("16383"), "\(text)")
  }

  @Test("Files are replaced whole, and nothing else is left behind")
  func atomicWriting() throws {
    let path = folder.path + "/file"
    try AtomicFile.write([1, 2, 3], to: path)
    try AtomicFile.write([4], to: path)
    #expect(try OpenFile.contents(of: path) == [4])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
  }

  @Test("A file that cannot be written is named with the reason")
  func writingFailures() throws {
    let missing = folder.path + "/none/file"
    #expect(
      message { try AtomicFile.write([1], to: missing) }
        == "\(missing): cannot be written: No such file or directory")
    let occupied = folder.path + "/folder"
    try folder.write([1], to: "folder/inside")
    #expect(message { try AtomicFile.write([1], to: occupied) }.hasSuffix("Is a directory"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["folder"])
  }

  #if os(Linux)
    @Test("A full disk is reported")
    func fullDisk() {
      let descriptor = open("/dev/full", O_WRONLY)
      #expect(
        message { try AtomicFile.fill(descriptor, path: "run/x") { try $0([1, 2]) } }
          == "run/x: cannot be written: No space left on device")
    }
  #endif

  @Test("A report counts everything and survives JSON")
  func report() throws {
    try folder.write(gradient(5, 4).pngData(), to: "a/1.png")
    try folder.write(gradient(5, 4).pngData(), to: "b/1.png")
    try folder.write(Fixture.bytes("cmyk.jpg"), to: "b/2.jpg")
    try folder.write(Array(Fixture.bytes("grey.png").dropLast(20)), to: "b/3.png")
    try folder.write([1], to: "b/notes.txt")
    let report = try DataReport(inspecting: folder.path)
    #expect((report.files, report.readableImages, report.otherFiles) == (5, 3, 1))
    #expect(report.classes == [.init(name: "a", count: 1), .init(name: "b", count: 2)])
    #expect(report.sizes == [.init(name: "4x5", count: 2), .init(name: "12x16", count: 1)])
    #expect(report.modes == [.init(name: "grey", count: 2), .init(name: "CMYK", count: 1)])
    #expect(
      report.brokenImages == [
        BrokenImage(name: folder.path + "/b/3.png", reason: "PNG data ends early")
      ])
    let json = try JSONEncoder().encode(report)
    #expect(try JSONDecoder().decode(DataReport.self, from: json) == report)
  }

  @Test("One picture is a data set")
  func onePicture() throws {
    try folder.write(gradient(5, 4).pngData(), to: "1.png")
    let packed = try PackedImages(DataSet.open(folder.path), size: 4, fit: .stretch)
    #expect(packed.count == 1 && packed.pixels.count == 16)
  }

  @Test("A real set decodes whole: CIFAR-10")
  func realSet() throws {
    guard let path = RealData.path("cifar10.tar") else { return }
    let packed = try PackedImages(DataSet.open(path, split: .test), size: 32, fit: .crop)
    #expect(packed.count == 10000 && packed.preparation.channels == 3)
    #expect((0..<10).allSatisfy { label in packed.labels.count { $0 == label } == 1000 })
  }
}
