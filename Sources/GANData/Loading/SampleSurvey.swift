/// Which values the 16-bit files of a set use.
public struct SampleRange: Codable, Sendable, Equatable {
  /// The largest sample found.
  public private(set) var largest: Int
  /// How many 16-bit files were looked at.
  public private(set) var files: Int

  init(largest: Int, files: Int = 1) { (self.largest, self.files) = (largest, files) }

  /// The bits that the largest sample takes, 1 to 16.
  public var bits: Int { max(1, Int.bitWidth - largest.leadingZeroBitCount) }

  /// Whether a quarter of the 16-bit range or less is used, so that pictures come out dark.
  public var isNarrow: Bool { bits <= 14 }

  /// Both ranges as one.
  public mutating func merge(_ other: SampleRange) {
    (largest, files) = (max(largest, other.largest), files + other.files)
  }
}

/// What some pictures of a set, evenly spread over it, tell about its samples. Broken ones are passed
/// over.
public struct SampleSurvey: Sendable {
  /// The values of 16-bit files; nil where there are none among those looked at.
  public private(set) var range: SampleRange?
  /// Whether each of the pictures has only one colour, as when what shows is transparent.
  public private(set) var isUniform = false

  /// Looks at up to `count` pictures, at few as long as they are of 8 bits and show something.
  public init(of source: any ImageSource, count: Int = 64) {
    let number = min(count, source.count)
    var (seen, varied) = (0, false)
    for position in 0..<number {
      let index = position * source.count / number
      guard let header = try? source.header(at: index) else { continue }
      if header.isDeep, let largest = try? source.largestSample(at: index) {
        let found = SampleRange(largest: largest)
        range == nil ? range = found : range?.merge(found)
      }
      if varied { continue }
      guard let image = try? source.image(at: index) else { continue }
      (seen, varied) = (seen + 1, !image.isUniform)
    }
    isUniform = seen > 0 && !varied
  }
}

extension DecodedImage {
  /// Whether all pixels have one colour.
  var isUniform: Bool {
    pixels.indices.allSatisfy { pixels[$0] == pixels[$0 % channels] }
  }
}
