import ArgumentParser
import GANTraining

/// For how long to train and how often to write things.
struct LengthOptions: ParsableArguments {
  @Option(help: "Training steps, one minibatch each (default: 5000, or what fits into --minutes).")
  var steps: Int?

  @Option(help: "Passes over the data, instead of --steps.")
  var epochs: Int?

  @OptionGroup var time: TimeOptions

  @Option(help: "Steps between two lines of metrics.jsonl (default: 200 lines in all).")
  var logEvery: Int?

  @Option(help: "Steps between two sample sheets (default: 20 in all).")
  var sampleEvery: Int?

  @Option(help: "Steps between two checkpoints (default: 10 in all).")
  var checkpointEvery: Int?

  @Option(help: "How many of the last checkpoints to keep.")
  var keep = 3

  func validate() throws {
    if steps != nil && epochs != nil {
      throw ValidationError("--steps and --epochs exclude each other")
    }
  }

  /// The steps as far as they are known before the data is.
  var stepsAsked: Int {
    steps ?? (time.minutes != nil && epochs == nil ? RunConfiguration.mostSteps : 5000)
  }

  /// Fills in what depends on the data.
  func settle(_ configuration: inout RunConfiguration, stepsPerEpoch: Int) throws {
    if let epochs {
      try checkOption("--epochs", epochs, 1...(RunConfiguration.mostSteps / stepsPerEpoch))
      configuration.steps = epochs * stepsPerEpoch
    }
    configuration.intervals = intervals(steps: configuration.steps)
  }

  private func intervals(steps: Int) -> Intervals {
    // How many steps fit into a given time is unknown; these suit any system.
    var result = Intervals(steps: min(steps, time.minutes == nil ? steps : 10_000))
    result.log = logEvery ?? result.log
    result.samples = sampleEvery ?? result.samples
    result.checkpoints = checkpointEvery ?? result.checkpoints
    result.keep = keep
    return result
  }
}
