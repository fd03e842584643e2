import GANKit
import GANMetrics

/// Metrics as the command line names them.
package enum MetricNames {
  private static let metrics: [(name: String, metric: MetricSuite.Metric)] = [
    ("fid", .fid), ("kid", .kid), ("kid-full", .kidFull), ("is", .inceptionScore),
    ("prdc", .manifold), ("intra-fid", .intraFID),
  ]

  /// The metrics of a list such as `fid,kid,is,prdc`.
  package static func parse(_ list: String) throws -> [MetricSuite.Metric] {
    try list.split(separator: ",", omittingEmptySubsequences: false)
      .map { try metric(String($0), field: "metrics") }
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
