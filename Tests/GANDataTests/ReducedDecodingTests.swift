import Testing

@testable import GANData

/// JPEGs that are decoded no larger than what becomes of them needs.
@Suite("Reduced decoding")
struct ReducedDecodingTests {
  private func preparation(_ height: Int, _ width: Int, _ fit: ImageFit) -> ImagePreparation {
    ImagePreparation(size: ImageSize(height: height, width: width), channels: 1, fit: fit)
  }

  @Test(
    "at the fewest eighths of its size of which twice the result is left",
    arguments: [
      // Exactly twice is enough, a pixel less is not.
      (ImageFit.stretch, ImageSize(height: 512, width: 512), 2),
      (.stretch, ImageSize(height: 511, width: 512), 2),
      (.stretch, ImageSize(height: 504, width: 512), 4),
      (.stretch, ImageSize(height: 1024, width: 300), 4),
      (.stretch, ImageSize(height: 127, width: 5000), 8),
      // Of the part that is used, not of what is cut off.
      (.crop, ImageSize(height: 500, width: 1000), 4),
      (.crop, ImageSize(height: 520, width: 1000), 2),
      (.pad, ImageSize(height: 1040, width: 1040), 1), (.pad, ImageSize(height: 40, width: 50), 8),
    ])
  func eighths(_ fit: ImageFit, _ size: ImageSize, _ expected: Int) {
    let side = fit == .pad ? 65 : 64
    #expect(preparation(side, side, fit).eighths(of: size) == expected)
  }

  @Test(
    "gives the picture that all of it gives",
    arguments: [
      "letters.jpg", "ycbcr.jpg", "ycbcr420.jpg", "progressive.jpg", "cmyk.jpg", "ycck.jpg",
    ])
  func pictures(_ name: String) throws {
    let coded = try CodedImage(Fixture.bytes(name), name: name, options: DecodingOptions())
    for (height, width) in [(2, 3), (3, 4), (6, 8)] {
      let preparation = preparation(height, width, .stretch)
      let reduced = try coded.reduced(for: preparation).decoded().image
      #expect(reduced.size == coded.reduced(for: preparation).header.size)
      let (found, expected) = (
        preparation.prepared(reduced), preparation.prepared(try coded.decoded().image)
      )
      #expect(found.size == expected.size)
      let largest = zip(found.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
      #expect(largest <= 4, "\(name) to \(height)x\(width): \(largest)")
    }
    #expect(
      try coded.reduced(for: preparation(2, 3, .stretch)).decoded().image.width < coded.header.width
    )
  }

  @Test("no other format is")
  func others() throws {
    let name = "rgb.png"
    let coded = try CodedImage(Fixture.bytes(name), name: name, options: DecodingOptions())
    let image = try coded.reduced(for: preparation(1, 1, .stretch)).decoded().image
    #expect(image == (try coded.decoded().image))
  }
}
