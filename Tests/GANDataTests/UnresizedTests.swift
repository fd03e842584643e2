import Foundation
import Testing

@testable import GANData

@Suite("Parts of pictures of any size")
struct UnresizedTests {
  /// Pictures whose samples are their places: 10 times the row plus the column.
  private func source(_ sizes: [ImageSize]) -> ArraySource {
    ArraySource(
      sizes.map { size in
        DecodedImage(
          width: size.width, height: size.height, channels: 1,
          pixels: (0..<size.area).map { place -> UInt8 in
            UInt8(place / size.width * 10 + place % size.width)
          })
      })
  }

  @Test("are cut out as they are, wherever the draw says", arguments: [0, 1 << 20])
  func parts(memoryLimit: Int) throws {
    let source = source([ImageSize(height: 5, width: 9), ImageSize(height: 8, width: 4)])
    let images = try UnresizedImages(
      source, part: ImageSize(height: 3, width: 4), memoryLimit: memoryLimit)
    #expect(images.count == 2 && images.preparation.shape == [1, 3, 4])
    let draws = [
      ImageDraw(x: 0.99, y: 0, flips: false), ImageDraw(x: 0, y: 0.99, flips: true),
    ]
    let batch = try images.batch([0, 1], crop: nil, draws: draws)
    let (first, second) = (
      [5, 6, 7, 8, 15, 16, 17, 18, 25, 26, 27, 28],
      [53, 52, 51, 50, 63, 62, 61, 60, 73, 72, 71, 70]
    )
    #expect(batch.pixels == (first + second).map { UInt8($0) })
    // Without draws those in the middle.
    #expect(try images.batch([1]).pixels.first == 30)
  }

  @Test("a smaller picture is named, or left out", arguments: [0, 1 << 20])
  func small(memoryLimit: Int) throws {
    let source = source([ImageSize(side: 4), ImageSize(height: 3, width: 9), ImageSize(side: 5)])
    let part = ImageSize(side: 4)
    #expect {
      try UnresizedImages(source, part: part, memoryLimit: memoryLimit)
    } throws: {
      "\($0)"
        == "picture 1: smaller than the parts that are cut out of images (expected at least 4x4, "
        + "found 3x9)"
    }
    let images = try UnresizedImages(
      source, part: part, policy: .skipBroken, memoryLimit: memoryLimit)
    #expect(images.count == 2 && images.skipped.map(\.name) == ["picture 1"])
    #expect(try images.batch([1]).pixels.first == 11)
  }
}

/// Pictures in memory.
private struct ArraySource: ImageSource {
  let pictures: [DecodedImage]
  init(_ pictures: [DecodedImage]) { self.pictures = pictures }
  var count: Int { pictures.count }
  var classNames: [String] { [] }
  func label(at index: Int) -> Int? { nil }
  func name(at index: Int) -> String { "picture \(index)" }
  func header(at index: Int) throws -> ImageHeader {
    let picture = pictures[index]
    return ImageHeader(
      width: picture.width, height: picture.height, channels: picture.channels, mode: "L")
  }
  func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader) {
    (pictures[index], try header(at: index))
  }
}
