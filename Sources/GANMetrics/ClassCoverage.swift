import Torch

/// Which classes a classifier sees in a set, and how often: a generator that has forgotten some of
/// them shows it here first.
public struct ClassCoverage: Sendable, Equatable {
  /// For each class the number of images that are read as it.
  public let counts: [Int]

  /// Counts the largest of the class scores `[N, classes]`.
  ///
  /// - Throws: ``MetricError`` for no samples, another shape, or NaN.
  public init(logits: Tensor) throws {
    let rows = try logits.checkedRows("logits")
    try checkSamples("class coverage", rows.size(0), atLeast: 1, advice: "add samples")
    var counts = [Int](repeating: 0, count: rows.size(1))
    for label in rows.argmax(axis: 1).integers { counts[label] += 1 }
    self.counts = counts
  }

  /// How many classes appear at all.
  public var appearing: Int { counts.filter { $0 > 0 }.count }

  /// The share of the rarest class, from 0 to 1.
  public var smallestShare: Double {
    Double(counts.min() ?? 0) / Double(max(counts.reduce(0, +), 1))
  }

  /// `classes`, how many appear, with the number of images of each; and `smallest-share`.
  ///
  /// - Throws: ``MetricError`` when the set has no class scores.
  public static func results(of set: FeatureSet) throws -> [MetricResult] {
    guard let logits = set.logits else {
      throw MetricError.missing(metric: "class coverage", needs: "logits")
    }
    let coverage = try ClassCoverage(logits: logits)
    let convention = MetricConvention(
      samples: set.count, network: set.network, settings: ["classes": "\(coverage.counts.count)"])
    let counts = coverage.counts.enumerated().map { ("\($0)", Double($1)) }
    return [
      MetricResult(
        "classes[\(set.network.name)]", Double(coverage.appearing),
        perClass: Dictionary(uniqueKeysWithValues: counts), convention: convention),
      MetricResult(
        "smallest-share[\(set.network.name)]", coverage.smallestShare, convention: convention),
    ]
  }
}
