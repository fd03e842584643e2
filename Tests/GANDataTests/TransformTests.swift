import Testing

@testable import GANData

/// One line of Fixtures/resizing.json, written by Scripts/make_image_fixtures.py.
struct ResizingCase: Decodable {
  let channels, width, height, newWidth, newHeight: Int
  let filter: ResampleFilter
  let source, pixels: String
}

@Suite("Transforms")
struct TransformTests {
  @Test("Both passes of a resize equal Pillow's, bit for bit")
  func resizing() throws {
    let cases: [ResizingCase] = try Fixture.decoded("resizing.json")
    #expect(cases.count == 16)
    for item in cases {
      let source = DecodedImage(
        width: item.width, height: item.height, channels: item.channels,
        pixels: bytes(fromHex: item.source))
      let result = source.resized(
        width: item.newWidth, height: item.newHeight, filter: item.filter)
      #expect(
        result.pixels == bytes(fromHex: item.pixels),
        "\(item.width)x\(item.height)x\(item.channels) to \(item.newWidth)x\(item.newHeight)")
    }
  }

  @Test("Shrinking averages: stripes become grey, not black or white")
  func antialiasing() {
    let stripes = DecodedImage(
      width: 64, height: 1, channels: 1, pixels: (0..<64).map { $0 % 2 == 0 ? 0 : 255 })
    #expect(stripes.resized(width: 8, height: 1).pixels.allSatisfy { (120...135).contains($0) })
  }

  @Test("Crops, squares, mirror images")
  func geometry() {
    let image = DecodedImage(width: 4, height: 2, channels: 1, pixels: [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(image.cropped(x: 1, y: 1, width: 2, height: 1).pixels == [6, 7])
    #expect(image.center(proportionedAs: 1).pixels == [2, 3, 6, 7])
    #expect(image.flippedHorizontally().pixels == [4, 3, 2, 1, 8, 7, 6, 5])
    let colour = DecodedImage(width: 2, height: 1, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
    #expect(colour.flippedHorizontally().pixels == [4, 5, 6, 1, 2, 3])
    let tall = DecodedImage(width: 1, height: 4, channels: 1, pixels: [1, 2, 3, 4])
    #expect(tall.center(proportionedAs: 1).pixels == [2])
  }

  @Test("Padding centres; the odd pixel goes right and down")
  func padding() {
    let dot = DecodedImage(width: 1, height: 1, channels: 1, filledWith: 9)
    #expect(dot.padded(to: 2).pixels == [9, 0, 0, 0])
    #expect(dot.padded(to: 3).pixels == [0, 0, 0, 0, 9, 0, 0, 0, 0])
  }

  @Test("Planar and interleaved orders convert into each other")
  func planar() {
    let image = DecodedImage(
      planar: [1, 2, 3, 4, 5, 6], width: 2, height: 1, channels: 3)
    #expect(image.pixels == [1, 3, 5, 2, 4, 6])
    let planes = [UInt8](unsafeUninitializedCapacity: 6) { buffer, count in
      image.copyPlanar(to: UnsafeMutableBufferPointer(rebasing: buffer[0..<6]))
      count = 6
    }
    #expect(planes == [1, 2, 3, 4, 5, 6])
  }

  @Test("Digits of 28x28 stand untouched in 32x32")
  func padFit() {
    let digit = gradient(28, 28)
    let fitted = ImagePreparation(size: 32, channels: 1, fit: .pad).prepared(digit)
    #expect(fitted.cropped(x: 2, y: 2, width: 28, height: 28) == digit)
    #expect(fitted.pixels[0..<64].allSatisfy { $0 == 0 })
  }

  @Test("Fits of a wide picture")
  func wideFits() {
    let wide = DecodedImage(width: 40, height: 10, channels: 1, filledWith: 200)
    func prepared(_ fit: ImageFit) -> DecodedImage {
      ImagePreparation(size: 8, channels: 1, fit: fit).prepared(wide)
    }
    // Reduced to 8x2, with three black rows above and below.
    #expect(prepared(.pad).pixels.map { $0 == 200 } == (0..<64).map { (24..<40).contains($0) })
    #expect(prepared(.crop).pixels.allSatisfy { $0 == 200 })
    #expect(prepared(.stretch).pixels.allSatisfy { $0 == 200 })
    let thread = DecodedImage(width: 1000, height: 1, channels: 3, filledWith: 1)
    #expect(ImagePreparation(size: 4, channels: 3, fit: .pad).prepared(thread).height == 4)
  }

  @Test("Impossible requests stop the program")
  func traps() async {
    await #expect(processExitsWith: .failure) {
      _ = gradient(4, 4).cropped(x: 1, y: 0, width: 4, height: 1)
    }
    await #expect(processExitsWith: .failure) { _ = gradient(4, 4).padded(to: 3) }
  }
}
