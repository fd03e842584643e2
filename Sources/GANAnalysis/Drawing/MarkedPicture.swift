import GANData

extension DecodedImage {
  /// In colour, every pixel as a square of `scale` pixels, with the outlines of `boxes` one pixel
  /// wide just outside of what they hold, inside the picture.
  func marked(_ boxes: [PixelBox], _ ink: Ink = Ink(0xE6_9F00), scale: Int = 1) -> DecodedImage {
    let colour = converted(toChannels: 3)
    let (across, down) = (width * scale, height * scale)
    var result = [UInt8](repeating: 0, count: across * down * 3)
    for y in 0..<down {
      for x in 0..<across {
        let from = (y / scale * width + x / scale) * 3
        let to = (y * across + x) * 3
        for part in 0..<3 { result[to + part] = colour.pixels[from + part] }
      }
    }
    for box in boxes {
      let columns = max(box.x * scale - 1, 0)...min((box.x + box.width) * scale, across - 1)
      let rows = max(box.y * scale - 1, 0)...min((box.y + box.height) * scale, down - 1)
      for x in columns {
        for y in [rows.lowerBound, rows.upperBound] { paint(&result, (y * across + x) * 3, ink) }
      }
      for y in rows {
        for x in [columns.lowerBound, columns.upperBound] {
          paint(&result, (y * across + x) * 3, ink)
        }
      }
    }
    return DecodedImage(width: across, height: down, channels: 3, pixels: result)
  }

  private func paint(_ pixels: inout [UInt8], _ place: Int, _ ink: Ink) {
    (pixels[place], pixels[place + 1], pixels[place + 2]) = (ink.red, ink.green, ink.blue)
  }

  /// The whole number that enlarges a picture to at least about 64 pixels.
  var displayScale: Int { max(1, (64 + max(width, height) - 1) / max(width, height)) }
}
