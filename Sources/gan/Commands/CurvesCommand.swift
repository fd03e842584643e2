import ArgumentParser
import Foundation
import GANAnalysis
import GANTraining

/// `gan analyze curves`
struct CurvesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curves", abstract: "Draw losses and metrics over the training steps.",
    discussion: """
      Everything that metrics.jsonl holds: one panel for each family of numbers (loss/D and loss/G \
      share one), one line for each number of each run.

      EXAMPLES:
        gan analyze curves runs/dcgan-1 --output losses.png
        gan analyze curves runs/dcgan-1 runs/dcgan-2 --output both.svg
      """)

  @Argument(help: ArgumentHelp("Run directories.", valueName: "run"))
  var paths: [String]

  @Flag(help: "Print the first, last, smallest and largest numbers as JSON.")
  var json = false

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.png|FILE.svg"))
  var output: String

  func run() throws {
    let file = try DrawingFile(output)
    try checkField("run", paths.count, 1...32)
    let runs = try MetricHistory.histories(of: paths)
    try file.write(MetricCurves(runs).scene())
    if json { try Console.print(prettyJSON: MetricCurves.summaries(of: runs)) }
  }
}

extension MetricHistory {
  /// The histories of runs, named by the last part of each path, or the whole paths where that names
  /// two runs alike.
  static func histories(of paths: [String]) throws -> [MetricHistory] {
    let names = paths.map { URL(fileURLWithPath: $0).lastPathComponent }
    let legend = Set(names).count == names.count ? names : paths
    return try zip(paths, legend).map { try MetricHistory(RunDirectory($0), name: $1) }
  }
}
