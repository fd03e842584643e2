import ArgumentParser
import GANData
import GANTraining
import SwiftGAN
import Torch

/// A run, and images that it looks at.
struct ImagesOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @Argument(
    help: ArgumentHelp("Images, or folders, tar or zip archives of images.", valueName: "input"))
  var inputs: [String]

  @Option(help: CheckpointChoice.help)
  var step = CheckpointChoice.newest

  @Flag(help: "Leave out images that cannot be read, and name them.")
  var skipBroken = false

  @Option(help: "cpu, cuda, cuda:N or mps.")
  var device = "cpu"

  func openRun() throws -> Run { try Run.open(path, step: step, on: Device(named: device)) }

  /// The images, decoded as those that the run was trained on.
  func files(for run: Run) throws -> InputImages {
    try InputImages(inputs, options: run.configuration.data.decoding)
  }

  /// What happens with images that cannot be read.
  var policy: SkipPolicy { skipBroken ? .skipBroken : .fail }
}

/// Where images go that a run makes of others.
struct ImageOutput: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to: a file for one image or - for standard output, else a folder.",
      valueName: "FILE.png|FOLDER|-"))
  var output: String
}
