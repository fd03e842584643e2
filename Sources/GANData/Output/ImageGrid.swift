/// Many pictures tiled to one, as sample sheets show them.
public enum ImageGrid {
  /// Tiles pictures of one size, row by row, with a black border of `border` pixels around each.
  ///
  /// The layout is that of torchvision's `make_grid`: `columns * (width + border) + border` wide.
  /// Fewer pictures than columns make a narrower grid; the last row may be short.
  ///
  /// - Precondition: At least one picture; all of one size and number of channels.
  public static func tiled(
    _ images: [DecodedImage], columns: Int, border: Int = 2
  ) -> DecodedImage {
    precondition(columns > 0 && border >= 0, "a grid needs columns and no negative border")
    guard let first = images.first else { preconditionFailure("a grid needs a picture") }
    let columns = min(columns, images.count)
    let rows = (images.count + columns - 1) / columns
    let (cellWidth, cellHeight) = (first.width + border, first.height + border)
    let (width, height) = (columns * cellWidth + border, rows * cellHeight + border)
    var pixels = [UInt8](repeating: 0, count: width * height * first.channels)
    for (i, image) in images.enumerated() {
      precondition(
        (image.width, image.height, image.channels) == (first.width, first.height, first.channels),
        "picture \(i) of a grid differs in size from the first")
      let x = border + i % columns * cellWidth
      let y = border + i / columns * cellHeight
      paste(image, into: &pixels, atByte: (y * width + x) * first.channels, stride: width)
    }
    return DecodedImage(width: width, height: height, channels: first.channels, pixels: pixels)
  }

  /// Tiles pictures given as one planar buffer `[N, C, H, W]`.
  public static func tiled(
    planar: [UInt8], channels: Int, height: Int, width: Int, columns: Int, border: Int = 2
  ) -> DecodedImage {
    let each = channels * height * width
    precondition(
      each > 0 && planar.count.isMultiple(of: each),
      "\(planar.count) samples are no whole number of \(channels)x\(height)x\(width) pictures")
    let images = stride(from: 0, to: planar.count, by: each).map {
      DecodedImage(
        planar: planar[$0..<$0 + each], width: width, height: height, channels: channels)
    }
    return tiled(images, columns: columns, border: border)
  }

  private static func paste(
    _ image: DecodedImage, into pixels: inout [UInt8], atByte start: Int, stride: Int
  ) {
    let rowLength = image.width * image.channels
    for y in 0..<image.height {
      let to = start + y * stride * image.channels
      pixels.replaceSubrange(
        to..<to + rowLength, with: image.pixels[y * rowLength..<(y + 1) * rowLength])
    }
  }
}
