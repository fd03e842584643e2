/// Cuts squares out of prepared pictures at random places, and mirrors them.
struct CropWindow: Sendable {
  private let size: Int
  private let side: Int
  private let channels: Int

  init(from preparation: ImagePreparation, side: Int) {
    precondition(
      side > 0 && side <= preparation.size,
      "cannot cut \(side)x\(side) out of \(preparation.size)x\(preparation.size)")
    size = preparation.size
    channels = preparation.channels
    self.side = side
  }

  var sampleCount: Int { channels * side * side }

  /// Cuts a planar picture.
  func copy(
    _ from: UnsafeBufferPointer<UInt8>, to: UnsafeMutableBufferPointer<UInt8>, draw: ImageDraw
  ) {
    let (left, top) = corner(draw)
    for channel in 0..<channels {
      for y in 0..<side {
        let row = (channel * size + top + y) * size + left
        let target = (channel * side + y) * side
        for x in 0..<side {
          to[target + x] = from[row + (draw.flips ? side - 1 - x : x)]
        }
      }
    }
  }

  /// Cuts an interleaved picture.
  func cut(_ image: DecodedImage, draw: ImageDraw) -> DecodedImage {
    let (left, top) = corner(draw)
    let part = image.cropped(x: left, y: top, width: side, height: side)
    return draw.flips ? part.flippedHorizontally() : part
  }

  private func corner(_ draw: ImageDraw) -> (left: Int, top: Int) {
    let places = size - side + 1
    func place(_ unit: Double) -> Int { min(places - 1, max(0, Int(unit * Double(places)))) }
    return (place(draw.x), place(draw.y))
  }
}
