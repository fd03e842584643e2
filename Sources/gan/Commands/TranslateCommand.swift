import ArgumentParser
import Foundation
import GANData
import GANKit
import GANTraining
import Torch

/// `gan translate`
struct TranslateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate", abstract: "Turn images into other images with a trained run.",
    discussion: """
      Images keep their size and names. Sides that the networks cannot take are mirrored at the \
      border up to the next that they can, and images larger than --tile are put together from \
      overlapping tiles, all normalised by the statistics of all, which takes twice the time and \
      comes close to the whole image; a larger --tile comes closer and takes more memory. Systems \
      that translate both ways take --direction ba for the way back.

      EXAMPLES:
        gan translate runs/pix2pix-1 outline.png --output digit.png
        gan translate runs/cyclegan-1 cats/ --output dogs/
        gan translate runs/cyclegan-1 dog1.jpg dog2.jpg --direction ba --output cats/
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @Argument(help: ArgumentHelp("Images, or folders of images.", valueName: "input"))
  var inputs: [String]

  @Option(help: "ab or ba (default: the system's usual way).")
  var direction: Direction?

  @Option(help: CheckpointChoice.help)
  var step = CheckpointChoice.newest

  @Option(help: "Decides the noise of systems that have some.")
  var seed: UInt64 = 1

  @Option(help: "The longest side that is translated at once.")
  var tile = 1024

  @Option(help: "cpu, cuda, cuda:N or mps.")
  var device = "cpu"

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to: a file for one image, else a folder.", valueName: "FILE.png|FOLDER"))
  var output: String

  func run() throws {
    let run = try OpenedRecipe(path, step: step, device: device)
    guard let recipe = run.recipe as? any TranslatingRecipe,
      let shape = run.configuration.data.shape
    else {
      throw RunError.unsupported("\(path): '\(run.configuration.recipe)' does not translate images")
    }
    let translation = try ImageTranslation(
      by: recipe, direction, shape: shape, tile: tile, on: run.device)
    let files = try InputImages(inputs)
    let targets = try files.outputs(at: output)
    for (index, target) in targets.enumerated() {
      let image = try files.image(at: index)
      let translated = Randomness.isolated(seed: seed, on: run.device) { translation(image) }
      try makeParentFolders(of: target)
      try AtomicFile.write(translated.pngData(), to: target)
    }
  }
}

/// Makes the folders above a file that is to be written.
func makeParentFolders(of path: String) throws {
  let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
  do {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  } catch {
    throw CommandError("\(folder): cannot be made: \(String(cString: strerror(errno)))")
  }
}
