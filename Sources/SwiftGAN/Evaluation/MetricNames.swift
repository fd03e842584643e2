import GANKit
import GANMetrics

/// What is asked for by a list of names.
package struct AskedMetrics: Equatable {
  /// Comparisons of features.
  package let ofFeatures: [MetricSuite.Metric]
  /// Whether the pictures of a class are compared with each other, ``GANMetrics/ClassSimilarity``.
  package let ofClasses: Bool
}

/// Metrics as the command line names them.
package enum MetricNames {
  private static let metrics: [(name: String, metric: MetricSuite.Metric)] = [
    ("fid", .fid), ("kid", .kid), ("kid-full", .kidFull), ("is", .inceptionScore),
    ("prdc", .manifold), ("intra-fid", .intraFID),
  ]

  /// The metrics of a list such as `fid,kid,is,prdc`.
  package static func parse(_ list: String) throws -> AskedMetrics {
    let names = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let ofFeatures = names.filter { $0.lowercased() != ClassSimilarity.name }
    return AskedMetrics(
      ofFeatures: try ofFeatures.map {
        try metric($0, field: "metrics", more: [ClassSimilarity.name])
      }, ofClasses: ofFeatures.count < names.count)
  }

  /// The metric of a name.
  ///
  /// - Parameter more: Other names that the field may have.
  package static func metric(
    _ name: String, field: String, more: [String] = []
  ) throws -> MetricSuite.Metric {
    if let found = metrics.first(where: { $0.name == name.lowercased() }) { return found.metric }
    let names = metrics.map(\.name) + more
    let nearest = nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
    throw RunError.field(
      field, found: "'\(name)'" + (nearest.map { "; \($0)" } ?? ""),
      expected: "one of \(names.joined(separator: ", "))")
  }
}
