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
      generator can: noise is improved from 0 by RMSProp, by default 2000 times at rate 0.01 as Xiang \
      and Li 2017 do. Errors are mean squares of pixels in [-1, 1]; startError is that of noise 0.

      EXAMPLES:
        gan analyze reconstruct runs/dcgan-1 --output found.png
        gan analyze reconstruct runs/dcgan-1 --count 500 --steps 500 --json
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @OptionGroup var data: ImageDataOptions

  @Option(help: "How many images.")
  var count = 64

  @Option(help: "Updates of the noise.")
  var steps = 2000

  @Option(help: "RMSProp's rate.")
  var rate = 0.01

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
    guard rate.isFinite, rate > 0, rate <= 100 else {
      throw RunError.option("--rate", found: "\(rate)", expected: "a number above 0, at most 100")
    }
    let run = try OpenedRun(images: path)
    try run.check("--count", pictures: count)
    let heldOut = try data.heldOut(for: run)
    let images = try heldOut ?? data.images(for: run, split: .train)
    let indices = images.chosen(count, seed: seed)
    let labels = try run.labels(indices.map { images.labels.isEmpty ? nil : images.labels[$0] })
    let found = Reconstruction(
      of: try images.tensor(indices, on: run.device), labels: labels, by: run.generator,
      steps: steps, rate: rate)
    try file?.write(found.scene())
    try report(found, heldOut: heldOut != nil)
  }

  private func report(_ found: Reconstruction, heldOut: Bool) throws {
    let (errors, meanImage) = (found.errors, found.meanImageError)
    let start = found.startErrors.reduce(0, +) / Double(errors.count)
    let mean = errors.reduce(0, +) / Double(errors.count)
    let numbers = ReconstructionNumbers(
      images: errors.count, heldOut: heldOut, steps: steps, rate: rate, startError: start,
      error: mean, least: errors.min() ?? 0,
      most: errors.max() ?? 0, meanImageError: meanImage, errors: errors)
    if json { return try Console.print(prettyJSON: numbers) }
    Console.print(
      "mean squared error \(decimal(mean, 4)) over \(errors.count) "
        + (heldOut ? "test images " : "training images ")
        + "(from \(decimal(start, 4)); the mean image in place of each: "
        + "\(decimal(meanImage, 4)))")
  }
}

/// What `gan analyze reconstruct` prints.
struct ReconstructionNumbers: Encodable {
  let images: Int
  let heldOut: Bool
  let steps: Int
  let rate, startError, error, least, most, meanImageError: Double
  let errors: [Double]
}
