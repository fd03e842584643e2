import ArgumentParser
import Foundation
import GANData
import GANTraining

/// What to train on.
struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A built-in set (mnist, ring, grid, swissRoll), or the path of an image folder, a tar archive "
        + "or an IDX file.", valueName: "name or path"))
  var data = "mnist"

  @Option(help: "Side of the square images (default: the system's or the data's own).")
  var size: Int?

  @Option(help: "1 (grey) or 3 (colour) (default: what the files have).")
  var channels: Int?

  @Flag(help: "Leave out images that cannot be read, and name them.")
  var skipBroken = false

  @Flag(help: "Mirror half of the images, drawn anew every time.")
  var flip = false

  @Option(help: "Train on random squares of this side, cut out of the prepared images.")
  var crop: Int?

  /// As it goes into `config.json`: a path is made absolute, for a run may be resumed from elsewhere.
  var configuration: DataConfiguration {
    var configuration = DataConfiguration(
      source: source, size: size, channels: channels, skipBroken: skipBroken)
    (configuration.flip, configuration.crop) = (flip, crop)
    return configuration
  }

  private var source: String {
    guard !data.isEmpty, ToyDistribution(rawValue: data) == nil,
      BuiltInSet(rawValue: data.lowercased()) == nil, FileManager.default.fileExists(atPath: data)
    else { return data }
    return URL(fileURLWithPath: data).standardizedFileURL.path
  }
}
