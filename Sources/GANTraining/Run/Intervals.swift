/// How often a run writes things, in steps.
public struct Intervals: Codable, Sendable, Equatable {
  /// A line of `metrics.jsonl`.
  public var log: Int
  /// A sheet of samples.
  public var samples: Int
  /// A checkpoint.
  public var checkpoints: Int
  /// How many of the last checkpoints are kept.
  public var keep = 3

  /// About 200 lines, 20 sheets and 10 checkpoints over the run.
  public init(steps: Int) {
    log = max(steps / 200, 1)
    samples = max(steps / 20, 1)
    checkpoints = max(steps / 10, 1)
  }

  func validate() throws {
    for (name, value) in [
      ("logEvery", log), ("sampleEvery", samples), ("checkpointEvery", checkpoints),
      ("keep", keep),
    ] { try checkField(name, value, 1...RunConfiguration.mostSteps) }
  }
}

/// Those intervals that are asked for; the others follow from the length of the run.
public struct AskedIntervals: Sendable, Equatable {
  /// A line of `metrics.jsonl`.
  public var log: Int?
  /// A sheet of samples.
  public var samples: Int?
  /// A checkpoint.
  public var checkpoints: Int?
  /// How many of the last checkpoints are kept.
  public var keep: Int?

  /// None.
  public init() {}

  /// - Parameter steps: of the run; `nil` where time decides.
  func intervals(steps: Int?) -> Intervals {
    // How many steps fit into a given time is unknown; these suit any system.
    var result = Intervals(steps: steps ?? 10_000)
    result.log = log ?? result.log
    result.samples = samples ?? result.samples
    result.checkpoints = checkpoints ?? result.checkpoints
    result.keep = keep ?? result.keep
    return result
  }
}
