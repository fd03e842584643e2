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

extension MetricResult {
  /// The kind of the number: its name without what stands in front of it, such as `ab/`, and without the
  /// network in brackets.
  public var kind: String {
    let last = name.split(separator: "/").last ?? ""
    return String(last.prefix { $0 != "[" })
  }

  /// Which values are better; `nil` for what is measured to be compared with only, such as the distance
  /// that the inputs of a translation had.
  public var goal: MetricGoal? {
    switch kind {
    case "fid", "kid", "kid-full", "intra-fid", "l1", "hole-l1", "cycle-error", "background-error",
      "reconstruction-error", "kl", "reverse-kl", "total-variation", "feature-distance":
      .smaller
    case "is", "precision", "recall", "density", "coverage", "accuracy", "classes",
      "smallest-share", "rank-1", "psnr", "hole-psnr", "ssim", "ms-ssim", "psnr-y", "ssim-y":
      .larger
    default: nil
    }
  }
}
