import Testing

@testable import GANData

@Suite("Grey levels")
struct QuantizationTests {
  private func pixels(_ values: [UInt8], levels: Int) throws -> [UInt8] {
    let image = DecodedImage(width: values.count, height: 1, channels: 1, pixels: values)
    let packed = try PackedImages(
      InventedSource(images: [image]), size: ImageSize(height: 1, width: values.count),
      fit: .stretch)
    return try QuantizedImages(packed, levels: levels).batch([0]).pixels
  }

  @Test("Values move to the nearest of evenly spaced levels")
  func nearest() throws {
    #expect(try pixels([0, 127, 128, 255], levels: 2) == [0, 0, 255, 255])
    #expect(
      try pixels([0, 42, 43, 127, 128, 212, 213], levels: 4) == [0, 0, 85, 85, 170, 170, 255])
    let all = (0...255).map { UInt8($0) }
    #expect(try pixels(all, levels: 256) == all)
    #expect(Set(try pixels(all, levels: 16)) == Set((0..<16).map { UInt8($0 * 17) }))
  }

  @Test("Everything else stays as it is")
  func rest() throws {
    let image = DecodedImage(width: 2, height: 1, channels: 1, pixels: [9, 200])
    let packed = try PackedImages(
      InventedSource(images: [image, image], classNames: ["a", "b"]),
      size: ImageSize(height: 1, width: 2), fit: .stretch)
    let levels = QuantizedImages(packed, levels: 2)
    #expect(levels.count == 2 && levels.classNames == ["a", "b"] && levels.labels == [0, 1])
    #expect(try levels.batch([1]).labels == [1] && levels.preparation == packed.preparation)
  }
}
