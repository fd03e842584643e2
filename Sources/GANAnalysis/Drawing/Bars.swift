import Foundation

/// Horizontal bars with a name before and a number behind each.
struct Bars {
  /// One bar.
  struct Bar {
    let name: String
    let value: Double
    let ink: Ink
  }

  let title: String
  let bars: [Bar]

  private static let pitch = 20.0

  /// How many pixels of height it takes.
  var height: Double { 40 + Double(bars.count) * Bars.pitch }

  /// Draws them from a place down, over so many pixels.
  func draw(in scene: inout Scene, at corner: Place, width: Double) {
    scene.write(title, at: Place(corner.x, corner.y + 16), size: titleSize(width: width))
    let texts = bars.map { String(format: "%.4g", $0.value) }
    let names = min(longest(bars.map(\.name)) + 10, width * 0.45)
    let low = min(0, bars.map(\.value).min() ?? 0)
    let high = max(0, bars.map(\.value).max() ?? 0)
    // Numbers of negative bars stand to their left. All lengths are 0 where all values are.
    let before = low < 0 ? longest(texts) + 8 : 0
    let room = width - names - before - longest(texts) - 8
    let unit = high > low ? room / (high - low) : 0
    let zero = corner.x + names + before - low * unit
    for (index, bar) in bars.enumerated() {
      let y = corner.y + 28 + Double(index) * Bars.pitch
      scene.write(
        Typeface.shortened(bar.name, to: names - 10, size: 7.5), at: Place(corner.x, y + 11),
        size: 7.5)
      let length = bar.value * unit
      scene.add(
        .area(Place(zero + min(length, 0), y), width: abs(length), height: 14, bar.ink))
      let end = Place(zero + length + (length < 0 ? -6 : 6), y + 11)
      scene.write(texts[index], at: end, size: 7.5, length < 0 ? .end : .start)
    }
    let bottom = corner.y + 28 + Double(bars.count) * Bars.pitch
    scene.add(.line([Place(zero, corner.y + 24), Place(zero, bottom)], .black, width: 1))
  }

  /// Smaller letters for a title that would run into the next column.
  private func titleSize(width: Double) -> Double {
    8.5 * min(1, width / max(Typeface.width(of: title, size: 8.5), 1))
  }

  private func longest(_ texts: [String]) -> Double {
    texts.map { Typeface.width(of: $0, size: 7.5) }.max() ?? 0
  }
}
