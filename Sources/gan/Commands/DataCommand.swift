import ArgumentParser
import GANData
import GANTraining
import SwiftGAN

/// `gan data`
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Look at data sets, prepare them and make pairs of them.",
    discussion: """
      EXAMPLES:
        gan data list
        gan data inspect photos/
        gan data pack photos/ --size 128 --output photos-128.tar
        gan data mosaic mnist --random --output pairs
      """,
    subcommands: [
      DataListCommand.self, DataInspectCommand.self, DataPreviewCommand.self, DataPackCommand.self,
      MosaicCommand.self,
    ])
}

/// `gan data list`
struct DataListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the built-in data sets.",
    discussion: """
      EXAMPLES:
        gan data list
        gan data list --json
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let entries =
      try BuiltInName.all().map {
        try DataEntry($0.set, training: $0.train, testing: $0.test)
      }
      + PointDistribution.names.compactMap { try PointDistribution.named($0).map(DataEntry.init) }
    if json { return try Console.print(prettyJSON: entries) }
    Console.print(textTable(entries.map(\.row)))
  }
}

/// One built-in set.
struct DataEntry: Encodable {
  let name: String
  let kind: String
  let train: Int
  let test: Int
  let size: String?
  let channels: Int?
  let classes: Int
  /// Of points: where they lie.
  private var place = ""

  init(_ set: BuiltInSet, training: any ImageSource, testing: any ImageSource) throws {
    let header = try testing.header(at: 0)
    (name, train, test) = (set.rawValue, training.count, testing.count)
    kind = set.isDerived ? "images, pairs, domains" : "images"
    size = header.size.description
    (channels, classes) = (header.channels, training.classNames.count)
  }

  init(_ points: PointDistribution) {
    (name, kind, train, test) = (points.name, "points", DataFeed.pointCount, 0)
    (size, channels, classes) = (nil, nil, 0)
    place = points.dimension == 1 ? "a line" : "the plane"
  }

  private enum CodingKeys: String, CodingKey {
    case name, kind, train, test, size, channels, classes
  }

  var row: [String] {
    guard let size else { return [name, kind, "\(train)", "of \(place), drawn from the seed"] }
    return [
      name, kind, "\(train)",
      "of \(size), \(channels == 3 ? "colour" : "grey"), \(classes) classes; \(test) more to test",
    ]
  }
}

/// `gan data inspect`
struct DataInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Read every image of a set and report what it holds.",
    discussion: """
      EXAMPLES:
        gan data inspect mnist
        gan data inspect photos/ --json
        gan data inspect celeba.tar --attribute Smiling
      """)

  @Argument(
    help:
      "A built-in set, or the path of an image folder, a tar or zip archive, an array or an IDX file."
  )
  var path: String

  @Option(help: AttributeNames.help)
  var attribute: AttributeNames?

  @OptionGroup var decoding: DecodingChoices

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    if PointDistribution.isNamed(path) {
      throw CommandError("'\(path)' is a distribution of points; it has no files to inspect")
    }
    let report = DataReport(
      inspecting: try DataSource.open(path, split: .all, attributes: attribute?.names)
        .decoding(decoding.options()))
    if json { return try Console.print(prettyJSON: report) }
    Console.print(text(of: report))
  }

  private func text(of report: DataReport) -> String {
    var lines = [
      "\(report.readableImages) images, \(report.brokenImages.count) broken, "
        + "\(report.otherFiles) other files"
    ]
    for (title, counts) in [
      ("classes", report.classes), ("sizes", report.sizes), ("kinds", report.modes),
    ] where !counts.isEmpty {
      let more = counts.count > 10 ? ", and \(counts.count - 10) more" : ""
      let shown = counts.prefix(10).map { "\(Console.oneLine($0.name)) (\($0.count))" }
      lines.append("\(title): \(shown.joined(separator: ", "))\(more)")
    }
    if let range = report.sampleRange {
      lines.append("16-bit values: up to \(range.largest) of 65535, \(range.bits) bits")
    }
    lines +=
      SampleComplaints(
        range: report.sampleRange, isUniform: report.isUniform, bits: decoding.bits
      ).lines
    if !report.unused.isEmpty {
      let kinds = report.unused.prefix(10).map { "\(Console.oneLine($0.reason)) (\($0.count))" }
      lines.append("not read: \(kinds.joined(separator: ", "))")
    }
    if let file = report.labelFile { lines.append("labels: from \(Console.oneLine(file))") }
    if let words = report.leftOut.words { lines.append(Console.oneLine(words)) }
    lines += report.brokenImages.prefix(10).map {
      "broken: \(Console.oneLine($0.name)): \(Console.oneLine($0.reason))"
    }
    if report.brokenImages.count > 10 {
      lines.append("broken: and \(report.brokenImages.count - 10) more")
    }
    return lines.joined(separator: "\n")
  }
}
