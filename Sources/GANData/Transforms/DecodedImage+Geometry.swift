extension DecodedImage {
  /// A part of the picture.
  ///
  /// - Precondition: The part lies inside the picture.
  public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> DecodedImage {
    precondition(
      x >= 0 && y >= 0 && newWidth > 0 && newHeight > 0 && x + newWidth <= width
        && y + newHeight <= height,
      "the part \(newWidth)x\(newHeight) at (\(x), \(y)) is not inside \(width)x\(height)")
    if newWidth == width && newHeight == height { return self }
    var part: [UInt8] = []
    part.reserveCapacity(newWidth * newHeight * channels)
    for row in y..<y + newHeight {
      let start = (row * width + x) * channels
      part += pixels[start..<start + newWidth * channels]
    }
    return DecodedImage(width: newWidth, height: newHeight, channels: channels, pixels: part)
  }

  /// Height and width.
  public var size: ImageSize { ImageSize(height: height, width: width) }

  /// The picture as high and as wide as that, whatever its proportions.
  public func resized(to size: ImageSize) -> DecodedImage {
    resized(width: size.width, height: size.height)
  }

  /// The largest part around the centre with the proportions of a size, to whole pixels; an odd
  /// remainder is cut at the right or bottom.
  public func center(proportionedAs target: ImageSize) -> DecodedImage {
    let part = size.center(proportionedAs: target)
    return cropped(
      x: (width - part.width) / 2, y: (height - part.height) / 2, width: part.width,
      height: part.height)
  }

  /// The picture in the centre of a black one; an odd remainder goes to the right or bottom.
  ///
  /// - Precondition: The picture fits.
  public func padded(to larger: ImageSize) -> DecodedImage {
    precondition(larger.holds(size), "\(size) does not fit in \(larger)")
    var result = [UInt8](repeating: 0, count: larger.area * channels)
    let rowLength = width * channels
    let (left, top) = ((larger.width - width) / 2, (larger.height - height) / 2)
    for y in 0..<height {
      let to = ((top + y) * larger.width + left) * channels
      result.replaceSubrange(
        to..<to + rowLength, with: pixels[y * rowLength..<(y + 1) * rowLength])
    }
    return DecodedImage(
      width: larger.width, height: larger.height, channels: channels, pixels: result)
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

extension ImageSize {
  /// The largest part with the proportions of a size, to whole pixels.
  func center(proportionedAs target: ImageSize) -> ImageSize {
    func fitting(_ length: Int, _ own: Int, _ other: Int) -> Int {
      max(1, Int((Double(length) * Double(own) / Double(other)).rounded()))
    }
    return ImageSize(
      height: min(height, fitting(width, target.height, target.width)),
      width: min(width, fitting(height, target.width, target.height)))
  }

  /// The size with its proportions at which it has its place in another one; itself where it has.
  func reduced(toFit target: ImageSize) -> ImageSize {
    if target.holds(self) { return self }
    let scale = min(
      Double(target.height) / Double(height), Double(target.width) / Double(width))
    func reduced(_ side: Int) -> Int { max(1, Int((Double(side) * scale).rounded())) }
    return ImageSize(height: reduced(height), width: reduced(width))
  }
}
