import Torch

/// How alike images of one class are: the mean multi-scale structural similarity of random pairs within
/// each class, and the mean over classes (Odena et al. 2016, section 4.2).
///
/// 1 where a generator draws one image for a class. Compared with the same number of real images: noise has
/// a small one, too.
public struct ClassSimilarity: Sendable, Equatable {
  /// The name of the number.
  public static let name = "intra-ms-ssim"
  /// Pairs of each class.
  public static let pairs = 100

  /// The mean over the pairs of each class that has images.
  public let perClass: [Int: Double]
  /// The number of images that the pairs were chosen from.
  public let samples: Int

  /// Compares random pairs of different images of a class.
  ///
  /// - Parameters:
  ///   - labels: the class of every image.
  ///   - seed: decides the pairs.
  ///   - images: the images of some positions, `[N, C, H, W]` in [0, 1], sides of at least 17.
  /// - Throws: ``MetricError`` without labels, for a class of one image, or for smaller images.
  public init(
    labels: [Int], seed: UInt32 = 0, images: ([Int]) throws -> Tensor
  ) throws {
    if labels.isEmpty { throw MetricError.missing(metric: Self.name, needs: "labels") }
    var random = NumPyRandom(seed: seed)
    let classes = Dictionary(grouping: labels.indices) { labels[$0] }
    var perClass: [Int: Double] = [:]
    for (label, members) in classes.sorted(by: { $0.key < $1.key }) {
      try checkSamples(
        "\(Self.name) of class \(label)", members.count, atLeast: 2, advice: "add samples")
      let pairs = (0..<Self.pairs).map { _ in random.pair(of: members.count) }
      let similarities = try multiScaleSimilarity(
        images(pairs.map { members[$0.0] }), reference: images(pairs.map { members[$0.1] }),
        window: .fitting)
      perClass[label] = similarities.reduce(0, +) / Double(Self.pairs)
    }
    (self.perClass, samples) = (perClass, labels.count)
  }

  /// The mean over classes.
  public var mean: Double { perClass.values.reduce(0, +) / Double(perClass.count) }

  /// The mean over classes as a number called ``name``, behind a prefix.
  public func result(_ prefix: String = "") -> MetricResult {
    MetricResult(
      prefix + Self.name, mean,
      perClass: Dictionary(uniqueKeysWithValues: perClass.map { ("\($0.key)", $0.value) }),
      convention: MetricConvention(
        samples: samples, settings: ["pairs": "\(Self.pairs) a class", "windows": "up to 11x11"]))
  }
}

extension NumPyRandom {
  /// Two different positions below `count`.
  fileprivate mutating func pair(of count: Int) -> (Int, Int) {
    let first = next(through: count - 1)
    let second = next(through: count - 2)
    return (first, second < first ? second : second + 1)
  }
}
