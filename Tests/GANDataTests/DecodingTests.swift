import CImage
import Testing

@testable import GANData

/// One line of Fixtures/decoding.json, written by Scripts/make_image_fixtures.py.
struct DecodingCase: Decodable, CustomTestStringConvertible {
  let file, mode: String
  let width, height, channels: Int
  let pixels: String
  var testDescription: String { file }
}

@Suite("Decoding")
struct DecodingTests {
  @Test("Every kind of file decodes to Pillow's pixels")
  func everyKind() throws {
    let cases: [DecodingCase] = try Fixture.decoded("decoding.json")
    #expect(cases.count == 33)
    for item in cases {
      let data = try Fixture.bytes(item.file)
      let header = try ImageHeader(probing: data, name: item.file)
      #expect(header.mode == item.mode, "\(item.file)")
      let image = try DecodedImage(
        decoding: data, name: item.file, options: DecodingOptions(background: .black))
      #expect(image.width == item.width && image.height == item.height, "\(item.file)")
      #expect(image.channels == item.channels, "\(item.file)")
      let expected = bytes(fromHex: item.pixels)
      try #require(image.pixels.count == expected.count, "\(item.file)")
      let worst = zip(image.pixels, expected).map { abs(Int($0) - Int($1)) }.max() ?? 0
      // Lossy formats allow decoders to differ by rounding; the others allow nothing.
      let isLossy = item.file.hasSuffix(".jpg") || item.file == "lossy.webp"
      #expect(worst <= (isLossy ? 1 : 0), "\(item.file): off by \(worst)")
    }
  }

  @Test("Every cut of every file is an error, at every length")
  func everyCut() throws {
    let cases: [DecodingCase] = try Fixture.decoded("decoding.json")
    for item in cases {
      let data = try Fixture.bytes(item.file)
      // The end of this one only says that no other picture follows.
      for length in 0..<(item.file == "bilevel.tif" ? data.count - 4 : data.count) {
        #expect(throws: DataError.self, "\(item.file) cut to \(length)") {
          try DecodedImage(decoding: Array(data.prefix(length)), name: item.file)
        }
      }
    }
  }

  @Test("A cut JPEG is reported as such, not filled with grey")
  func cutJPEG() throws {
    let data = try Fixture.bytes("ycbcr.jpg")
    let text = message {
      _ = try DecodedImage(decoding: Array(data.dropLast(40)), name: "a/b.jpg")
    }
    #expect(text == "a/b.jpg: damaged JPEG: Premature end of JPEG file")
  }

  @Test("A flipped bit in a PNG is found by its check sum")
  func damagedPNG() throws {
    var data = try Fixture.bytes("rgb.png")
    // The last byte of the check sum before the end chunk of 12 bytes.
    data[data.count - 13] ^= 1
    let text = message { _ = try DecodedImage(decoding: data, name: "x.png") }
    #expect(text == "x.png: damaged PNG: IDAT: CRC error")
  }

  @Test("A picture of 60000x60000 is refused from its header")
  func enormous() throws {
    let header =
      PNGEncoder.signature
      + PNGEncoder.chunk(
        "IHDR",
        PNGEncoder.bigEndian(UInt32(60000)) + PNGEncoder.bigEndian(UInt32(60000))
          + [8, 2, 0, 0, 0]) + PNGEncoder.chunk("IDAT", [1, 2, 3])
    let text = message { _ = try DecodedImage(decoding: header, name: "bomb.png") }
    #expect(
      text == "bomb.png: the header announces 60000x60000 pixels "
        + "(expected at most 67108864, the pixel limit, found 3600000000)")
    var jpeg = try Fixture.bytes("grey.jpg")
    let frame = try #require(jpeg.indices.first { jpeg[$0...].starts(with: [0xFF, 0xC0]) })
    jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xEA, 0x60, 0xEA, 0x60])
    #expect(
      message { _ = try DecodedImage(decoding: jpeg, name: "bomb.jpg") }
        .hasPrefix("bomb.jpg: the header announces 60000x60000 pixels"))
  }

  @Test("The limit itself is allowed")
  func limit() throws {
    let data = try Fixture.bytes("rgb.png")
    #expect(
      try DecodedImage(decoding: data, name: "x", options: DecodingOptions(pixelLimit: 35)).width
        == 7)
    #expect(throws: DataError.self) {
      try DecodedImage(decoding: data, name: "x", options: DecodingOptions(pixelLimit: 34))
    }
  }

  @Test("Other formats are named")
  func otherFormats() {
    func text(_ bytes: [UInt8]) -> String {
      message { _ = try DecodedImage(decoding: bytes, name: "f.png") }
    }
    let all = "PNG, JPEG, WebP, TIFF, GIF or BMP"
    #expect(text([0, 0, 0, 0x20] + Array("ftypavif".utf8)) == "f.png: HEIF or AVIF, not \(all)")
    #expect(text(Array("<html>".utf8)) == "f.png: HTML, not \(all)")
    #expect(
      text(Array("version https://git-lfs.github.com/spec/v1\n".utf8))
        == "f.png: a pointer of Git LFS, not the file itself; fetch it with `git lfs pull`")
    #expect(text([]) == "f.png: the file is empty")
    #expect(text([1, 2, 255]) == "f.png: no \(all) (starts with 01 02 ff)")
  }

  @Test("PNG encoding loses nothing")
  func roundTrip() throws {
    var generator = SplitMix64(seed: 5)
    for channels in [1, 3] {
      for (width, height) in [(1, 1), (7, 3), (64, 33)] {
        let pixels = (0..<width * height * channels).map { i in
          i % 3 == 0 ? UInt8(truncatingIfNeeded: generator.next()) : UInt8(i / 3 % 256)
        }
        let image = DecodedImage(width: width, height: height, channels: channels, pixels: pixels)
        #expect(try DecodedImage(decoding: image.pngData(), name: "round trip") == image)
      }
    }
  }

  @Test("Grey and RGB convert as in Pillow")
  func conversion() {
    let rgb = DecodedImage(
      width: 4, height: 1, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
    #expect(rgb.converted(toChannels: 1).pixels == [76, 150, 29, 255])
    let grey = DecodedImage(width: 2, height: 1, channels: 1, pixels: [3, 9])
    #expect(grey.converted(toChannels: 3).pixels == [3, 3, 3, 9, 9, 9])
    #expect(grey.converted(toChannels: 1) == grey)
  }

  @Test("Random damage never crashes")
  func fuzz() throws {
    var generator = SplitMix64(seed: 1)
    let cases: [DecodingCase] = try Fixture.decoded("decoding.json")
    var decodable = 0
    for item in cases {
      let data = try Fixture.bytes(item.file)
      for _ in 0..<100 {
        var damaged = data
        for _ in 0...generator.next(below: 4) {
          damaged[generator.next(below: data.count)] = UInt8(truncatingIfNeeded: generator.next())
        }
        let options = DecodingOptions(pixelLimit: 1 << 20)
        if (try? DecodedImage(decoding: damaged, name: "fuzz", options: options)) != nil {
          decodable += 1
        }
      }
    }
    // Metadata may change without harm, entropy-coded data cannot.
    #expect(decodable < cases.count * 100)
  }
}
