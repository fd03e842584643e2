import ArgumentParser
import GANKit
import GANTraining
import GANZoo
import SwiftGAN

/// `gan resume`
struct ResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Go on with a run from its newest checkpoint.",
    discussion: """
      The result is the same, bit for bit, as that of a run that was never stopped. Evaluation goes \
      on as it was asked for when training began; it may be changed here, for weights do not depend \
      on it.

      EXAMPLES:
        gan resume runs/dcgan-1
        gan resume runs/dcgan-1 --steps 20000
        gan resume runs/dcgan-1 --evaluate-every 500
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @Option(help: "A new total of steps, to prolong the run.")
  var steps: Int?

  @OptionGroup var time: TimeOptions
  @OptionGroup(title: "Evaluation") var evaluation: EvaluationOptions
  @OptionGroup var reporting: ReportOptions

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
    let session = try Run.resume(
      path, steps: steps, evaluation: try evaluation.settings(over: stored.evaluation))
    _ = try Training(session, minutes: time.minutes, reporting).run()
  }
}
