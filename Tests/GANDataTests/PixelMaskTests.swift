import GANData
import Testing

@Suite("Masks")
struct PixelMaskTests {
  private let image = gradient(5, 4, channels: 3)

  @Test("White is the hole, and a box is its pixels")
  func holes() {
    let grey = DecodedImage(width: 3, height: 1, channels: 1, pixels: [127, 128, 255])
    #expect(PixelMask(white: grey).isHole == [false, true, true])
    let red = DecodedImage(width: 2, height: 1, channels: 3, pixels: [255, 0, 0, 255, 255, 255])
    #expect(PixelMask(white: red).isHole == [false, true])
    let box = PixelMask(PixelBox(x: 3, y: 2, width: 2, height: 2), width: 5, height: 4)
    #expect(box.isHole.indices.filter { box.isHole[$0] } == [13, 14, 18, 19])
    #expect(box.filling(Array(0..<20), with: -1).filter { $0 == -1 }.count == 4)
  }

  @Test("A file's white pixels are holes, its transparent ones none")
  func files() throws {
    let folder = try TemporaryFolder()
    let white = DecodedImage(width: 2, height: 1, channels: 1, filledWith: 255)
    let path = try folder.write(white.pngData(alpha: [0, 255]), to: "mask.png")
    #expect(try PixelMask(readingFrom: path).isHole == [false, true])
  }

  @Test("Pixels outside of holes keep their values, whatever the other picture's channels")
  func replacing() {
    let mask = PixelMask(PixelBox(x: 0, y: 1, width: 2, height: 3), width: 5, height: 4)
    let grey = DecodedImage(width: 5, height: 4, channels: 1, filledWith: 9)
    let found = image.replaced(in: mask, by: grey)
    #expect(found.channels == 3)
    for place in 0..<60 {
      #expect(found.pixels[place] == (mask.isHole[place / 3] ? 9 : image.pixels[place]))
    }
  }

  @Test("A mask of another size, without a hole or of nothing else is refused in a line")
  func refusals() {
    func refusal(_ mask: PixelMask) -> String {
      message { try mask.check("m.png", for: image, "i.png") }
    }
    func plain(_ value: UInt8) -> PixelMask {
      PixelMask(white: DecodedImage(width: 5, height: 4, channels: 1, filledWith: value))
    }
    let other = PixelMask(PixelBox(x: 0, y: 0, width: 1, height: 1), width: 4, height: 5)
    #expect(refusal(other) == "m.png: not the size of i.png (expected 4x5, found 5x4)")
    #expect(refusal(plain(0)) == "m.png: no pixel is white, so there is no hole to complete")
    #expect(
      refusal(plain(255)) == "m.png: all pixels are white, so there is nothing to complete from")
  }
}
