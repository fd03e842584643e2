import GANKit
import GANMetrics

/// Metrics as the command line names them.
enum MetricNames {
  private static let metrics: [(name: String, metric: MetricSuite.Metric)] = [
    ("fid", .fid), ("kid", .kid), ("kid-full", .kidFull), ("is", .inceptionScore),
    ("prdc", .manifold), ("intra-fid", .intraFID),
  ]

  /// The metrics of a list such as `fid,kid,is,prdc`.
  static func parse(_ list: String) throws -> [MetricSuite.Metric] {
    try list.split(separator: ",", omittingEmptySubsequences: false).map { word in
      if let found = metrics.first(where: { $0.name == word.lowercased() }) { return found.metric }
      let names = metrics.map(\.name)
      let nearest = nearestName(to: String(word), among: names).map { "did you mean '\($0)'?" }
      throw CommandError(
        "--metrics: unknown metric '\(word)'; "
          + (nearest ?? "expected some of \(names.joined(separator: ", "))"))
    }
  }
}
