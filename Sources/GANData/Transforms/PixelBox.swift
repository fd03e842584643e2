/// A rectangle of pixels.
public struct PixelBox: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The first column.
  public var x: Int
  /// The first row.
  public var y: Int
  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int

  /// A rectangle.
  public init(x: Int, y: Int, width: Int, height: Int) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }

  /// A rectangle written as `x,y,w,h`; `nil` for anything but four whole numbers with a first column
  /// and row from 0 and a size of at least 1.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in
      Int(part.drop { $0 == " " }).flatMap { (0...1_000_000).contains($0) ? $0 : nil }
    }
    guard parts.count == 4, numbers.count == 4, numbers[2] > 0, numbers[3] > 0 else { return nil }
    self.init(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
  }

  /// `x,y,w,h`.
  public var description: String { "\(x),\(y),\(width),\(height)" }

  /// The columns.
  public var columns: Range<Int> { x..<x + width }

  /// The rows.
  public var rows: Range<Int> { y..<y + height }

  /// Whether it lies in a picture of this size.
  public func isInside(width: Int, height: Int) -> Bool {
    x >= 0 && y >= 0 && x + self.width <= width && y + self.height <= height
  }

  /// Whether a point, in pixels from the upper left corner, lies in it.
  public func contains(x pointX: Double, y pointY: Double) -> Bool {
    pointX >= Double(x) && pointX < Double(x + width) && pointY >= Double(y)
      && pointY < Double(y + height)
  }

  /// A rectangle of a quarter of the picture's area, half as wide and half as high, anywhere.
  public static func random(
    width: Int, height: Int, using generator: inout SplitMix64
  ) -> PixelBox {
    let (across, down) = (max(width / 2, 1), max(height / 2, 1))
    let x = generator.next(below: width - across + 1)
    return PixelBox(
      x: x, y: generator.next(below: height - down + 1), width: across, height: down)
  }
}

extension DecodedImage {
  /// The picture with a mosaic in `box`: squares of `block` pixels, counted from the box's corner and
  /// cut at its border, each of the rounded mean of what was there.
  ///
  /// - Precondition: The box lies inside the picture; `block` is at least 1.
  public func pixelated(in box: PixelBox, block: Int) -> DecodedImage {
    precondition(
      box.isInside(width: width, height: height) && block > 0,
      "no mosaic of \(block) in \(box) of \(width)x\(height)")
    var result = pixels
    for top in stride(from: box.y, to: box.y + box.height, by: block) {
      for left in stride(from: box.x, to: box.x + box.width, by: block) {
        let rows = top..<min(top + block, box.y + box.height)
        let columns = left..<min(left + block, box.x + box.width)
        for channel in 0..<channels { flatten(rows, columns, channel, in: &result) }
      }
    }
    return DecodedImage(width: width, height: height, channels: channels, pixels: result)
  }

  private func flatten(
    _ rows: Range<Int>, _ columns: Range<Int>, _ channel: Int, in result: inout [UInt8]
  ) {
    func place(_ x: Int, _ y: Int) -> Int { (y * width + x) * channels + channel }
    let area = rows.count * columns.count
    var sum = area / 2  // so that dividing rounds
    for y in rows { for x in columns { sum += Int(pixels[place(x, y)]) } }
    for y in rows { for x in columns { result[place(x, y)] = UInt8(sum / area) } }
  }
}
