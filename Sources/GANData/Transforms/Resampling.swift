/// How a resize weighs the samples around each new one.
///
/// Both widen with the reduction, so that shrinking averages instead of picking (antialiasing).
/// Each pass equals Pillow's `BILINEAR` or `BICUBIC` bit for bit. Rows come first, then columns;
/// Pillow chooses the order by size, so that a whole resize may differ from it by one level.
public enum ResampleFilter: String, Sendable, CaseIterable, Codable {
  /// A triangle; never overshoots.
  case bilinear
  /// Keys' cubic with a = -0.5; sharper, may overshoot at edges.
  case bicubic

  /// Half the width at a reduction of 1.
  var support: Double { self == .bilinear ? 1 : 2 }

  func weight(at position: Double) -> Double {
    let x = abs(position)
    switch self {
    case .bilinear: return max(0, 1 - x)
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    }
  }
}

/// For each new sample along one axis, the old samples that matter and their weights.
private struct ResampleTaps {
  /// Weights are integers in units of 2^-22, which leaves room for 8-bit samples in 32 bits.
  static let fractionBits: Int32 = 22

  var starts: [Int] = []
  var weights: [[Int32]] = []

  init(from oldSize: Int, to newSize: Int, filter: ResampleFilter) {
    let scale = Double(oldSize) / Double(newSize)
    let widening = max(scale, 1)
    let reach = filter.support * widening
    for i in 0..<newSize {
      let center = (Double(i) + 0.5) * scale
      let start = max(0, Int(center - reach + 0.5))
      let end = min(oldSize, Int(center + reach + 0.5))
      let raw = (start..<end).map { filter.weight(at: (Double($0) - center + 0.5) / widening) }
      let sum = raw.reduce(0, +)
      starts.append(start)
      weights.append(raw.map { Self.fixedPoint(sum == 0 ? $0 : $0 / sum) })
    }
  }

  private static func fixedPoint(_ weight: Double) -> Int32 {
    Int32((weight * Double(1 << fractionBits)).rounded(.toNearestOrAwayFromZero))
  }

  static func sample(_ sum: Int32) -> UInt8 { UInt8(clamping: sum >> fractionBits) }

  static let half: Int32 = 1 << (fractionBits - 1)
}

extension DecodedImage {
  /// The picture at another size, antialiased when it shrinks.
  public func resized(
    width newWidth: Int, height newHeight: Int, filter: ResampleFilter = .bilinear
  ) -> DecodedImage {
    precondition(newWidth > 0 && newHeight > 0, "cannot resize to \(newWidth)x\(newHeight)")
    var result = self
    if newWidth != width { result = result.resizedHorizontally(to: newWidth, filter) }
    if newHeight != height { result = result.resizedVertically(to: newHeight, filter) }
    return result
  }

  private func resizedHorizontally(to newWidth: Int, _ filter: ResampleFilter) -> DecodedImage {
    let taps = ResampleTaps(from: width, to: newWidth, filter: filter)
    return withSamples(newWidth: newWidth, newHeight: height) { old, new in
      for x in 0..<newWidth {
        let weights = taps.weights[x]
        for y in 0..<height {
          let from = (y * width + taps.starts[x]) * channels
          for channel in 0..<channels {
            var sum = ResampleTaps.half
            for (k, weight) in weights.enumerated() {
              sum &+= Int32(old[from + k * channels + channel]) &* weight
            }
            new[(y * newWidth + x) * channels + channel] = ResampleTaps.sample(sum)
          }
        }
      }
    }
  }

  private func resizedVertically(to newHeight: Int, _ filter: ResampleFilter) -> DecodedImage {
    let taps = ResampleTaps(from: height, to: newHeight, filter: filter)
    let stride = width * channels
    return withSamples(newWidth: width, newHeight: newHeight) { old, new in
      for y in 0..<newHeight {
        let weights = taps.weights[y]
        for x in 0..<stride {
          var sum = ResampleTaps.half
          for (k, weight) in weights.enumerated() {
            sum &+= Int32(old[(taps.starts[y] + k) * stride + x]) &* weight
          }
          new[y * stride + x] = ResampleTaps.sample(sum)
        }
      }
    }
  }

  private func withSamples(
    newWidth: Int, newHeight: Int,
    _ body: (UnsafeBufferPointer<UInt8>, UnsafeMutableBufferPointer<UInt8>) -> Void
  ) -> DecodedImage {
    let count = newWidth * newHeight * channels
    let samples = pixels.withUnsafeBufferPointer { old in
      [UInt8](unsafeUninitializedCapacity: count) { new, initialized in
        body(old, new)
        initialized = count
      }
    }
    return DecodedImage(width: newWidth, height: newHeight, channels: channels, pixels: samples)
  }
}
