/// Which values of a metric are better.
public enum MetricGoal: String, Sendable, Codable {
  /// Of a distance.
  case smaller
  /// Of a score.
  case larger
}

extension MetricSuite.Metric {
  /// Which values are better. The density of a family's results may exceed 1 and is still better
  /// when larger.
  public var goal: MetricGoal {
    switch self {
    case .fid, .kid, .kidFull, .intraFID: .smaller
    case .inceptionScore, .manifold, .accuracy: .larger
    }
  }

  /// The one of its results that ranks generators, as its name begins: of a family the coverage,
  /// which falls both for bad samples and for missing ones (Naeem et al. 2020, section 3.2).
  public var headline: String { self == .manifold ? "coverage" : rawValue }
}
