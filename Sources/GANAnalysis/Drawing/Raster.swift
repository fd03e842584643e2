import Foundation
import GANData

/// Scenes as pixels, with smooth edges.
struct Raster {
  private let width: Int
  private let height: Int
  private var pixels: [UInt8]

  /// The scene on white paper, in colour.
  static func picture(_ scene: Scene) -> DecodedImage {
    var raster = Raster(width: scene.width, height: scene.height)
    for shape in scene.shapes { raster.draw(shape) }
    return DecodedImage(
      width: raster.width, height: raster.height, channels: 3, pixels: raster.pixels)
  }

  private init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    pixels = [UInt8](repeating: 255, count: width * height * 3)
  }

  private mutating func draw(_ shape: Scene.Shape) {
    switch shape {
    case .line(let places, let ink, let lineWidth): stroke([places], ink, width: lineWidth)
    case .area(let place, let width, let height, let ink):
      fill(from: place, to: Place(place.x + width, place.y + height), ink)
    case .circle(let place, let radius, let ink):
      let angles = (0...32).map { Double($0) * .pi / 16 }
      stroke([angles.map { around(place, radius, $0) }], ink, width: 1)
    case .text(let text, let place, let size, let anchor, let ink):
      let width = StrokeFont.width(of: text, size: size)
      let shift = anchor == .start ? 0 : anchor == .middle ? width / 2 : width
      let start = Place(place.x - shift, place.y)
      stroke(StrokeFont.lines(text, at: start, size: size), ink, width: max(1.1, size / 7))
    case .picture(let picture, let place, let scale): paste(picture, at: place, scale: scale)
    }
  }

  /// Lines of one colour, so that where they cross nothing is painted twice.
  private mutating func stroke(_ lines: [[Place]], _ ink: Ink, width lineWidth: Double) {
    let places = lines.joined()
    guard let left = places.map(\.x).min(), let right = places.map(\.x).max(),
      let top = places.map(\.y).min(), let bottom = places.map(\.y).max()
    else { return }
    let reach = lineWidth / 2 + 1
    let columns = range(left - reach, right + reach, below: width)
    let rows = range(top - reach, bottom + reach, below: height)
    var coverage = Coverage(columns: columns, rows: rows)
    for line in lines {
      if line.count == 1 { coverage.add(line[0], line[0], lineWidth) }
      for (from, to) in zip(line, line.dropFirst()) { coverage.add(from, to, lineWidth) }
    }
    coverage.forEach { x, y, part in blend(x, y, ink, part) }
  }

  private mutating func fill(from: Place, to: Place, _ ink: Ink) {
    for y in range(from.y, to.y, below: height) {
      let tall = min(to.y, Double(y + 1)) - max(from.y, Double(y))
      for x in range(from.x, to.x, below: width) {
        let wide = min(to.x, Double(x + 1)) - max(from.x, Double(x))
        blend(x, y, ink, Float(max(tall, 0) * max(wide, 0)))
      }
    }
  }

  private mutating func paste(_ picture: DecodedImage, at place: Place, scale: Int) {
    let colour = picture.converted(toChannels: 3)
    let (left, top) = (Int(place.x.rounded()), Int(place.y.rounded()))
    for y in max(0, -top)..<max(max(0, -top), min(colour.height * scale, height - top)) {
      for x in max(0, -left)..<max(max(0, -left), min(colour.width * scale, width - left)) {
        let from = (y / scale * colour.width + x / scale) * 3
        let to = ((top + y) * width + left + x) * 3
        for part in 0..<3 { pixels[to + part] = colour.pixels[from + part] }
      }
    }
  }

  private mutating func blend(_ x: Int, _ y: Int, _ ink: Ink, _ part: Float) {
    guard part > 0 else { return }
    let start = (y * width + x) * 3
    for (offset, value) in [ink.red, ink.green, ink.blue].enumerated() {
      let old = Float(pixels[start + offset])
      pixels[start + offset] = UInt8((old + (Float(value) - old) * min(part, 1)).rounded())
    }
  }
}

/// The pixels that a stretch touches.
private func range(_ from: Double, _ to: Double, below limit: Int) -> Range<Int> {
  let low = Int(min(max(from, 0), Double(limit)).rounded(.down))
  let high = Int(min(max(to, 0), Double(limit)).rounded(.up))
  return low..<max(low, high)
}

/// How much of each pixel of a rectangle is covered by lines.
private struct Coverage {
  let columns: Range<Int>
  let rows: Range<Int>
  private var parts: [Float]

  init(columns: Range<Int>, rows: Range<Int>) {
    (self.columns, self.rows) = (columns, rows)
    parts = [Float](repeating: 0, count: columns.count * rows.count)
  }

  /// A segment with round ends: a pixel is covered by how near its centre lies.
  mutating func add(_ from: Place, _ to: Place, _ width: Double) {
    let reach = width / 2 + 1
    let across = range(min(from.x, to.x) - reach, max(from.x, to.x) + reach, below: .max >> 12)
      .clamped(to: columns)
    let down = range(min(from.y, to.y) - reach, max(from.y, to.y) + reach, below: .max >> 12)
      .clamped(to: rows)
    for y in down {
      for x in across {
        let distance = distance(Place(Double(x) + 0.5, Double(y) + 0.5), from, to)
        let part = Float(min(max(width / 2 + 0.5 - distance, 0), 1))
        let index = (y - rows.lowerBound) * columns.count + x - columns.lowerBound
        parts[index] = max(parts[index], part)
      }
    }
  }

  func forEach(_ body: (Int, Int, Float) -> Void) {
    for (index, part) in parts.enumerated() where part > 0 {
      body(
        columns.lowerBound + index % columns.count, rows.lowerBound + index / columns.count, part)
    }
  }

  private func distance(_ place: Place, _ from: Place, _ to: Place) -> Double {
    let (dx, dy) = (to.x - from.x, to.y - from.y)
    let (px, py) = (place.x - from.x, place.y - from.y)
    let length = dx * dx + dy * dy
    let along = length > 0 ? min(max((px * dx + py * dy) / length, 0), 1) : 0
    let (ex, ey) = (px - along * dx, py - along * dy)
    return (ex * ex + ey * ey).squareRoot()
  }
}

private func around(_ center: Place, _ radius: Double, _ angle: Double) -> Place {
  Place(center.x + radius * cos(angle), center.y + radius * sin(angle))
}
