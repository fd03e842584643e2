import ArgumentParser
import GANAnalysis
import GANData
import GANKit
import GANTraining
import SwiftGAN

/// `gan analyze plane`
struct PlaneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plane", abstract: "Show where images lie in a plane of codes, and decode it.",
    discussion: """
      For systems that encode images to two numbers, such as aae with latentSize=2. Images of the test \
      split (training images where a set has none) are points in the colours of their classes; beside \
      them stands what the decoder makes of the same plane.

      EXAMPLES:
        gan analyze plane runs/aae-1 --output plane.png
      """)

  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @OptionGroup var data: ImageDataOptions

  @Option(help: "How many images.")
  var count = 5000

  @Option(help: "How many decoded images in each direction.")
  var side = 20

  @Option(help: "Decides the choice of images.")
  var seed: UInt64 = 1

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.png|FILE.svg"))
  var output: String

  func run() throws {
    let file = try DrawingFile(output)
    try checkField("count", count, 1...100_000)
    try checkField("side", side, 1...100)
    let opened = try Run.open(path)
    let run = try GeneratingRun(opened)
    let plane = try CodePlane(of: opened.encoder(), on: run.device)
    try run.check("side", pictures: side * side)
    let images = try data.heldOut(for: run) ?? data.images(for: run, split: .train)
    let indices = images.chosen(count, seed: seed)
    let labels = images.labels.isEmpty ? [] : indices.map { images.labels[$0] }
    try file.write(
      plane.scene(
        of: images.tensor(indices, on: run.device), labels: labels, classNames: images.classNames,
        side: side))
  }
}
