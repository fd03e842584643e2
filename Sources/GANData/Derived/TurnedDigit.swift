import Foundation

/// A digit on a plane that is turned about its vertical axis by 30 to 75 degrees, to the left or to the
/// right, seen from twice its side away; the more it is turned, the less light falls on it.
struct TurnedDigit: DigitPicture {
  let channels = 1
  private static let angles = 30.0...75.0
  /// Points of the plane of 28x28, where eyes, nose and mouth would be.
  private static let points = [(9.0, 9.0), (19.0, 9.0), (14.0, 14.0), (14.0, 20.0)]
  /// Samples across and down for each pixel: a plane seen from the side is finer than the pixels.
  private static let samples = (across: 4, down: 2)

  /// A turn of a plane.
  private struct Turn {
    let cosine, sine, distance, center: Double
    let light: Double

    init(_ number: UInt64, side: Int) {
      var random = SplitMix64(seed: number)
      let (low, high) = (TurnedDigit.angles.lowerBound, TurnedDigit.angles.upperBound)
      let degrees = low + (high - low) * random.nextUnit()
      let angle = (random.next() >> 63 == 1 ? degrees : -degrees) * .pi / 180
      (cosine, sine) = (cos(angle), sin(angle))
      (distance, center) = (2 * Double(side), Double(side) / 2)
      light = 0.7 + 0.3 * cosine
    }

    /// Where a point of the plane is seen.
    func seen(_ x: Double, _ y: Double) -> Landmark {
      let (u, v) = (x - center, y - center)
      let scale = distance / (distance + u * sine)
      return Landmark(x: center + u * cosine * scale, y: center + v * scale)
    }

    /// The point of the plane that is seen at a place.
    func point(at x: Double, _ y: Double) -> (x: Double, y: Double) {
      let (across, down) = (x - center, y - center)
      let u = across * distance / (distance * cosine - across * sine)
      return (center + u, center + down * (distance + u * sine) / distance)
    }
  }

  func picture(of digit: DecodedImage, number: UInt64) -> DecodedImage {
    let turn = Turn(number, side: digit.width)
    let (width, height) = (digit.width, digit.height)
    let pixels = (0..<width * height).map { place -> UInt8 in
      let value = turn.light * Self.mean(of: digit, around: place % width, place / width, turn)
      return UInt8(value.rounded())
    }
    return DecodedImage(width: width, height: height, channels: 1, pixels: pixels)
  }

  func landmarks(number: UInt64, side: Int) -> [Landmark]? {
    let turn = Turn(number, side: side)
    return Self.points.map { turn.seen($0.0 * Double(side) / 28, $0.1 * Double(side) / 28) }
  }

  /// The mean of what is seen in a pixel.
  private static func mean(
    of digit: DecodedImage, around column: Int, _ row: Int, _ turn: Turn
  ) -> Double {
    var sum = 0.0
    for i in 0..<samples.across {
      for j in 0..<samples.down {
        let x = Double(column) + (Double(i) + 0.5) / Double(samples.across)
        let y = Double(row) + (Double(j) + 0.5) / Double(samples.down)
        let point = turn.point(at: x, y)
        sum += brightness(of: digit, at: point.x, point.y)
      }
    }
    return sum / Double(samples.across * samples.down)
  }

  /// Linear between the middles of the nearest pixels; black outside.
  private static func brightness(of digit: DecodedImage, at x: Double, _ y: Double) -> Double {
    let (left, top) = ((x - 0.5).rounded(.down), (y - 0.5).rounded(.down))
    guard left >= -1, top >= -1, left < Double(digit.width), top < Double(digit.height) else {
      return 0
    }
    let (column, row) = (Int(left), Int(top))
    let (right, below) = (x - 0.5 - left, y - 0.5 - top)
    func pixel(_ column: Int, _ row: Int) -> Double {
      guard column >= 0, row >= 0, column < digit.width, row < digit.height else { return 0 }
      return Double(digit.pixels[row * digit.width + column])
    }
    let above = pixel(column, row) * (1 - right) + pixel(column + 1, row) * right
    let under = pixel(column, row + 1) * (1 - right) + pixel(column + 1, row + 1) * right
    return above * (1 - below) + under * below
  }
}
