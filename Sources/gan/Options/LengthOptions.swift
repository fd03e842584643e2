import ArgumentParser
import GANTraining

/// For how long to train and how often to write things.
struct LengthOptions: ParsableArguments {
  @Option(
    help: "Training steps, one minibatch each (default: the preset's, or what fits into --minutes)."
  )
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

  /// What is asked for; minutes beside steps or epochs only end this command.
  var length: RunLength? {
    steps.map { .steps($0) } ?? epochs.map { .epochs($0) } ?? time.minutes.map { .minutes($0) }
  }

  /// When the command ends although something is left.
  var deadline: Double? { steps == nil && epochs == nil ? nil : time.minutes }

  var intervals: AskedIntervals {
    var result = AskedIntervals()
    (result.log, result.samples, result.checkpoints) = (logEvery, sampleEvery, checkpointEvery)
    result.keep = keep
    return result
  }
}
