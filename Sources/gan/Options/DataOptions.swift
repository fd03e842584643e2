import ArgumentParser
import Foundation
import GANData
import GANKit
import GANTraining

/// What to train on.
struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A built-in set (`gan data list`), or the path of an image folder, a tar or zip archive, several (shard-{000..099}.tar), an "
        + "array (.npy, .npz) or an IDX file; lines x,density in FILE.csv are points of a line. mnist-m@PHOTOS and textured@PHOTOS take their textures from photos. (default: "
        + "mnist; edges for pairs, turned for faces, textured or painted for two domains, mnist-m for an "
        + "adaptation, moving for frames)",
      valueName: "name or path"))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "The second domain or the target, where it is a set of its own.", valueName: "name or path"))
  var dataB: String?

  @Option(
    help: ArgumentHelp(
      "Masks of the objects in two domains, laid out as the images, with equal names (built-in sets "
        + "bring theirs).", valueName: "path"))
  var masks: String?

  @Option(help: AttributeNames.help)
  var attribute: AttributeNames?

  @Option(help: "Translate from A to B or back; A is the first folder or the input of a pair.")
  var direction: Direction?

  @Option(help: "How many labels the system may see, as many of each class (default: all).")
  var labels: Int?

  @Option(
    help: ArgumentHelp(
      "Side of square images, or their height and width as in 128x256 (default: the data's own where "
        + "the networks can take it, or the preset's where sizes differ).",
      valueName: "side or HxW"))
  var size: ImageSize?

  @Option(help: "1 (grey) or 3 (colour) (default: what the files have).")
  var channels: Int?

  @Option(
    help: ArgumentHelp(
      "How images of other proportions become of one size: crop cuts off their sides, pad adds black, "
        + "stretch distorts (default: pad for IDX files and digits, else crop).",
      valueName: "crop|pad|stretch"))
  var fit: ImageFit?

  @Flag(help: "Draw each class as often as any other, whatever the number of its images.")
  var balance = false

  @Flag(help: "Leave out images that cannot be read, and name them.")
  var skipBroken = false

  @OptionGroup var decoding: DecodingChoices

  @Flag(help: "Mirror half of the images, drawn anew every time.")
  var flip = false

  @Option(
    help: ArgumentHelp(
      "Train on random parts of this size, cut out of the images as --size makes them, without it as large "
        + "as they are (default: those of a system that learns from parts).",
      valueName: "side or HxW"))
  var crop: ImageSize?

  /// As it goes into `config.json`: a path is made absolute, for a run may be resumed from elsewhere.
  func configuration(for layout: DataLayout) -> DataConfiguration {
    var configuration = DataConfiguration(
      source: absolute(data ?? layout.defaultSet), size: size, channels: channels,
      skipBroken: skipBroken)
    (configuration.flip, configuration.crop, configuration.fit) = (flip, crop, fit)
    decoding.fill(&configuration)
    configuration.sampling = balance ? .balanced : nil
    configuration.other = dataB.map { absolute($0) }
    configuration.masks = masks.map { absolute($0) }
    configuration.attributes = attribute?.names
    (configuration.direction, configuration.labels) = (direction, labels)
    return configuration
  }

  private func absolute(_ name: String) -> String { Self.absolute(name) }

  /// The name of a built-in set, or an absolute path.
  static func absolute(_ name: String) -> String {
    if var builtIn = BuiltInName(name) {
      builtIn.photos = builtIn.photos.map { absolutePath($0) }
      return builtIn.text
    }
    return name.isEmpty || PointDistribution.names.contains(name) ? name : absolutePath(name)
  }

  private static func absolutePath(_ path: String) -> String {
    // An array of a file has the array's name behind the file's.
    if let mark = path.range(of: ".npz:", options: .backwards) {
      let file = String(path[..<mark.upperBound].dropLast())
      return absolutePath(file) + ":" + path[mark.upperBound...]
    }
    guard DataSet.isThere(path) else { return path }
    return URL(fileURLWithPath: path).standardizedFileURL.path
  }
}

extension Direction: ExpressibleByArgument {}
extension ImageFit: ExpressibleByArgument {}
extension ImageSize: ExpressibleByArgument {}
