import ArgumentParser
import GANKit
import GANTraining
import GANZoo
import SwiftGAN

/// `gan resume`
struct ResumeCommand: SharedCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Go on with a run from its newest checkpoint.",
    discussion: """
      The result is the same, bit for bit, as that of a run that was never stopped. What is changed \
      here is told in a line each, with what it means for that, and kept in the run's config.json. \
      Evaluation and intervals may be changed freely, for weights do not depend on them; of the \
      system's settings those that a step reads anew, such as rates and weights of losses.

      EXAMPLES:
        gan resume runs/dcgan-1
        gan resume runs/dcgan-1 --steps 20000
        gan resume runs/dcgan-1 --minutes 3
        gan resume runs/dcgan-1 --set learningRate=0.0001 --batch-size 32
        gan resume runs/dcgan-1 --data /new/place/photos
        gan resume runs/dcgan-1 --evaluate-every 500
      """)

  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @OptionGroup(title: "Length") var length: ResumedLengthOptions
  @OptionGroup(title: "Changes") var changes: ChangeOptions
  @OptionGroup(title: "Evaluation") var evaluation: EvaluationOptions
  @OptionGroup(title: "Output") var reporting: ReportOptions

  @Option(help: .hidden)
  var threads: Int?

  func validate() throws {
    guard threads == nil else {
      throw ValidationError(
        "--threads: a run keeps its number of threads, for another would change its bits")
    }
  }

  func run() throws {
    let stored = try RunDirectory(path).configuration()
    OutOfMemory.limitAllocations(on: stored.device)
    try LaunchedProcesses.run(
      on: stored.device, synchronizing: stored.syncBatchNorm ?? false
    ) { try goOn(from: stored) }
  }

  private func goOn(from stored: RunConfiguration) throws {
    var change = try changes.resumption()
    change.length = length.change
    change.evaluation = try evaluation.settings(over: stored.evaluation)
    let session = try Run.resume(path, with: change)
    // A run of minutes that ends by itself by then is done when it does; sums of minutes are rounded.
    let minutes = length.minutes.flatMap {
      (session.secondsLeft ?? .infinity) > $0 * 60 + 0.01 ? $0 : nil
    }
    _ = try Training(session, minutes: minutes, reporting).run()
  }
}

/// For how long a run goes on.
struct ResumedLengthOptions: ParsableArguments {
  @Option(help: "A new total of steps, to prolong the run.")
  var steps: Int?

  @Option(help: "A new total of passes over the data.")
  var epochs: Int?

  @Option(
    help: "Train this many minutes from now; a run that is done before then is prolonged to them.")
  var minutes: Double?

  func validate() throws {
    if steps != nil && epochs != nil {
      throw ValidationError("--steps and --epochs exclude each other")
    }
    try TimeOptions.check(minutes)
  }

  /// What is asked for; minutes beside steps or epochs only end this command.
  var change: Resumption.Length? {
    steps.map { .total(.steps($0)) } ?? epochs.map { .total(.epochs($0)) }
      ?? minutes.map { .atLeast(minutes: $0) }
  }
}

/// What a run goes on with that it did not begin with.
struct ChangeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Where the data is now.", valueName: "name or path"))
  var data: String?

  @Option(help: ArgumentHelp("Where the second domain is now.", valueName: "name or path"))
  var dataB: String?

  @Flag(
    help: "Go on although there are more or fewer images than before, or classes of other names.")
  var allowOtherImages = false

  @Option(help: "Images in one minibatch.")
  var batchSize: Int?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change a field of the configuration; may be repeated.", valueName: "field=value"))
  var assignments: [Assignment] = []

  @Option(help: "Steps between two lines of metrics.jsonl.")
  var logEvery: Int?

  @Option(help: "Steps between two sample sheets.")
  var sampleEvery: Int?

  @Option(help: "Steps between two checkpoints.")
  var checkpointEvery: Int?

  @Option(help: "How many of the last checkpoints to keep.")
  var keep: Int?

  func resumption() throws -> Resumption {
    var result = Resumption()
    (result.data, result.other) = (
      data.map(DataOptions.absolute), dataB.map(DataOptions.absolute)
    )
    result.images = allowOtherImages ? .others : .same
    (result.batchSize, result.settings) = (batchSize, assignments.map { ($0.field, $0.value) })
    (result.intervals.log, result.intervals.samples) = (logEvery, sampleEvery)
    (result.intervals.checkpoints, result.intervals.keep) = (checkpointEvery, keep)
    return result
  }
}
