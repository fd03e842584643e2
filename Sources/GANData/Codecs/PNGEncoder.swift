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

  /// The header chunk: 8 bits, grey or RGB, not interlaced.
  static func header(of image: DecodedImage) -> [UInt8] {
    let colorType: UInt8 = image.channels == 1 ? 0 : 2
    return chunk(
      "IHDR",
      bigEndian(UInt32(image.width)) + bigEndian(UInt32(image.height)) + [8, colorType, 0, 0, 0])
  }

  /// Filtered and compressed samples, the content of `IDAT`.
  static func compressedSamples(of image: DecodedImage) -> [UInt8] {
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
  private static func filteredRows(of image: DecodedImage) -> [UInt8] {
    let stride = image.width * image.channels
    var previous = [UInt8](repeating: 0, count: stride)
    var output: [UInt8] = []
    output.reserveCapacity((stride + 1) * image.height)
    for y in 0..<image.height {
      let row = Array(image.pixels[y * stride..<(y + 1) * stride])
      let candidates = (0...4).map { filtered(row, above: previous, step: image.channels, by: $0) }
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
  public func pngData() -> [UInt8] {
    PNGEncoder.signature + PNGEncoder.header(of: self)
      + PNGEncoder.chunk("IDAT", PNGEncoder.compressedSamples(of: self))
      + PNGEncoder.chunk("IEND", [])
  }
}
