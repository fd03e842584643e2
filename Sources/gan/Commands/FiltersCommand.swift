import ArgumentParser
import GANAnalysis
import GANData
import GANTraining
import Torch

/// `gan analyze filters`
struct FiltersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filters", abstract: "Show what the discriminator's filters look for.",
    discussion: """
      The filters of the first layer, and with --responses the test images to which the last maps \
      respond most with guided backpropagation through them, trained above random weights (Radford \
      et al. 2015, figure 5).

      EXAMPLES:
        gan analyze filters runs/dcgan-1 --output filters.png
        gan analyze filters runs/dcgan-1 --output filters.png --responses responses.png
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @OptionGroup var data: ImageDataOptions

  @Option(help: "How many images to search for strong responses.")
  var count = 1000

  @Option(help: "How many of the last maps.")
  var maps = 6

  @Option(help: "Decides the choice of images and the random weights.")
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp("Where to show the strongest responses.", valueName: "FILE.png|FILE.svg"))
  var responses: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.png|FILE.svg"))
  var output: String

  func run() throws {
    let file = try DrawingFile(output)
    let responseFile = try responses.map { try DrawingFile($0, option: "--responses") }
    try checkOption("--count", count, 1...10_000)
    try checkOption("--maps", maps, 1...64)
    let run = try OpenedRun(images: path)
    let pictures = FilterPictures(
      trained: try LayeredDiscriminator(of: run.generator),
      random: try LayeredDiscriminator(of: run.untrained(seed: seed)))
    if let responseFile {
      let images = try data.heldOut(for: run) ?? data.images(for: run, split: .train)
      let chosen = try images.tensor(images.chosen(count, seed: seed))
      try responseFile.write(pictures.responses(to: chosen, maps: maps))
    }
    try file.write(pictures.filters())
  }
}
