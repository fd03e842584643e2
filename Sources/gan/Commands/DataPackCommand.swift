import ArgumentParser
import GANData
import GANTraining

/// `gan data pack`
struct DataPackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack", abstract: "Prepare the images of a set once, into one archive.",
    discussion: """
      Training decodes and resizes each image every time it is drawn where the set does not fit into \
      memory. The archive holds the images as training would make them, without loss, with their splits \
      and classes; give it to --data.

      EXAMPLES:
        gan data pack photos/ --size 128 --output photos-128.tar
        gan data pack 'shards/photos-{000..099}.tar' --size 64 --skip-broken --output photos-64.tar
      """)

  @Argument(
    help: "A built-in set, or the path of an image folder, archives, an array or an IDX file.")
  var path: String

  @Option(help: ArgumentHelp("Side of each image, or height and width.", valueName: "side or HxW"))
  var size: ImageSize

  @Option(help: "1 (grey) or 3 (colour) (default: what the files have).")
  var channels: Int?

  @Option(
    help: ArgumentHelp(
      "How images of other proportions become of one size (default: as in training).",
      valueName: "crop|pad|stretch"))
  var fit: ImageFit?

  @Flag(help: "Leave out images that cannot be read, and name them.")
  var skipBroken = false

  @OptionGroup var decoding: DecodingChoices

  @Flag(help: "Print JSON.")
  var json = false

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.tar"))
  var output: String

  private struct Numbers: Encodable {
    let images: Int
    let size: String
    let channels: Int
    let skipped: [BrokenImage]
  }

  func run() throws {
    try checkField("size", size, upTo: 4096)
    if let channels, ![1, 3].contains(channels) {
      throw RunError.field("channels", found: "\(channels)", expected: "1 or 3")
    }
    guard output.lowercased().hasSuffix(".tar") else {
      throw RunError.field("output", found: "'\(output)'", expected: "FILE.tar")
    }
    let options = try decoding.options()
    let items = try SplitImages(path, count: nil).items
    let first = items[0].source.decoding(options)
    let preparation = ImagePreparation(
      size: size, channels: try channels ?? first.facts().channels, fit: fit ?? first.preferredFit)
    let skipped = try PreparedArchive.write(
      items.map { item in
        PreparedArchive.Item(
          item.source.decoding(options), item.index,
          name: (item.split.map { $0 + "/" } ?? "") + item.name)
      }, as: preparation, policy: skipBroken ? .skipBroken : .fail, to: output)
    try report(
      Numbers(
        images: items.count - skipped.count, size: size.description,
        channels: preparation.channels, skipped: skipped))
  }

  private func report(_ numbers: Numbers) throws {
    if json { return try Console.print(prettyJSON: numbers) }
    numbers.skipped.prefix(10).forEach { Console.complain("left out \($0.name): \($0.reason)") }
    let left = numbers.skipped.isEmpty ? "" : ", \(numbers.skipped.count) left out"
    Console.print("\(numbers.images) images of \(numbers.size) in \(output)\(left)")
  }
}
