import GANData
import Testing

@testable import GANTraining

@Suite("Sheets of points on a line")
struct PointSheetTests {
  private let line = PointDistribution.line(.cosine)

  private func picture(_ values: [Float]) -> DecodedImage {
    HistogramSheet(values, frame: line.frame, .cosine).picture()
  }

  /// Rows of a column whose colour is that of bars.
  private func barHeight(_ picture: DecodedImage, _ column: Int) -> Int {
    (0..<picture.height).count { row in
      Array(
        picture.pixels[(row * picture.width + column) * 3..<(row * picture.width + column) * 3 + 3])
        == [0x8F, 0xB4, 0xDB]
    }
  }

  @Test("bars reach the curve where samples are as they should be")
  func right() {
    let picture = picture(line.scaledPoints(count: 100_000, seed: 1))
    #expect(picture.width == 512 && picture.height == 256 && picture.channels == 3)
    // 3/4 of 256 rows are the density 0.5 of the flat part, whose middle is at 0.375 of the networks' axis.
    let flat = barHeight(picture, Int((0.375 + 1) / 2 * 512))
    #expect((175..<200).contains(flat), "\(flat)")
    #expect(barHeight(picture, 300) == 0 && barHeight(picture, 10) == 0, "the gap, and beside it")
  }

  @Test("few samples have wide bars")
  func few() {
    let picture = picture(line.scaledPoints(count: 60, seed: 1))
    // Eight bars, each as high at its sides as in the middle but for the curve's line across it.
    for start in stride(from: 0, to: 512, by: 64) {
      let heights = [16, 32, 48].map { barHeight(picture, start + $0) }
      #expect((heights.max() ?? 0) - (heights.min() ?? 0) <= 8, "\(start): \(heights)")
    }
    #expect(barHeight(picture, 352) > 0)
  }

  @Test("stray, infinite and no samples are drawn, too")
  func extremes() {
    #expect(barHeight(picture([.nan, .infinity, 40, 0.99]), 511) > 200)
    #expect(barHeight(picture([]), 352) == 0)
  }
}
