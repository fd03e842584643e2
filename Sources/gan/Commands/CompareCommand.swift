import ArgumentParser
import Foundation
import GANData
import GANMetrics
import GANTraining

/// `gan compare`
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Put runs side by side in one table.",
    discussion: """
      The table is Markdown: system, steps, time, speed, last losses, and the newest value of every \
      metric that `gan evaluate` has kept in the runs. Values against other references, from other \
      numbers of images or networks are in columns of their own.

      EXAMPLES:
        gan compare runs/dcgan-1 runs/wgan-gp-1
        gan compare runs/* --output comparison.md
        gan compare runs/* --json
      """)

  @Argument(help: ArgumentHelp("The run directories.", valueName: "run"))
  var paths: [String]

  @Flag(help: "Print JSON.")
  var json = false

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.md"))
  var output: String?

  func run() throws {
    if let output, !output.lowercased().hasSuffix(".md") {
      throw RunError.option("--output", found: "'\(output)'", expected: "FILE.md")
    }
    let rows = try paths.map { try ComparedRun($0) }
    let table = ComparedRun.table(rows)
    if let output { try AtomicFile.write(Array((table + "\n").utf8), to: output) }
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
  /// Over the whole run.
  let imagesPerSecond: Double
  /// The last losses by name.
  let losses: [String: Double]
  /// The newest value of each metric by its name and convention.
  let metrics: [String: Double]

  init(_ path: String) throws {
    let directory = RunDirectory(path)
    let configuration = try directory.configuration()
    let last = try directory.lastMetrics()
    (run, system, data) = (path, configuration.recipe, configuration.data.source)
    steps = Int(last["step"] ?? 0)
    let seconds = last["seconds"] ?? 0
    self.seconds = seconds
    imagesPerSecond =
      seconds > 0 ? Double(steps) * Double(configuration.batchSize) / seconds : 0
    losses = last.filter { $0.key.hasPrefix("loss/") }
    var metrics: [String: Double] = [:]
    for evaluation in try directory.evaluations(Evaluation.self) {
      for result in evaluation.results where result.value.isFinite {
        metrics[Self.column(of: result, against: evaluation.against)] = result.value
      }
    }
    self.metrics = metrics
  }

  /// The metric, with what has to be the same for values to be comparable.
  private static func column(of result: MetricResult, against reference: String) -> String {
    let network = result.convention.network.map { " \($0.checksum.prefix(6))" } ?? ""
    return "\(result.name) (\(result.convention.samples) against \(reference)\(network))"
  }

  /// All runs as a table in Markdown.
  static func table(_ rows: [ComparedRun]) -> String {
    let names = Set(rows.flatMap(\.metrics.keys)).sorted()
    let head = ["run", "system", "steps", "time", "images/s", "last losses"] + names
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
    ]
    return start + names.map { name in metrics[name].map { String(format: "%.4g", $0) } ?? "" }
  }
}
