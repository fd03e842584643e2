extension MetricHistory {
  /// The same history with at most about `count` numbers of each metric, first and last included, as
  /// many as a picture can show.
  public func thinned(to count: Int) -> MetricHistory {
    MetricHistory(name: name, metrics: metrics.mapValues { Self.thinned($0, to: max(count, 2)) })
  }

  private init(name: String, metrics: [String: [(step: Int, value: Double?)]]) {
    (self.name, self.metrics) = (name, metrics)
  }

  private static func thinned(
    _ points: [(step: Int, value: Double?)], to count: Int
  ) -> [(step: Int, value: Double?)] {
    guard points.count > count else { return points }
    let last = points.count - 1
    return (0..<count).map { points[$0 * last / (count - 1)] }
  }
}
