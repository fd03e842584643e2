import ArgumentParser

/// What all analyses that start from reconstructed images are asked for.
struct ReconstructionOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @OptionGroup var data: ImageDataOptions

  @Option(help: "Decides the choice of images.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to show the first of them.", valueName: "FILE.png|FILE.svg"))
  var output: String?

  /// Where to draw, where a drawing is wanted.
  ///
  /// - Throws: One line where the file's name does not say which kind of drawing.
  func drawing() throws -> DrawingFile? { try output.map { try DrawingFile($0) } }
}
