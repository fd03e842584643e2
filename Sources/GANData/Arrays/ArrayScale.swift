/// Which values of an array are black and white.
enum ArrayScale: Equatable {
  /// False and true.
  case truth
  /// 0 and 255.
  case bytes
  /// 0 and 65535, or the largest value of the bits in use.
  case deep
  /// 0 and 1.
  case unit
  /// -1 and 1.
  case symmetric

  /// Tells by the elements and, where these are not bytes, by their range.
  ///
  /// - Throws: `DataError` for a range that is none of these.
  init(_ array: NumberArray) throws {
    switch (array.element.kind, array.element.byteCount) {
    case (.truth, _): self = .truth
    case (.unsigned, 1): self = .bytes
    default:
      let range = try array.range()
      guard let scale = array.element.kind == .real ? Self.real(range) : Self.whole(range) else {
        throw DataError.mismatch(
          path: array.path, problem: "wrong values for \(array.element.name) images",
          expected: array.element.kind == .real
            ? "0 to 1, -1 to 1 or 0 to 255; scale the array" : "0 to 255, or 0 to 65535",
          found: "\(range.lowerBound) to \(range.upperBound)")
      }
      self = scale
    }
  }

  /// What is a little outside of 0 to 1 or -1 to 1 is rounding. A largest value between 1 and 32 is more
  /// likely a mistake than a picture of 0 to 255.
  private static func real(_ range: ClosedRange<Double>) -> ArrayScale? {
    let slack = 0.002
    if range.upperBound <= 1 + slack {
      if range.lowerBound >= -slack { return .unit }
      return range.lowerBound >= -1 - slack ? .symmetric : nil
    }
    return range.lowerBound >= -0.5 && (32...255.5).contains(range.upperBound) ? .bytes : nil
  }

  private static func whole(_ range: ClosedRange<Double>) -> ArrayScale? {
    guard range.lowerBound >= 0 else { return nil }
    return range.upperBound <= 255 ? .bytes : range.upperBound <= 65535 ? .deep : nil
  }

  /// A value as 0 to 255; `most` is white of the deep scale.
  func sample(_ value: Double, most: Double) -> UInt8 {
    let scaled =
      switch self {
      case .truth: value == 0 ? 0 : 255.0
      case .bytes: value
      case .deep: value / most * 255
      case .unit: value * 255
      case .symmetric: (value + 1) * 127.5
      }
    return UInt8(min(max(scaled.rounded(), 0), 255))
  }

  var words: String {
    switch self {
    case .truth: "false and true"
    case .bytes: "0 to 255"
    case .deep: "0 to 65535"
    case .unit: "0 to 1"
    case .symmetric: "-1 to 1"
    }
  }
}
