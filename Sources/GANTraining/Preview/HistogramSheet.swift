import GANData

/// A picture of samples on a line: their histogram as bars, and over it the density that they should have.
struct HistogramSheet {
  private static let (width, height, mostBins) = (512, 256, 128)
  private static let paper: [UInt8] = [255, 255, 255]
  private static let bar: [UInt8] = [0x8F, 0xB4, 0xDB]
  private static let line: [UInt8] = [0xD5, 0x5E, 0x00]

  /// The samples' density in each bin of [-1, 1] as networks draw it.
  private let bars: [Double]
  /// The density that they should have, at each column.
  private let curve: [Double]

  /// - Parameter values: as networks draw them; what is beyond [-1, 1] counts for the outermost bins.
  init(_ values: [Float], frame: (middle: Double, scale: Double), _ density: LineDensity) {
    let finite = values.filter(\.isFinite)
    let bins = Self.bins(for: finite.count)
    var counts = [Double](repeating: 0, count: bins)
    for value in finite {
      counts[Int(min(max((Double(value) + 1) / 2 * Double(bins), 0), Double(bins - 1)))] += 1
    }
    // Densities of the scaled axis, so that a unit of the data's does not matter.
    bars = counts.map { $0 / Double(max(finite.count, 1)) * Double(bins) / 2 }
    curve = (0..<Self.width).map { column in
      let value = (Double(column) + 0.5) / Double(Self.width) * 2 - 1
      return density.density(at: value / frame.scale + frame.middle) / frame.scale
    }
  }

  /// A power of two, so that bars are of equal width; the fewer samples, the fewer, for bars of one or two
  /// samples show nothing.
  private static func bins(for samples: Int) -> Int {
    var bins = 8
    while bins < mostBins, bins * bins <= samples { bins *= 2 }
    return bins
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
      let (top, here) = (row(bars[column * bars.count / width]), row(curve[column]))
      set(column, 0...height - 1, Self.paper)
      if top < height - 1 { set(column, top...height - 1, Self.bar) }
      let before = column > 0 ? row(curve[column - 1]) : here
      set(column, max(min(before, here) - 1, 0)...max(before, here), Self.line)
    }
    return DecodedImage(width: width, height: height, channels: 3, pixels: pixels)
  }
}
