import Foundation
import GANData
import Testing

@Suite("Sizes that are not square")
struct SizeTests {
  @Test("A size is a number or height x width, in text and in JSON")
  func text() throws {
    #expect(ImageSize("64") == 64 && ImageSize("128x256") == ImageSize(height: 128, width: 256))
    for text in ["", "x", "64x", "x64", "6x4x2", "6 x 4", "a", "64.0"] {
      #expect(ImageSize(text) == nil, "\(text)")
    }
    let sizes: [ImageSize] = [28, ImageSize(height: 3, width: 40)]
    let json = try JSONEncoder().encode(sizes)
    #expect(String(decoding: json, as: UTF8.self) == #"[28,"3x40"]"#)
    #expect(try JSONDecoder().decode([ImageSize].self, from: json) == sizes)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([ImageSize].self, from: Data(#"["3y40"]"#.utf8))
    }
  }

  @Test("Each fit of a wide and of a tall picture")
  func fits() {
    func prepared(_ image: DecodedImage, _ fit: ImageFit) -> DecodedImage {
      ImagePreparation(size: ImageSize(height: 2, width: 4), channels: 1, fit: fit).prepared(image)
    }
    let own = gradient(4, 2)
    for fit in ImageFit.allCases { #expect(prepared(own, fit) == own) }
    // The middle two of four rows, and the middle four of six columns.
    let tall = gradient(4, 4)
    #expect(prepared(tall, .crop) == tall.cropped(x: 0, y: 1, width: 4, height: 2))
    let wide = gradient(6, 2)
    #expect(prepared(wide, .crop) == wide.cropped(x: 1, y: 0, width: 4, height: 2))
    // Reduced to 2x2 with a black column on either side.
    let white = DecodedImage(width: 4, height: 4, channels: 1, filledWith: 200)
    #expect(prepared(white, .pad).pixels == [0, 200, 200, 0, 0, 200, 200, 0])
    #expect(prepared(white, .stretch).pixels == [UInt8](repeating: 200, count: 8))
  }

  @Test("Parts that are cut out at random, packed and streamed")
  func crops() throws {
    let source = InventedSource(images: (0..<3).map { gradient(9, 7, channels: 3, from: $0 * 11) })
    let (size, part) = (ImageSize(height: 6, width: 9), ImageSize(height: 3, width: 5))
    let packed = try PackedImages(source, size: size, fit: .crop)
    let stream = try StreamingImages(source, size: size, fit: .crop)
    let draws = [
      ImageDraw(x: 0, y: 0.999, flips: false), ImageDraw(x: 0.999, y: 0, flips: true), .center,
    ]
    let cut = packed.batch([0, 1, 2], crop: part, draws: draws).pixels
    let streamed = try stream.batch([0, 1, 2], crop: part, draws: draws).pixels
    #expect(cut == streamed)
    let whole = try packed.batch([0]).pixels
    // Red of the lowest rows at the left: rows 3 to 5 of six, columns 0 to 4 of nine.
    let lowest = (3..<6).flatMap { row in Array(whole[row * 9..<row * 9 + 5]) }
    #expect(Array(cut[0..<15]) == lowest)
  }
}
