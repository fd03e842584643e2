import Foundation

/// A box with numbered axes, in a scene, and where values lie in it.
struct Axes {
  let frame: (left: Double, top: Double, width: Double, height: Double)
  let x: ClosedRange<Double>
  let y: ClosedRange<Double>

  /// All values and a little room; around a single value enough that its ticks differ.
  static func range(of values: [Double]) -> ClosedRange<Double> {
    guard let low = values.min(), let high = values.max() else { return 0...1 }
    guard high > low else {
      let room = max(abs(high) * 0.1, 0.1)
      return (low - room)...(high + room)
    }
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
    let across = Ticks(x, about: Axes.count(frame.width, each: 90))
    for tick in across.values {
      let at = Axes.sharp(place(tick, y.lowerBound).x)
      scene.add(.line([Place(at, frame.top), Place(at, bottom)], .pale, width: 1))
      scene.add(.line([Place(at, bottom), Place(at, bottom + 4)], .grey, width: 1))
      scene.write(across.text(tick), at: Place(at, bottom + 17), size: 7.5, .middle)
    }
    let down = Ticks(y, about: Axes.count(frame.height, each: 45))
    for tick in down.values {
      let at = Axes.sharp(place(x.lowerBound, tick).y)
      scene.add(.line([Place(frame.left, at), Place(right, at)], .pale, width: 1))
      scene.add(.line([Place(frame.left - 4, at), Place(frame.left, at)], .grey, width: 1))
      scene.write(down.text(tick), at: Place(frame.left - 8, at + 3.5), size: 7.5, .end)
    }
    let left = Axes.sharp(frame.left)
    let sides = [
      Place(left, frame.top), Place(left, Axes.sharp(bottom)), Place(right, Axes.sharp(bottom)),
    ]
    scene.add(.line(sides, .grey, width: 1))
    scene.write(title, at: Place(frame.left, frame.top - 9), size: 9)
    scene.write(xName, at: Place(right, bottom + 34), size: 7.5, .end)
  }

  /// How many ticks a length has room for.
  private static func count(_ length: Double, each room: Double) -> Int {
    min(max(Int(length / room), 2), 7)
  }

  /// The middle of a pixel, where a line of width 1 covers one row of them.
  private static func sharp(_ value: Double) -> Double { value.rounded(.down) + 0.5 }
}

/// Round numbers within a range: steps of 1, 2 or 5 times a power of ten.
struct Ticks {
  let values: [Double]
  private let step: Double

  init(_ range: ClosedRange<Double>, about count: Int = 5) {
    let length = range.upperBound - range.lowerBound
    let rough = length / Double(count)
    let power = pow(10, floor(log10(rough)))
    let steps = [0.5, 1.0, 2, 5, 10].map { $0 * power }
    let wanted = steps.firstIndex { $0 >= rough * 0.999 } ?? steps.count - 1
    let values = Ticks.multiples(of: steps[wanted], in: range)
    // Of a single number nobody reads how long the axis is.
    let step = values.count < 3 ? steps[max(wanted - 1, 0)] : steps[wanted]
    self.values = values.count < 3 ? Ticks.multiples(of: step, in: range) : values
    self.step = step
  }

  private static func multiples(of step: Double, in range: ClosedRange<Double>) -> [Double] {
    let first = Int((range.lowerBound / step - 1e-9).rounded(.up))
    let last = Int((range.upperBound / step + 1e-9).rounded(.down))
    return (first...max(first, last)).map { Double($0) * step }
  }

  /// A tick with as many digits as its step needs.
  func text(_ value: Double) -> String {
    if Swift.max(abs(value), step) >= 1e6 || step < 1e-4 { return String(format: "%g", value) }
    let digits = Swift.max(0, Int((-log10(step) - 1e-9).rounded(.up)))
    return String(format: "%.\(digits)f", value)
  }
}
