extension DecodedImage {
  /// A part of the picture.
  ///
  /// - Precondition: The part lies inside the picture.
  public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> DecodedImage {
    precondition(
      x >= 0 && y >= 0 && newWidth > 0 && newHeight > 0 && x + newWidth <= width
        && y + newHeight <= height,
      "the part \(newWidth)x\(newHeight) at (\(x), \(y)) is not inside \(width)x\(height)")
    var part: [UInt8] = []
    part.reserveCapacity(newWidth * newHeight * channels)
    for row in y..<y + newHeight {
      let start = (row * width + x) * channels
      part += pixels[start..<start + newWidth * channels]
    }
    return DecodedImage(width: newWidth, height: newHeight, channels: channels, pixels: part)
  }

  /// The largest square around the centre; an odd remainder is cut at the right or bottom.
  public func centerSquare() -> DecodedImage {
    let side = min(width, height)
    return cropped(x: (width - side) / 2, y: (height - side) / 2, width: side, height: side)
  }

  /// The picture in the centre of a black square; an odd remainder goes to the right or bottom.
  ///
  /// - Precondition: The picture fits.
  public func padded(to side: Int) -> DecodedImage {
    precondition(side >= width && side >= height, "\(width)x\(height) does not fit in \(side)")
    var result = [UInt8](repeating: 0, count: side * side * channels)
    let rowLength = width * channels
    let (left, top) = ((side - width) / 2, (side - height) / 2)
    for y in 0..<height {
      let to = ((top + y) * side + left) * channels
      result.replaceSubrange(
        to..<to + rowLength, with: pixels[y * rowLength..<(y + 1) * rowLength])
    }
    return DecodedImage(width: side, height: side, channels: channels, pixels: result)
  }

  /// The mirror image, left and right exchanged.
  public func flippedHorizontally() -> DecodedImage {
    var mirrored: [UInt8] = []
    mirrored.reserveCapacity(pixels.count)
    for y in 0..<height {
      for x in (0..<width).reversed() {
        let start = (y * width + x) * channels
        mirrored += pixels[start..<start + channels]
      }
    }
    return DecodedImage(width: width, height: height, channels: channels, pixels: mirrored)
  }
}
