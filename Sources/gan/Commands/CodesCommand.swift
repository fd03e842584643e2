import ArgumentParser
import GANAnalysis
import GANData
import GANKit
import GANTraining
import SwiftGAN

/// `gan analyze codes`
struct CodesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codes", abstract: "Find out what a system's codes have come to mean.",
    discussion: """
      For systems with codes, such as infogan. A category stands for the class that most of its \
      training images have; the error is counted on the test split. A continuous code is followed \
      over pictures that differ in nothing else: the correlation of the inferred code with the one \
      given, with the pictures' slant and with their width (Chen et al. 2016, section 7).

      EXAMPLES:
        gan analyze codes runs/infogan-1 --output codes.png
        gan analyze codes runs/infogan-1 --images 2000 --json
      """)

  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @OptionGroup var data: ImageDataOptions

  @Option(help: "How many training images at most say what the categories stand for.")
  var images = 10_000

  @Option(help: "How many test images at most.")
  var tests = 10_000

  @Option(help: "How many sweeps of each continuous code are drawn.")
  var sweeps = 200

  @Option(help: "Decides the choice of images and the noise.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to draw a sweep of each code.", valueName: "FILE.png|FILE.svg"))
  var output: String?

  func run() throws {
    let file = try output.map { try DrawingFile($0) }
    try checkField("images", images, 1...1_000_000)
    try checkField("tests", tests, 1...1_000_000)
    try checkField("sweeps", sweeps, 1...10_000)
    let run = try GeneratingRun(images: path)
    let recipe = try run.codedRecipe(path)
    let analysis = CodeAnalysis(of: recipe, on: run.device)
    let found = try CodeNumbers(
      analysis, of: recipe.codes, on: data.images(of: run), training: images, tests: tests,
      sweeps: sweeps, seed: seed)
    try file?.write(analysis.scene(rows: 4, seed: seed, notes: found.categorical))
    if json { return try Console.print(prettyJSON: found) }
    Console.print(found.text)
  }
}
