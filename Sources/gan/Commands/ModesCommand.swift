import ArgumentParser
import GANAnalysis
import GANData
import GANTraining
import SwiftGAN

/// `gan analyze modes`
struct ModesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "modes", abstract: "Count the modes of a toy distribution that samples reach.",
    discussion: """
      For runs trained on ring or grid. A sample is of high quality when it lies within three \
      standard deviations of the nearest mode; a mode is covered when at least one such sample is \
      nearest to it.

      EXAMPLES:
        gan analyze modes runs/gan-1
        gan analyze modes runs/gan-1 --count 10000 --output modes.png --json
      """)

  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @Option(help: "How many samples.")
  var count = 2500

  @Option(help: "Decides the noise.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to draw the density.", valueName: "FILE.png|FILE.svg"))
  var output: String?

  func run() throws {
    let file = try output.map { try DrawingFile($0) }
    try checkField("count", count, 1...10_000_000)
    let run = try GeneratingRun(path)
    guard let toy = ToyDistribution(rawValue: run.configuration.data.source), run.drawsPoints else {
      throw RunError.unsupported("\(path): modes are counted only for runs on ring or grid")
    }
    let samples = try Samples(of: run, count: count, seed: seed, latent: nil, classes: nil)
    let points = try samples.points(of: run)
    let coverage = try ModeCoverage(of: points, from: toy)
    try file?.write(coverage.scene(points, from: toy))
    if json { return try Console.print(prettyJSON: coverage) }
    Console.print(
      "\(coverage.covered) of \(coverage.modes) modes covered, "
        + "\(decimal(coverage.highQuality * 100, 1))% of \(count) samples of high quality")
  }
}
