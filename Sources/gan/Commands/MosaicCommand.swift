import ArgumentParser
import GANAnalysis
import GANData
import GANMetrics
import GANTraining
import SwiftGAN

/// `gan data mosaic`
struct MosaicCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mosaic", abstract: "Make pairs of pixelated and clear images.",
    discussion: """
      Each image gets a mosaic in one box: a given one, a random one of half its width and height, or \
      the one around what a classifier responds to (see `gan analyze cam`). FOLDER/A gets the \
      pixelated images and FOLDER/B the clear ones, under equal names and, for a set with splits, \
      below train/ and test/: what a paired system needs to learn redaction (from B to A) or repair \
      (from A to B).

      RESPONSIBLE USE: for digits, objects, animals and scenes. A repaired region is invented by the \
      network; it is no evidence of what was there. Do not use it to undo the redaction of people, \
      number plates or documents, nor on images whose owners have hidden something in them.

      EXAMPLES:
        gan data mosaic mnist --classifier digits --count 1000 --output pairs
        gan data mosaic streets.tar --random --block 8 --output pairs
        gan data mosaic animals/ --box 32,32,64,64 --block 8 --output pairs
      """)

  @Argument(help: "A built-in set, or the path of an image folder, a tar archive or an IDX file.")
  var path: String

  @Option(help: ArgumentHelp("The box in all images, in pixels.", valueName: "x,y,w,h"))
  var box: PixelBox?

  @Flag(help: "A random box in each image.")
  var random = false

  @Option(
    help: ArgumentHelp(
      "The box around what a classifier responds to.", valueName: "digits|run|FILE.safetensors"))
  var classifier: String?

  @Option(help: "Its box holds what is above this share of the response's maximum.")
  var share = 0.5

  @Option(help: "Pixels on the side of one square of the mosaic.")
  var block = 4

  @Option(help: "Images of each split at most (default: all).")
  var count: Int?

  @Option(help: "Decides the random boxes.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  @Option(name: .shortAndLong, help: ArgumentHelp("A new folder.", valueName: "folder"))
  var output: String

  func run() throws {
    try checkField("block", block, 2...1024)
    if let count { try checkField("count", count, 1...10_000_000) }
    try checkShare("--share", share)
    let chooser = try BoxChooser(
      box: box, random: random, classifier: classifier, share: share, seed: seed)
    let images = try SplitImages(path, count: count)
    let folders = try PairedFolders(output)
    var numbers = MosaicNumbers(block: block)
    for item in images.items {
      let image = try item.source.image(at: item.index)
      let name = item.source.name(at: item.index)
      guard let box = try chooser.box(in: image, name: name) else {
        numbers.skipped.append(name)
        continue
      }
      try folders.write(
        a: image.pixelated(in: box, block: block), b: image, name: item.name, split: item.split)
      numbers.add(box, of: image, split: item.split)
    }
    try report(numbers)
  }

  private func report(_ numbers: MosaicNumbers) throws {
    if json { return try Console.print(prettyJSON: numbers) }
    let splits = numbers.pairs.sorted { $0.key > $1.key }.map {
      $0.key == "all" ? "\($0.value)" : "\($0.value) \($0.key)"
    }
    let skipped = numbers.skipped.isEmpty ? "" : "; \(numbers.skipped.count) without a box left out"
    Console.print(
      "\(splits.joined(separator: ", ")) pairs in \(output), "
        + "\(decimal(numbers.meanShare * 100, 1))% of each image pixelated\(skipped)")
  }
}

/// Where the mosaic of an image goes.
private final class BoxChooser {
  private enum Way {
    case given(PixelBox)
    case random
    case response(any PlaceClassifier)
  }

  private let way: Way
  private let share: Double
  private var generator: SplitMix64

  init(box: PixelBox?, random: Bool, classifier: String?, share: Double, seed: UInt64) throws {
    self.share = share
    generator = SplitMix64(seed: seed)
    switch (box, random, classifier) {
    case (let box?, false, nil): way = .given(box)
    case (nil, true, nil): way = .random
    case (nil, false, let name?): way = .response(try namedClassifier(name))
    default:
      let given = [
        box.map { _ in "--box" }, random ? "--random" : nil, classifier.map { _ in "--classifier" },
      ]
      .compactMap { $0 }
      throw RunError.field(
        "box", found: given.isEmpty ? "nothing" : given.joined(separator: " and "),
        expected: "one of --box, --random and --classifier")
    }
  }

  /// The box; `nil` where the classifier responds to nothing.
  func box(in image: DecodedImage, name: String) throws -> PixelBox? {
    switch way {
    case .given(let box):
      do {
        try box.check("box", width: image.width, height: image.height)
      } catch let error as RunError {
        throw CommandError("\(name): \(error)")
      }
      return box
    case .random:
      return PixelBox.random(width: image.width, height: image.height, using: &generator)
    case .response(let classifier):
      return try ClassActivation(of: image, by: classifier).box(share: share)
    }
  }
}

/// What `gan data mosaic` prints.
struct MosaicNumbers: Encodable {
  let block: Int
  /// Pairs by split; `all` for a set without splits.
  var pairs: [String: Int] = [:]
  /// The mean share of an image's area that was pixelated.
  var meanShare: Double { count == 0 ? 0 : shares / Double(count) }
  var skipped: [String] = []
  private var shares = 0.0
  private var count: Int { pairs.values.reduce(0, +) }

  init(block: Int) { self.block = block }

  mutating func add(_ box: PixelBox, of image: DecodedImage, split: String?) {
    pairs[split ?? "all", default: 0] += 1
    shares += Double(box.width * box.height) / Double(image.width * image.height)
  }

  private enum Key: String, CodingKey { case block, pairs, meanShare, skipped }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(block, forKey: .block)
    try container.encode(pairs, forKey: .pairs)
    try container.encode(meanShare, forKey: .meanShare)
    try container.encode(skipped, forKey: .skipped)
  }
}
