/// Cuts parts out of prepared pictures at random places, and mirrors them.
struct CropWindow: Sendable {
  private let size: ImageSize
  private let part: ImageSize
  private let channels: Int

  init(from preparation: ImagePreparation, part: ImageSize) {
    precondition(
      part.height > 0 && part.width > 0 && preparation.size.holds(part),
      "cannot cut \(part) out of \(preparation.size)")
    size = preparation.size
    channels = preparation.channels
    self.part = part
  }

  var sampleCount: Int { channels * part.area }

  /// Cuts a planar picture.
  func copy(
    _ from: UnsafeBufferPointer<UInt8>, to: UnsafeMutableBufferPointer<UInt8>, draw: ImageDraw
  ) {
    let (left, top) = corner(draw)
    for channel in 0..<channels {
      for y in 0..<part.height {
        let row = (channel * size.height + top + y) * size.width + left
        let target = (channel * part.height + y) * part.width
        for x in 0..<part.width {
          to[target + x] = from[row + (draw.flips ? part.width - 1 - x : x)]
        }
      }
    }
  }

  /// Cuts an interleaved picture.
  func cut(_ image: DecodedImage, draw: ImageDraw) -> DecodedImage {
    let (left, top) = corner(draw)
    let cut = image.cropped(x: left, y: top, width: part.width, height: part.height)
    return draw.flips ? cut.flippedHorizontally() : cut
  }

  private func corner(_ draw: ImageDraw) -> (left: Int, top: Int) {
    func place(_ unit: Double, _ whole: Int, _ part: Int) -> Int {
      let places = whole - part + 1
      return min(places - 1, max(0, Int(unit * Double(places))))
    }
    return (place(draw.x, size.width, part.width), place(draw.y, size.height, part.height))
  }
}
