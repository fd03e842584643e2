import CImage

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
  private static let unit = Double(1 << 22)

  private var starts: [Int32] = []
  private var weights: [Int32] = []
  /// As many for each; those that are not needed are zero.
  private let count: Int

  init(from oldSize: Int, to newSize: Int, filter: ResampleFilter) {
    let scale = Double(oldSize) / Double(newSize)
    let widening = max(scale, 1)
    let reach = filter.support * widening
    let ranges = (0..<newSize).map { new in
      let center = (Double(new) + 0.5) * scale
      return max(0, Int(center - reach + 0.5))..<min(oldSize, Int(center + reach + 0.5))
    }
    count = ranges.map(\.count).max() ?? 0
    for (new, range) in ranges.enumerated() {
      let center = (Double(new) + 0.5) * scale
      let start = min(range.lowerBound, oldSize - count)
      let raw = (start..<start + count).map { old in
        range.contains(old) ? filter.weight(at: (Double(old) - center + 0.5) / widening) : 0
      }
      let sum = raw.reduce(0, +)
      starts.append(Int32(start))
      weights += raw.map { weight in
        Int32(((sum == 0 ? weight : weight / sum) * Self.unit).rounded(.toNearestOrAwayFromZero))
      }
    }
  }

  func withTaps(_ body: (ci_taps) -> Void) {
    starts.withUnsafeBufferPointer { starts in
      weights.withUnsafeBufferPointer { weights in
        body(
          ci_taps(
            starts: starts.baseAddress, weights: weights.baseAddress, count: count,
            size: starts.count))
      }
    }
  }
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
      taps.withTaps { ci_resample_rows(old, height, width, channels, $0, new) }
    }
  }

  private func resizedVertically(to newHeight: Int, _ filter: ResampleFilter) -> DecodedImage {
    let taps = ResampleTaps(from: height, to: newHeight, filter: filter)
    return withSamples(newWidth: width, newHeight: newHeight) { old, new in
      taps.withTaps { ci_resample_columns(old, width * channels, $0, new) }
    }
  }

  private func withSamples(
    newWidth: Int, newHeight: Int,
    _ body: (UnsafePointer<UInt8>?, UnsafeMutablePointer<UInt8>?) -> Void
  ) -> DecodedImage {
    let count = newWidth * newHeight * channels
    let samples = pixels.withUnsafeBufferPointer { old in
      [UInt8](unsafeUninitializedCapacity: count) { new, initialized in
        body(old.baseAddress, new.baseAddress)
        initialized = count
      }
    }
    return DecodedImage(width: newWidth, height: newHeight, channels: channels, pixels: samples)
  }
}
