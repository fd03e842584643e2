import GANData

/// A picture of samples on a line: their histogram as bars, and over it the density that they should have.
struct HistogramSheet {
  private static let (bins, barWidth, height) = (128, 4, 256)
  private static let paper: [UInt8] = [255, 255, 255]
  private static let bar: [UInt8] = [0x8F, 0xB4, 0xDB]
  private static let line: [UInt8] = [0xD5, 0x5E, 0x00]

  /// The samples' density in each bin of [-1, 1] as networks draw it.
  private let bars: [Double]
  /// The density that they should have, at each column.
  private let curve: [Double]

  /// - Parameter values: as networks draw them; what is beyond [-1, 1] counts for the outermost bins.
  init(_ values: [Float], frame: (middle: Double, scale: Double), _ density: LineDensity) {
    var counts = [Double](repeating: 0, count: Self.bins)
    let finite = values.filter(\.isFinite)
    for value in finite {
      counts[
        Int(min(max((Double(value) + 1) / 2 * Double(Self.bins), 0), Double(Self.bins - 1)))] += 1
    }
    // Densities of the scaled axis, so that a unit of the data's does not matter.
    bars = counts.map { $0 / Double(max(finite.count, 1)) * Double(Self.bins) / 2 }
    let columns = Self.bins * Self.barWidth
    curve = (0..<columns).map { column in
      let value = (Double(column) + 0.5) / Double(columns) * 2 - 1
      return density.density(at: value / frame.scale + frame.middle) / frame.scale
    }
  }

  /// Bars on paper with the curve over them. The curve's highest point is at three quarters of the height;
  /// higher bars are cut off.
  func picture() -> DecodedImage {
    let (width, height) = (curve.count, Self.height)
    let scale = 0.75 * Double(height) / max(curve.max() ?? 1, .leastNormalMagnitude)
    func row(_ density: Double) -> Int {
      height - 1 - Int(min(density * scale, Double(height - 1)))
    }
    var pixels = [UInt8](repeating: 0, count: 3 * width * height)
    func set(_ column: Int, _ rows: ClosedRange<Int>, _ colour: [UInt8]) {
      for row in rows {
        for channel in 0..<3 { pixels[(row * width + column) * 3 + channel] = colour[channel] }
      }
    }
    for column in 0..<width {
      let (top, here) = (row(bars[column / Self.barWidth]), row(curve[column]))
      set(column, 0...height - 1, Self.paper)
      if top < height - 1 { set(column, top...height - 1, Self.bar) }
      let before = column > 0 ? row(curve[column - 1]) : here
      set(column, max(min(before, here) - 1, 0)...max(before, here), Self.line)
    }
    return DecodedImage(width: width, height: height, channels: 3, pixels: pixels)
  }
}
