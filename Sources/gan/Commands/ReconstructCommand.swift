import ArgumentParser
import GANAnalysis
import GANData
import GANTraining
import Torch
import SwiftGAN

/// `gan analyze reconstruct`
struct ReconstructCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconstruct", abstract: "Search the noise that draws given images best.",
    discussion: """
      Images of the test split (training images where a set has none) are reproduced as well as the \
      generator can: noise is improved from 0 by RMSProp, by default 2000 times at rate 0.01 as Xiang \
      and Li 2017 do. Errors are mean squares of pixels in [-1, 1]; startError is that of noise 0. \
      --output shows the first 32.

      EXAMPLES:
        gan analyze reconstruct runs/dcgan-1 --output found.png
        gan analyze reconstruct runs/dcgan-1 --count 500 --steps 500 --json
      """)

  @OptionGroup var options: ReconstructionOptions

  @Option(help: "How many images.")
  var count = 64

  @Option(help: "Updates of the noise.")
  var steps = 2000

  @Option(help: "RMSProp's rate.")
  var rate = 0.01

  func run() throws {
    let file = try options.drawing()
    try checkField("count", count, 1...10_000)
    try checkField("steps", steps, 1...1_000_000)
    guard rate.isFinite, rate > 0, rate <= 100 else {
      throw RunError.field("rate", found: "\(rate)", expected: "a number above 0, at most 100")
    }
    let run = try GeneratingRun(images: options.path)
    try run.check("count", pictures: count)
    let heldOut = try options.data.heldOut(for: run)
    let images = try heldOut ?? options.data.images(for: run, split: .train)
    let indices = images.chosen(count, seed: options.seed)
    let labels = try run.labels(of: images, indices)
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
    if options.json { return try Console.print(prettyJSON: numbers) }
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
