import ArgumentParser
import GANAnalysis
import GANData
import GANTraining
import Torch

/// `gan analyze reconstruct`
struct ReconstructCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconstruct", abstract: "Search the noise that draws given images best.",
    discussion: """
      Images of the test split (training images where a set has none) are reproduced as well as the \
      generator can: noise is \
      improved from 0 by RMSProp at rate 0.01. Errors are mean squares of pixels in [-1, 1].

      EXAMPLES:
        gan analyze reconstruct runs/dcgan-1 --output found.png
        gan analyze reconstruct runs/dcgan-1 --count 500 --steps 2000 --json
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @OptionGroup var data: ImageDataOptions

  @Option(help: "How many images.")
  var count = 64

  @Option(help: "Updates of the noise.")
  var steps = 1000

  @Option(help: "Decides the choice of images.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to show the first 32.", valueName: "FILE.png|FILE.svg"))
  var output: String?

  func run() throws {
    let file = try output.map { try DrawingFile($0) }
    try checkOption("--count", count, 1...10_000)
    try checkOption("--steps", steps, 1...1_000_000)
    let run = try OpenedRun(images: path)
    try run.check("--count", pictures: count)
    let heldOut = try data.heldOut(for: run)
    let images = try heldOut ?? data.images(for: run, split: .train)
    let indices = images.chosen(count, seed: seed)
    let labels = try run.labels(indices.map { images.labels.isEmpty ? nil : images.labels[$0] })
    let found = Reconstruction(
      of: try images.tensor(indices, on: run.device), labels: labels, by: run.generator,
      steps: steps)
    try file?.write(found.scene())
    try report(found.errors, meanImage: found.meanImageError, heldOut: heldOut != nil)
  }

  private func report(_ errors: [Double], meanImage: Double, heldOut: Bool) throws {
    let mean = errors.reduce(0, +) / Double(errors.count)
    let numbers = ReconstructionNumbers(
      images: errors.count, heldOut: heldOut, steps: steps, error: mean, least: errors.min() ?? 0,
      most: errors.max() ?? 0, meanImageError: meanImage, errors: errors)
    if json { return try Console.print(prettyJSON: numbers) }
    Console.print(
      "mean squared error \(decimal(mean, 4)) over \(errors.count) "
        + (heldOut ? "test images " : "training images ")
        + "(the mean image in place of each: \(decimal(meanImage, 4)))")
  }
}

/// What `gan analyze reconstruct` prints.
struct ReconstructionNumbers: Encodable {
  let images: Int
  let heldOut: Bool
  let steps: Int
  let error, least, most, meanImageError: Double
  let errors: [Double]
}
