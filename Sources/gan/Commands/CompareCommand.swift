import ArgumentParser
import Foundation
import GANAnalysis
import GANData
import GANMetrics
import GANTraining
import SwiftGAN

/// `gan compare`
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Put runs side by side in one table or picture.",
    discussion: """
      The table is Markdown: system, steps, time, speed, last losses, the best checkpoint, and the \
      newest value of every metric that `gan evaluate` and evaluations in training have kept in the \
      runs. Values against other references, from other numbers of images or networks are in \
      columns of their own. The picture has a panel for every number logged in training, with a line for \
      each run, and bars for speed and metrics.

      EXAMPLES:
        gan compare runs/dcgan-1 runs/wgan-gp-1
        gan compare runs/* --output comparison.md
        gan compare runs/dcgan-1 runs/wgan-gp-1 --output comparison.png
        gan compare runs/* --json
      """)

  @Argument(help: ArgumentHelp("The run directories.", valueName: "run"))
  var paths: [String]

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.md|FILE.png|FILE.svg"))
  var output: String?

  func run() throws {
    try checkField("run", paths.count, 1...32)
    let isTable = output?.lowercased().hasSuffix(".md") == true
    let drawing = try isTable ? nil : output.map { try DrawingFile($0, or: "FILE.md, ") }
    let rows = try paths.map { try ComparedRun($0) }
    let table = ComparedRun.table(rows)
    if isTable, let output { try AtomicFile.write(Array((table + "\n").utf8), to: output) }
    try drawing?.write(
      RunComparison(MetricHistory.histories(of: paths), totals: ComparedRun.totals(rows)).scene())
    if json { return try Console.print(prettyJSON: rows) }
    if output == nil { Console.print(table) }
  }
}

/// What a comparison says about one run.
struct ComparedRun: Encodable {
  let run: String
  let system: String
  let data: String
  /// Steps made.
  let steps: Int
  /// Seconds of training.
  let seconds: Double
  /// Over the whole run, not counting evaluations.
  let imagesPerSecond: Double
  /// The last losses by name.
  let losses: [String: Double]
  /// The newest value of each metric by its name and convention.
  let metrics: [String: Double]
  /// The best checkpoint, where training evaluated.
  let best: ReportedBest?

  init(_ path: String) throws {
    let directory = RunDirectory(path)
    let configuration = try directory.configuration()
    let figures = try RunFigures(directory, of: configuration)
    (run, system, data) = (path, configuration.recipe, configuration.data.source)
    (steps, seconds, imagesPerSecond) = (figures.steps, figures.seconds, figures.imagesPerSecond)
    (losses, metrics) = (figures.losses, figures.metrics)
    best = directory.bestCheckpoint.map(ReportedBest.init)
  }

  /// Speed and metrics of all runs by title, for bars.
  static func totals(_ rows: [ComparedRun]) -> [(title: String, values: [Double?])] {
    let names = Set(rows.flatMap(\.metrics.keys)).sorted()
    return [("images/s in training", rows.map(\.imagesPerSecond))]
      + names.map { name in (name, rows.map { $0.metrics[name] }) }
  }

  /// All runs as a table in Markdown.
  static func table(_ rows: [ComparedRun]) -> String {
    let names = Set(rows.flatMap(\.metrics.keys)).sorted()
    let head = ["run", "system", "steps", "time", "images/s", "last losses", "best"] + names
    let lines = [head, head.map { _ in "---" }] + rows.map { $0.cells(metrics: names) }
    return lines.map { line in
      "| " + line.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }.joined(separator: "\n")
  }

  private func cells(metrics names: [String]) -> [String] {
    let losses = losses.sorted { $0.key < $1.key }
      .map { "\($0.key) \(String(format: "%.4g", $0.value))" }.joined(separator: ", ")
    let start = [
      Console.oneLine(run), system, "\(steps)", duration(seconds),
      "\(Int(min(imagesPerSecond, 1e12).rounded()))", losses,
      best.map { "\($0.metric) \(String(format: "%.4g", $0.value)) at \($0.step)" } ?? "",
    ]
    return start + names.map { name in metrics[name].map { String(format: "%.4g", $0) } ?? "" }
  }
}
