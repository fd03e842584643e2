import GANTraining

/// What a run has come to so far, read from its files and nothing else: it can be asked for while
/// another process trains the run.
public struct RunFigures: Sendable, Equatable {
  /// Steps made.
  public let steps: Int
  /// Seconds of training, evaluations included.
  public let seconds: Double
  /// Over the whole run, not counting evaluations.
  public let imagesPerSecond: Double
  /// The last losses by name.
  public let losses: [String: Double]
  /// The newest value of each metric by its name and convention, such as
  /// `fid[digits] (10000 of test)`.
  public let metrics: [String: Double]

  /// Reads a run.
  ///
  /// - Throws: `DataError` for files that cannot be read.
  public init(_ directory: RunDirectory, of configuration: RunConfiguration) throws {
    let last = try directory.lastMetrics()
    steps = Int(exactly: (last["step"] ?? 0).rounded()) ?? 0
    seconds = last["seconds"] ?? 0
    let training = seconds * (1 - (last["evaluation_share"] ?? 0))
    imagesPerSecond =
      training > 0 ? Double(steps) * Double(configuration.batchSize) / training : 0
    losses = last.filter { $0.key.hasPrefix("loss/") }
    var metrics: [String: Double] = [:]
    for evaluation in try directory.evaluations(Evaluation.self) {
      for result in evaluation.results where result.value.isFinite {
        metrics["\(result.name) (\(result.terms(against: evaluation.against)))"] = result.value
      }
    }
    self.metrics = metrics
  }

  /// Seconds until a run of this length ends at its speed so far; `nil` before the first line of the log.
  public func secondsLeft(of configuration: RunConfiguration) -> Double? {
    if let all = configuration.length.seconds { return max(all - seconds, 0) }
    guard steps > 0, seconds > 0 else { return nil }
    return max(Double(configuration.steps - steps), 0) * seconds / Double(steps)
  }
}
