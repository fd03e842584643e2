import ArgumentParser
import Foundation
import GANData
import GANTraining

/// `gan data preview`
struct DataPreviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview", abstract: "Draw some images of a set side by side.",
    discussion: """
      With --pairs each row shows inputs and the targets that belong to them, with --domains images \
      of A and of B, with --attribute images of one class, which are then named from the top.

      EXAMPLES:
        gan data preview mnist-m --output colours.png
        gan data preview edges --pairs --output pairs.png
        gan data preview celeba.tar --attribute Smiling --output smiles.png
        gan data preview photos/ --size 64 --count 100 --seed 3 --output photos.png
      """)

  @Argument(
    help:
      "A built-in set, or the path of an image folder, a tar or zip archive, an array or an IDX file."
  )
  var path: String

  @Flag(help: "Show the set's pairs.")
  var pairs = false

  @Flag(help: "Show the set's two domains.")
  var domains = false

  @Option(help: "The second domain, where it is a set of its own.")
  var dataB: String?

  @Option(help: AttributeNames.help)
  var attribute: AttributeNames?

  @Option(help: "How many images, of each kind where there are two.")
  var count = 32

  @Option(
    help: ArgumentHelp(
      "Side of each image, or height and width (default: the largest of the set's own).",
      valueName: "side or HxW"))
  var size: ImageSize?

  @Option(
    help: ArgumentHelp(
      "How images of other proportions become of one size (default: as in training).",
      valueName: "crop|pad|stretch"))
  var fit: ImageFit?

  @Option(help: "Decides which images.")
  var seed: UInt64 = 1

  @Option(help: "train, test or all.")
  var split = Split.train

  @OptionGroup var decoding: DecodingChoices

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.png"))
  var output: String

  func validate() throws {
    if pairs && domains { throw ValidationError("--pairs and --domains exclude each other") }
    if attribute != nil, pairs || dataB != nil {
      throw ValidationError("--attribute excludes --pairs and --data-b")
    }
  }

  func run() throws {
    try checkField("count", count, 1...10_000)
    if let size { try checkField("size", size, upTo: 1024) }
    guard output.lowercased().hasSuffix(".png") else {
      throw RunError.field("output", found: "'\(output)'", expected: "FILE.png")
    }
    let options = try decoding.options()
    let kinds = try opened(options).map { Kind(name: $0.name, source: $0.source.decoding(options)) }
    complain(of: kinds)
    let sources = kinds.map(\.source)
    let size = try size ?? shown(sources)
    let channels = try sources.map { try $0.facts().channels }.max() ?? 1
    let rows = try sources.enumerated().map { index, source in
      try images(of: source, at: pairs ? 0 : UInt64(index), size: size, channels: channels)
    }
    let columns = max(1, Int(Double(count * sources.count).squareRoot().rounded(.up)))
    let shown = rows.map(\.count).min() ?? 0
    let sheet = stride(from: 0, to: shown, by: columns).flatMap { start in
      rows.flatMap { row in
        (start..<start + columns).flatMap { index in
          index < shown ? row[index] : [UInt8](repeating: 0, count: channels * size.area)
        }
      }
    }
    let grid = ImageGrid.tiled(
      planar: sheet, channels: channels, height: size.height, width: size.width, columns: columns)
    try AtomicFile.write(grid.pngData(), to: output)
    if attribute != nil { Console.print(legend(of: kinds)) }
  }

  private func complain(of kinds: [Kind]) {
    for kind in kinds {
      let survey = SampleSurvey(of: kind.source)
      let complaints = SampleComplaints(
        range: survey.range, isUniform: survey.isUniform, bits: decoding.bits)
      complaints.lines.forEach { Console.complain("\(path): \($0)") }
    }
  }

  /// What the rows show.
  private func legend(of kinds: [Kind]) -> String {
    let names = kinds.map { "\($0.name) (\($0.source.count))" }.joined(separator: ", ")
    let leftOut = kinds[0].source.leftOut.words.map { "; \($0)" } ?? ""
    return "rows from the top: \(names)\(leftOut)"
  }

  /// Pictures of one kind, which fill every so many rows.
  private struct Kind {
    var name = ""
    let source: any ImageSource
  }

  private func opened(_ options: DecodingOptions) throws -> [Kind] {
    if let names = attribute?.names { return try opened(by: names) }
    if pairs {
      let two = try DataSet.openPairs(path, split: split, decoding: options)
      return [Kind(source: two.a), Kind(source: two.b)]
    }
    if domains || dataB != nil {
      let two = try DataSet.openDomains(path, other: dataB, split: split)
      return [Kind(source: two.a), Kind(source: two.b)]
    }
    if PointDistribution.isNamed(path) {
      throw CommandError("'\(path)' is a distribution of points; it has no images")
    }
    return [Kind(source: try DataSource.open(path, split: split))]
  }

  private func opened(by attributes: [String]) throws -> [Kind] {
    if domains {
      let two = try DataSet.openDomains(path, split: split, attributes: attributes)
      let names = AttributeClasses.domainNames(of: attributes)
      return [
        Kind(name: "A \(names.a)", source: two.a), Kind(name: "B \(names.b)", source: two.b),
      ]
    }
    let images = try DataSet.open(path, split: split, attributes: attributes)
    return images.classNames.enumerated().map { label, name in
      Kind(name: name, source: images.only(label))
    }
  }

  /// The largest of all, reduced where it is longer than 256; a square where sizes differ.
  private func shown(_ sources: [any ImageSource]) throws -> ImageSize {
    let facts = try sources.map { try $0.facts() }
    let longest = facts.map(\.largestSize.longest).max() ?? 1
    let sizes = Set(facts.map(\.nativeSize))
    guard sizes.count == 1, let size = sizes.first ?? nil else {
      return ImageSize(side: min(longest, 256))
    }
    let scale = min(1, 256 / Double(longest))
    func reduced(_ side: Int) -> Int { max(1, Int((Double(side) * scale).rounded())) }
    return ImageSize(height: reduced(size.height), width: reduced(size.width))
  }

  private func images(
    of source: any ImageSource, at stream: UInt64, size: ImageSize, channels: Int
  ) throws -> [[UInt8]] {
    let order = ShuffledOrder(count: source.count, seed: seed &+ stream).permutation(epoch: 0)
    let some = SubsetSource(source, Array(order.prefix(count)))
    let images = try PackedImages(
      some, size: size, channels: channels, fit: fit ?? source.preferredFit)
    let each = images.preparation.sampleCount
    return (0..<images.count).map { Array(images.pixels[$0 * each..<($0 + 1) * each]) }
  }
}
