import ArgumentParser
import GANAnalysis
import GANData
import GANTraining
import Torch
import SwiftGAN

/// `gan analyze filters`
struct FiltersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filters", abstract: "Show what the discriminator's filters look for.",
    discussion: """
      The filters of the first layer (of a fully connected one, as images), and with --responses the test images to which the last maps \
      respond most with guided backpropagation through them, trained above random weights (Radford \
      et al. 2015, figure 5).

      EXAMPLES:
        gan analyze filters runs/dcgan-1 --output filters.png
        gan analyze filters runs/dcgan-1 --output filters.png --responses responses.png
      """)

  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @OptionGroup var data: ImageDataOptions

  @Option(help: "How many images to search for strong responses.")
  var count = 1000

  @Option(help: "How many of the last maps or units.")
  var maps = 6

  @Option(help: "Decides the choice of images and the random weights.")
  var seed: UInt64 = 1

  @Flag(help: "Print the length and the roughness of the filters as JSON.")
  var json = false

  @Option(
    help: ArgumentHelp("Where to show the strongest responses.", valueName: "FILE.png|FILE.svg"))
  var responses: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.png|FILE.svg"))
  var output: String

  func run() throws {
    let file = try DrawingFile(output)
    let responseFile = try responses.map { try DrawingFile($0, field: "responses") }
    try checkField("count", count, 1...10_000)
    try checkField("maps", maps, 1...64)
    let run = try GeneratingRun(images: path)
    let pictures = FilterPictures(
      trained: try LayeredDiscriminator(of: run.generator, shape: run.dataShape),
      random: try LayeredDiscriminator(of: run.untrained(seed: seed), shape: run.dataShape))
    let numbers = pictures.numbers()
    guard !numbers.isEmpty else {
      throw RunError.unsupported(
        "'\(run.configuration.recipe)' has no first layer whose filters are images")
    }
    if let responseFile {
      let images = try data.heldOut(for: run) ?? data.images(for: run, split: .train)
      let indices = images.chosen(count, seed: seed)
      let labels = try run.labels(of: images, indices)
      try responseFile.write(
        pictures.responses(to: images.tensor(indices), labels: labels, maps: maps))
    }
    try file.write(pictures.filters())
    if json { try Console.print(prettyJSON: numbers) }
  }
}
