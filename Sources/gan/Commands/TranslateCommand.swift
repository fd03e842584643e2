import ArgumentParser
import Foundation
import GANData
import GANKit
import GANTraining
import Torch
import SwiftGAN

/// `gan translate`
struct TranslateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate", abstract: "Turn images into other images with a trained run.",
    discussion: """
      Images keep their size, their names and what is transparent in them, and a result never takes \
      an input's place. Sides that the networks cannot take are mirrored at the border up to the \
      next that they can, and images larger than --tile are put together from overlapping tiles, all \
      normalised by the statistics of all, which takes twice the time and comes close to the whole \
      image; a larger --tile comes closer and takes more memory. Systems that translate both ways \
      take --direction ba for the way back. tp-gan resizes images instead; a run that was trained with \
      landmarks of each image reads those of a folder or archive from landmarks.csv in it or beside it.

      EXAMPLES:
        gan translate runs/pix2pix-1 outline.png --output digit.png
        gan translate runs/cyclegan-1 cats/ --output dogs/
        gan translate runs/cyclegan-1 dog1.jpg dog2.jpg --direction ba --output cats/
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @Argument(
    help: ArgumentHelp("Images, or folders, tar or zip archives of images.", valueName: "input"))
  var inputs: [String]

  @Option(help: "ab or ba (default: the system's usual way).")
  var direction: Direction?

  @Option(help: CheckpointChoice.help)
  var step = CheckpointChoice.newest

  @Option(help: "Decides the noise of systems that have some.")
  var seed: UInt64 = 1

  @Option(help: "The longest side that is translated at once.")
  var tile = 1024

  @Flag(help: "Leave out images that cannot be read, and name them.")
  var skipBroken = false

  @Option(help: "cpu, cuda, cuda:N or mps.")
  var device = "cpu"

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to: a file for one image, else a folder.", valueName: "FILE.png|FOLDER"))
  var output: String

  func run() throws {
    let run = try Run.open(path, step: step, on: Device(named: device))
    try run.checkTranslation(direction, tile: tile)
    let files = try InputImages(inputs, options: run.configuration.data.decoding)
    let targets = try files.outputs(at: output)
    let landmarks = run.needsLandmarks ? try files.landmarks() : []
    if let missing = landmarks.firstIndex(of: nil) {
      throw run.noLandmarks(of: files.path(at: missing))
    }
    try files.forEach(skipBroken ? .skipBroken : .fail) { index, input in
      let translated = try run.translate(
        input.image, direction, tile: tile, seed: seed,
        landmarks: landmarks.isEmpty ? nil : landmarks[index])
      try makeParentFolders(of: targets[index])
      try AtomicFile.write(translated.pngData(alpha: input.alpha), to: targets[index])
    }
  }
}
