import GANKit
import GANMetrics
import GANTraining

/// What ranks the checkpoints of a run.
enum RankingMetric: Equatable {
  /// A comparison of features, by which samples and translations come close to a set.
  case features(MetricSuite.Metric)
  /// The Fréchet distance, or the kernel distance where images are too few for a covariance.
  case distance
  /// Of translations whose right answer is known: `l1`, `psnr` or `ssim`.
  case pairs(String)
  /// How far the way back is from where it began.
  case cycleError

  private static let ofPairs = ["l1", "psnr", "ssim"]
  private static let ofCycles = ["cycle-error"]

  /// The metric of a name; without one the distance, of pairs `ssim`.
  ///
  /// - Throws: `RunError` for an unknown name, or one that nothing here is measured by.
  init(named name: String?, for comparisons: [Comparison], _ layout: DataLayout) throws {
    let arePairs = layout.relation == .aligned && comparisons.contains { $0.part != nil }
    switch name?.lowercased() {
    case nil: self = arePairs ? .pairs("ssim") : .distance
    case let name? where Self.ofPairs.contains(name):
      guard arePairs else {
        throw Self.error(name, "a distance such as fid, for there are no pairs")
      }
      self = .pairs(name)
    case let name? where Self.ofCycles.contains(name):
      guard comparisons.contains(where: { $0.back != nil }) else {
        throw Self.error(name, "a distance such as fid, for there is no way back")
      }
      self = .cycleError
    case let name?:
      self = .features(
        try MetricNames.metric(
          name, field: "evaluateMetric", more: Self.ofPairs + Self.ofCycles))
    }
  }

  private static func error(_ name: String, _ expected: String) -> RunError {
    .field("evaluateMetric", found: "'\(name)'", expected: expected)
  }

  /// The metrics of features that have to be computed; `nil`: the distance that so many images allow.
  var suite: [MetricSuite.Metric]? {
    if case .features(let metric) = self { [metric] } else { nil }
  }

  /// The kinds of numbers that rank: one, or one that stands for the other.
  var kinds: [String] {
    switch self {
    case .features(let metric): [metric.headline]
    case .distance: ["fid", "kid-full"]
    case .pairs(let name): [name]
    case .cycleError: Self.ofCycles
    }
  }
}
