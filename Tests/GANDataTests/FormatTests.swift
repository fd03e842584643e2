import Testing

@testable import GANData

@Suite("Formats: orientation, transparency, 16 bits, several pictures")
struct FormatTests {
  private func image(
    _ bytes: [UInt8], _ options: DecodingOptions = DecodingOptions()
  ) throws -> DecodedImage {
    let image = try DecodedImage(decoding: bytes, name: "x", options: options)
    let header = try ImageHeader(probing: bytes, name: "x", options: options)
    #expect(header.width == image.width && header.height == image.height)
    #expect(header.channels == image.channels)
    return image
  }

  // MARK: - Orientation

  /// The rows that are to be shown of `abc` above `def`, for each value of the tag.
  private static let shown = [
    1: ["abc", "def"], 2: ["cba", "fed"], 3: ["fed", "cba"], 4: ["def", "abc"],
    5: ["ad", "be", "cf"], 6: ["da", "eb", "fc"], 7: ["fc", "eb", "da"], 8: ["cf", "be", "ad"],
  ]

  /// The letters' values in the fixtures.
  private static let greys: [Character: UInt8] = [
    "a": 20, "b": 60, "c": 100, "d": 140, "e": 180, "f": 220,
  ]

  private func exif(_ value: Int, little isLittle: Bool) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      isLittle ? little(value, count) : little(value, count).reversed()
    }
    // A directory of two entries, of which the orientation is the second.
    return Array((isLittle ? "II" : "MM").utf8) + number(42, 2) + number(8, 4) + number(2, 2)
      + number(0x010F, 2) + number(2, 2) + number(1, 4) + number(0, 4)
      + number(0x0112, 2) + number(3, 2) + number(1, 4) + number(value, 2) + number(0, 2)
      + number(0, 4)
  }

  private func check(_ bytes: [UInt8], _ value: Int, block: Int = 1, _ name: String) throws {
    let rows = try #require(Self.shown[value])
    let image = try image(bytes)
    #expect(image.height == rows.count * block && image.width == rows[0].count * block)
    let found = rows.indices.map { y in
      (0..<rows[0].count).map { x in
        image.pixels[
          ((y * block + block / 2) * image.width + x * block + block / 2) * image.channels]
      }
    }
    let expected = rows.map { $0.compactMap { Self.greys[$0] } }
    for (a, b) in zip(found.joined(), expected.joined()) {
      #expect(abs(Int(a) - Int(b)) <= (block > 1 ? 3 : 0), "\(name) \(value): \(found)")
    }
  }

  @Test("All eight orientations, in every format that has the tag", arguments: 1...8)
  func orientations(value: Int) throws {
    for isLittle in [true, false] {
      let block = exif(value, little: isLittle)
      try check(png(block), value, "PNG")
      var jpeg = try Fixture.bytes("letters.jpg")
      let segment = Array("Exif\0\0".utf8) + block
      jpeg.insert(
        contentsOf: [0xFF, 0xE1, 0, UInt8(segment.count + 2)] + segment, at: 2)
      try check(jpeg, value, block: 16, "JPEG")
      try check(webp(block), value, "WebP")
    }
    try check(tiff(value), value, "TIFF")
  }

  @Test("A tag that says nothing sensible is passed over")
  func oddTags() throws {
    for value in [0, 9, 255] { #expect(try image(png(exif(value, little: true))).width == 3) }
    let block = exif(6, little: true)
    for length in 0..<30 { #expect(try image(png(Array(block.prefix(length)))).width == 3) }
  }

  /// The letters with EXIF data.
  private func png(_ block: [UInt8]) -> [UInt8] {
    let image = DecodedImage(
      width: 3, height: 2, channels: 1, pixels: "abcdef".compactMap { Self.greys[$0] })
    let file = image.pngData()
    let afterHeader = 8 + 25
    return file[..<afterHeader] + PNGEncoder.chunk("eXIf", block) + file[afterHeader...]
  }

  private func webp(_ block: [UInt8]) throws -> [UInt8] {
    let picture = try Fixture.bytes("letters.webp").dropFirst(12)
    // The flag of EXIF data, and width and height less one.
    let extended = [8, 0, 0, 0] + little(2, 3) + little(1, 3)
    let content =
      Array("WEBPVP8X".utf8) + little(10, 4) + extended + picture + Array("EXIF".utf8)
      + little(block.count, 4) + block
    return Array("RIFF".utf8) + little(content.count, 4) + content
  }

  private func tiff(_ orientation: Int) -> [UInt8] {
    tiff(
      width: 3, height: 2, bits: 8, data: "abcdef".compactMap { Self.greys[$0] },
      orientation: orientation)
  }

  /// An uncompressed grey picture.
  private func tiff(
    width: Int, height: Int, bits: Int, data: [UInt8], orientation: Int = 1,
    whiteIsZero: Bool = false
  ) -> [UInt8] {
    let entries = [
      (256, width), (257, height), (258, bits), (259, 1), (262, whiteIsZero ? 0 : 1),
      (273, 8), (274, orientation), (277, 1), (278, height), (279, data.count),
    ]
    let padded = data + [UInt8](repeating: 0, count: data.count % 2)
    return Array("II".utf8) + little(42, 2) + little(8 + padded.count, 4) + padded
      + little(entries.count, 2)
      + entries.flatMap { little($0.0, 2) + little(4, 2) + little(1, 4) + little($0.1, 4) }
      + little(0, 4)
  }

  // MARK: - Transparency

  /// Two grey pixels, of half opacity and none.
  private let clear = DecodedImage(width: 2, height: 1, channels: 1, pixels: [100, 50])
    .pngData(alpha: [128, 0])

  @Test("Transparency shows the background, half of it by half")
  func backgrounds() throws {
    // 100 * 128 / 255 + 255 * 127 / 255 = 177.2
    #expect(try image(clear).pixels == [177, 255])
    #expect(try image(clear, DecodingOptions(background: .black)).pixels == [50, 0])
    let blue = try #require(RGBColour("#0040FF"))
    // Grey before a colour has colour: 100 * 128 / 255 + (0, 64, 255) * 127 / 255.
    #expect(
      try image(clear, DecodingOptions(background: blue)).pixels == [50, 82, 177, 0, 64, 255])
    let red = DecodedImage(width: 1, height: 1, channels: 3, pixels: [200, 0, 0])
      .pngData(alpha: [64])
    #expect(try image(red).pixels == [241, 191, 191])
    #expect(try image(red, DecodingOptions(background: blue)).pixels == [50, 48, 191])
  }

  @Test("Opacity is kept beside the picture, turned with it, and can be written again")
  func layers() throws {
    let folder = try TemporaryFolder()
    let picture = DecodedImage(
      width: 3, height: 2, channels: 3, pixels: (0..<18).map { UInt8($0 * 9) })
    let alpha: [UInt8] = [255, 128, 0, 1, 2, 254]
    let file = picture.pngData(alpha: alpha)
    let turned = file[..<33] + PNGEncoder.chunk("eXIf", exif(6, little: true)) + file[33...]
    let layered = try LayeredImage(readingFrom: folder.write(Array(turned), to: "a.png"))
    #expect(layered.alpha == [1, 255, 2, 128, 254, 0])
    #expect(layered.image.width == 2 && layered.image.height == 3)
    // The lower left pixel comes to the upper left, in its own colours, whatever its opacity.
    let corner = Array(picture.pixels[9..<12] + picture.pixels[0..<3])
    #expect(Array(layered.own.pixels[0..<6]) == corner)
    #expect(layered.image.pixels != layered.own.pixels)
    let opaque = try LayeredImage(
      readingFrom: folder.write(picture.pngData(alpha: nil), to: "b.png"))
    #expect(opaque.alpha == nil && opaque.image == picture && opaque.own == picture)
  }

  @Test("Colours are read and written by name or number")
  func colours() throws {
    #expect(RGBColour("white") == .white && RGBColour("Black") == .black)
    #expect(RGBColour("#010aFF") == RGBColour(red: 1, green: 10, blue: 255))
    #expect(RGBColour("#010aFF")?.description == "#010aff")
    for text in ["", "red", "#12345", "#1234567", "#12345g", "123456", "#+12345"] {
      #expect(RGBColour(text) == nil, "\(text)")
    }
  }

  // MARK: - 16 bits

  @Test("The bits in use decide what is white; a value beyond them is an error")
  func bits() throws {
    let values = [0, 300, 2048, 4095]
    let file = tiff(
      width: 2, height: 2, bits: 16, data: values.flatMap { little($0, 2) })
    #expect(try image(file).pixels == [0, 1, 8, 16])
    // 300 / 4095 * 255 = 18.7, 2048 / 4095 * 255 = 127.5.
    #expect(try image(file, DecodingOptions(bits: 12)).pixels == [0, 19, 128, 255])
    #expect(try image(file, DecodingOptions(bits: 14)).pixels == [0, 5, 32, 64])
    #expect(
      message {
        _ = try DecodedImage(decoding: file, name: "x", options: DecodingOptions(bits: 10))
      }
        == "x: a sample needs more than the 10 bits in use (expected at most 1023, found 4095)")
    let coded = try CodedImage(file, name: "x", options: DecodingOptions())
    #expect(try coded.largestSample() == 4095 && coded.header.isDeep)
    #expect(coded.header.mode == "grey 16-bit")
    // White is zero: the values count down.
    let inverted = tiff(
      width: 2, height: 1, bits: 16, data: little(65535, 2) + little(0, 2), whiteIsZero: true)
    #expect(try image(inverted).pixels == [0, 255])
  }

  @Test("Reports and surveys tell the range of 16-bit files")
  func ranges() throws {
    let folder = try TemporaryFolder()
    for (index, value) in [1000, 4000, 2000].enumerated() {
      let data = little(value, 2) + little(0, 2)
      try folder.write(tiff(width: 2, height: 1, bits: 16, data: data), to: "\(index).tif")
    }
    try folder.write(gradient(2, 1).pngData(), to: "x.png")
    let source = try DataSet.open(folder.path)
    let range = try #require(SampleSurvey(of: source).range)
    #expect(range.largest == 4000 && range.files == 3 && range.bits == 12 && range.isNarrow)
    #expect(DataReport(inspecting: source).sampleRange == range)
    #expect(try source.decoding(DecodingOptions(bits: 12)).image(at: 1).pixels == [249, 0])
    #expect(!SampleRange(largest: 16_384).isNarrow && SampleRange(largest: 16_383).isNarrow)
    #expect(SampleSurvey(of: try DataSet.open("mnist", split: .test)).range == nil)
  }

  @Test("A set of pictures of one colour each is noticed")
  func uniform() throws {
    let folder = try TemporaryFolder()
    for index in 0..<3 {
      let ink = DecodedImage(width: 4, height: 4, channels: 3, filledWith: 0)
      let alpha = (0..<16).map { UInt8($0 > index ? 255 : 0) }
      try folder.write(ink.pngData(alpha: alpha), to: "\(index).png")
    }
    let source = try DataSet.open(folder.path)
    #expect(!SampleSurvey(of: source).isUniform)
    let black = source.decoding(DecodingOptions(background: .black))
    #expect(SampleSurvey(of: black).isUniform)
    #expect(DataReport(inspecting: black).isUniform && !DataReport(inspecting: source).isUniform)
  }

  // MARK: - Several pictures in a file

  @Test("Of animations the first picture is taken, and the kind says so")
  func animations() throws {
    let first: DecodingCase = try #require(
      (try Fixture.decoded("decoding.json") as [DecodingCase]).first { $0.file == "rgb.png" })
    let webp = try Fixture.bytes("moving.webp")
    #expect(try image(webp).pixels == bytes(fromHex: first.pixels))
    #expect(
      try ImageHeader(probing: webp, name: "x").mode == "WebP animation, first of several")
    let gif = try Fixture.bytes("moving.gif")
    let still: DecodingCase = try #require(
      (try Fixture.decoded("decoding.json") as [DecodingCase]).first { $0.file == "palette.gif" })
    #expect(try image(gif).pixels == bytes(fromHex: still.pixels))
    #expect(try ImageHeader(probing: gif, name: "x").mode == "palette, first of several")
  }

  // MARK: - BMP

  @Test("BMP: rows from the top, masks, opacity, OS/2's header")
  func bitmaps() throws {
    func file(_ header: [UInt8], _ data: [UInt8]) -> [UInt8] {
      let start = 14 + header.count
      return Array("BM".utf8) + little(start + data.count, 4) + little(0, 4) + little(start, 4)
        + header + data
    }
    func header(_ width: Int, _ height: Int, bits: Int, compression: Int, size: Int = 40) -> [UInt8]
    {
      little(size, 4) + little(width, 4) + little(height, 4) + little(1, 2) + little(bits, 2)
        + little(compression, 4) + [UInt8](repeating: 0, count: 20)
    }
    // Two rows of one pixel, blue, green, red and padding.
    let rows: [UInt8] = [1, 2, 3, 0, 4, 5, 6, 0]
    #expect(
      try image(file(header(1, 2, bits: 24, compression: 0), rows)).pixels == [6, 5, 4, 3, 2, 1])
    #expect(
      try image(file(header(1, -2, bits: 24, compression: 0), rows)).pixels == [3, 2, 1, 6, 5, 4])
    // Five, six and five bits.
    let masks = little(0xF800, 4) + little(0x07E0, 4) + little(0x001F, 4)
    let pixel = little(31 << 11 | 32 << 5 | 1, 2) + [0, 0]
    #expect(
      try image(file(header(1, 1, bits: 16, compression: 3) + masks, pixel)).pixels == [
        255, 130, 8,
      ])
    let deep =
      little(0xFF, 4) + little(0xFF00, 4) + little(0xFF0000, 4) + little(0xFF00_0000, 4)
    let newer = header(1, 1, bits: 32, compression: 3, size: 56) + deep
    #expect(try image(file(newer, [10, 20, 30, 0])).pixels == [255, 255, 255])
    #expect(try image(file(newer, [10, 20, 30, 255])).pixels == [10, 20, 30])
    let old = little(12, 4) + little(2, 2) + little(1, 2) + little(1, 2) + little(1, 2)
    #expect(
      try image(file(old + [0, 0, 0, 9, 8, 7], [0b0100_0000, 0, 0, 0])).pixels
        == [0, 0, 0, 7, 8, 9])
    #expect(
      message {
        _ = try image(file(header(1, 1, bits: 8, compression: 1), [0]))
      } == "x: a BMP with run lengths; only uncompressed ones are read")
  }
}
