import CImage

/// The parts that PNG and APNG files share.
enum PNGEncoder {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Length, type, content and check sum.
  static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
    let checked = Array(type.utf8) + content
    return bigEndian(UInt32(content.count)) + checked
      + bigEndian(ci_crc32(0, checked, checked.count))
  }

  /// 8-bit samples: grey (1), grey and opacity (2), RGB (3), RGB and opacity (4).
  struct Raster {
    let width: Int
    let height: Int
    let samples: Int
    let values: [UInt8]

    init(_ image: DecodedImage) {
      (width, height) = (image.width, image.height)
      (samples, values) = (image.channels, image.pixels)
    }

    init(_ image: DecodedImage, alpha: [UInt8]) {
      precondition(alpha.count == image.width * image.height, "one opacity for each pixel")
      (width, height, samples) = (image.width, image.height, image.channels + 1)
      values = alpha.indices.flatMap { pixel in
        image.pixels[pixel * image.channels..<(pixel + 1) * image.channels] + [alpha[pixel]]
      }
    }
  }

  /// The header chunk: 8 bits, not interlaced.
  static func header(of image: Raster) -> [UInt8] {
    let colorTypes: [UInt8] = [0, 4, 2, 6]
    return chunk(
      "IHDR",
      bigEndian(UInt32(image.width)) + bigEndian(UInt32(image.height))
        + [8, colorTypes[image.samples - 1], 0, 0, 0])
  }

  /// A whole file.
  static func file(_ image: Raster) -> [UInt8] {
    signature + header(of: image) + chunk("IDAT", compressedSamples(of: image))
      + chunk("IEND", [])
  }

  /// Filtered and compressed samples, the content of `IDAT`.
  static func compressedSamples(of image: Raster) -> [UInt8] {
    let rows = filteredRows(of: image)
    let capacity = ci_deflate_bound(rows.count)
    return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      do throws(CodecFailure) {
        try CodecFailure.check { error in
          ci_deflate(rows, rows.count, buffer.baseAddress, capacity, &count, error)
        }
      } catch {
        // The bound holds for every input, so only an exhausted memory ends here.
        preconditionFailure(error.message)
      }
    }
  }

  /// Each row with the filter whose differences are smallest, which compress best.
  private static func filteredRows(of image: Raster) -> [UInt8] {
    let stride = image.width * image.samples
    var previous = [UInt8](repeating: 0, count: stride)
    var output: [UInt8] = []
    output.reserveCapacity((stride + 1) * image.height)
    for y in 0..<image.height {
      let row = Array(image.values[y * stride..<(y + 1) * stride])
      let candidates = (0...4).map { filtered(row, above: previous, step: image.samples, by: $0) }
      let best = candidates.indices.min { cost(candidates[$0]) < cost(candidates[$1]) } ?? 0
      output.append(UInt8(best))
      output += candidates[best]
      previous = row
    }
    return output
  }

  /// PNG's filters: 0 none, 1 left, 2 above, 3 average of both, 4 Paeth.
  private static func filtered(
    _ row: [UInt8], above: [UInt8], step: Int, by filter: Int
  ) -> [UInt8] {
    if filter == 0 { return row }
    return row.indices.map { i in
      let left = i >= step ? Int(row[i - step]) : 0
      let corner = i >= step ? Int(above[i - step]) : 0
      let up = Int(above[i])
      let guess =
        switch filter {
        case 1: left
        case 2: up
        case 3: (left + up) / 2
        default: paeth(left, up, corner)
        }
      return row[i] &- UInt8(guess)
    }
  }

  private static func paeth(_ left: Int, _ up: Int, _ corner: Int) -> Int {
    let estimate = left + up - corner
    let (a, b, c) = (abs(estimate - left), abs(estimate - up), abs(estimate - corner))
    if a <= b && a <= c { return left }
    return b <= c ? up : corner
  }

  private static func cost(_ row: [UInt8]) -> Int {
    row.reduce(0) { $0 + Int(Int8(bitPattern: $1).magnitude) }
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  static func bigEndian(_ value: UInt16) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}

extension DecodedImage {
  /// The picture as a PNG file.
  public func pngData() -> [UInt8] { PNGEncoder.file(PNGEncoder.Raster(self)) }

  /// The picture as a PNG file with an opacity for each pixel, 0 to 255, rows from the top; nil makes
  /// an opaque one.
  public func pngData(alpha: [UInt8]?) -> [UInt8] {
    alpha.map { PNGEncoder.file(PNGEncoder.Raster(self, alpha: $0)) } ?? pngData()
  }
}
