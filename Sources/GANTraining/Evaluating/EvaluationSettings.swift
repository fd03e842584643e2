/// How what a system makes is measured while it is trained.
public struct EvaluationSettings: Codable, Sendable, Equatable {
  /// Steps between two evaluations; there is one at the last step in any case.
  public var every: Int
  /// The metric by which checkpoints are ranked, by the name that whoever evaluates knows it by; `nil`
  /// leaves it to them.
  public var metric: String?
  /// How many samples are drawn for an evaluation.
  public var count: Int
  /// What computes features: a name, or the path of a file of weights; `nil`: what suits the images.
  public var features: String?

  /// Settings for a run.
  public init(
    every: Int, metric: String? = nil, count: Int = Self.defaultCount, features: String? = nil
  ) {
    (self.every, self.metric, self.count, self.features) = (every, metric, count, features)
  }

  /// Enough for a ranking, few enough to take a small part of the time.
  public static let defaultCount = 2000

  func validate() throws {
    try checkField("evaluateEvery", every, 1...RunConfiguration.mostSteps)
    try checkField("evaluateCount", count, 1...10_000_000)
  }
}
