import Foundation

/// A box with numbered axes, in a scene, and where values lie in it.
struct Axes {
  let frame: (left: Double, top: Double, width: Double, height: Double)
  let x: ClosedRange<Double>
  let y: ClosedRange<Double>

  /// All values and a little room, never of length 0.
  static func range(of values: [Double]) -> ClosedRange<Double> {
    guard let low = values.min(), let high = values.max() else { return 0...1 }
    let room = max((high - low) * 0.05, abs(high) * 1e-6, 1e-9)
    return (low - room)...(high + room)
  }

  /// Where a point of the axes' values lies.
  func place(_ a: Double, _ b: Double) -> Place {
    Place(
      frame.left + (a - x.lowerBound) / (x.upperBound - x.lowerBound) * frame.width,
      frame.top + (y.upperBound - b) / (y.upperBound - y.lowerBound) * frame.height)
  }

  /// The grid, the numbers and the names.
  func draw(in scene: inout Scene, title: String = "", xName: String = "") {
    let (right, bottom) = (frame.left + frame.width, frame.top + frame.height)
    for tick in Ticks(x).values {
      let place = place(tick, y.lowerBound)
      scene.add(.line([Place(place.x, frame.top), place], .pale, width: 1))
      scene.write(Ticks(x).text(tick), at: Place(place.x, bottom + 15), size: 7, .middle)
    }
    for tick in Ticks(y).values {
      let place = place(x.lowerBound, tick)
      scene.add(.line([place, Place(right, place.y)], .pale, width: 1))
      scene.write(Ticks(y).text(tick), at: Place(frame.left - 7, place.y + 3.5), size: 7, .end)
    }
    let corners = [
      Place(frame.left, frame.top), Place(right, frame.top), Place(right, bottom),
      Place(frame.left, bottom), Place(frame.left, frame.top),
    ]
    scene.add(.line(corners, .black, width: 1))
    scene.write(title, at: Place(frame.left, frame.top - 9), size: 9)
    scene.write(xName, at: Place(right, bottom + 31), size: 7, .end)
  }
}

/// Round numbers within a range: steps of 1, 2 or 5 times a power of ten.
struct Ticks {
  let values: [Double]
  private let step: Double

  init(_ range: ClosedRange<Double>, about count: Int = 5) {
    let length = range.upperBound - range.lowerBound
    let rough = length / Double(count)
    let power = pow(10, floor(log10(rough)))
    let step = [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
    let first = Int((range.lowerBound / step - 1e-9).rounded(.up))
    let last = Int((range.upperBound / step + 1e-9).rounded(.down))
    values = (first...max(first, last)).map { Double($0) * step }
    self.step = step
  }

  /// A tick with as many digits as its step needs.
  func text(_ value: Double) -> String {
    if Swift.max(abs(value), step) >= 1e6 || step < 1e-4 { return String(format: "%g", value) }
    let digits = Swift.max(0, Int((-log10(step) - 1e-9).rounded(.up)))
    return String(format: "%.\(digits)f", value)
  }
}
