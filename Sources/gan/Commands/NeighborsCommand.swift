import ArgumentParser
import Foundation
import GANAnalysis
import GANData
import GANKit
import GANMetrics
import GANTraining
import Torch
import SwiftGAN

/// `gan analyze neighbors`
struct NeighborsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "neighbors", abstract: "Show the images of a set nearest to samples or images.",
    discussion: """
      Samples of a run that were learned by heart lie on their neighbours in the training set. \
      Distances are Euclidean, of pixels in [-1, 1] or of a network's features; those of as many \
      images of the test split to the training images tell what is usual for new ones. With --other \
      the neighbours come from another set, and a set of images may stand in place of the run: what \
      in one domain corresponds to what in another. Of a run whose system finds what two domains have \
      in common, such as twin-gan, images of one domain are shown with the nearest of the other by \
      that, and by pixels.

      EXAMPLES:
        gan analyze neighbors runs/dcgan-1 --output near.png
        gan analyze neighbors runs/dcgan-1 --count 500 --json
        gan analyze neighbors mnist --other usps/ --features digits --output pairs.png
        gan analyze neighbors runs/twin-gan-1 --neighbors 1 --output counterparts.png
      """)

  @Argument(help: ArgumentHelp("A run, or with --other a data set.", valueName: "run or data set"))
  var subject: String

  @OptionGroup var data: ImageDataOptions

  @Option(help: ArgumentHelp("Search this set instead.", valueName: "name or path"))
  var other: String?

  @Option(
    help: ArgumentHelp(
      "What is compared: pixels, or features of digits or of a file of weights.",
      valueName: "pixels|digits|FILE.safetensors"))
  var features = "pixels"

  @Option(
    help: ArgumentHelp(
      "Side of the images of two sets, or height and width (default: 32).",
      valueName: "side or HxW"))
  var size: ImageSize?

  @Option(help: "From which of two domains to which (systems that compare them only; default: ab).")
  var direction: Direction?

  @Option(help: "How many samples or images.")
  var count = 64

  @Option(help: "Neighbours of each.")
  var neighbors = 5

  @Option(help: "Decides the noise, or the choice of images.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to show the first 12.", valueName: "FILE.png|FILE.svg"))
  var output: String?

  func run() throws {
    let file = try output.map { try DrawingFile($0) }
    try checkField("count", count, 1...10_000)
    try checkField("neighbors", neighbors, 1...100)
    if let size { try checkField("size", size, upTo: 1024) }
    if let run = try comparingRun() { return try counterparts(in: run, file) }
    let embedding = try embedding()
    let query = try isRun ? samples() : imagesOfTwoSets()
    try checkField("neighbors", neighbors, 1...query.base.count)
    do {
      let found = try ImageNeighbors(
        of: query.images, in: query.base, k: neighbors, by: embedding)
      let usual = try query.heldOut.map {
        try ImageNeighbors(of: $0, in: query.base, k: 1, by: embedding).meanDistance
      }
      try file?.write(found.scene(of: query.images, in: query.base, title: query.title))
      try report(NeighborNumbers(found, query, usual: usual, embedding: embedding.name))
    } catch let error as MetricError {
      throw CommandError("--features \(features): \(error)")
    }
  }

  private var isRun: Bool {
    other == nil || FileManager.default.fileExists(atPath: "\(subject)/config.json")
  }

  /// The run, if it is of a system that finds what two domains have in common.
  private func comparingRun() throws -> Run? {
    let run = isRun && other == nil ? try Run.open(subject) : nil
    if let run, run.recipe is any EmbeddingRecipe { return run }
    guard let direction else { return nil }
    throw RunError.field(
      "direction", found: direction.rawValue,
      expected: "none, except for a system that compares two domains")
  }

  private func counterparts(in run: Run, _ file: DrawingFile?) throws {
    let options = [("data", data.data), ("size", size?.name)]
    for case (let field, let value?) in options + [("features", comparesPixels ? nil : features)] {
      throw RunError.field(
        field, found: "'\(value)'",
        expected: "none, for the run's own domains are compared by its encoder")
    }
    let found = try run.counterparts(
      direction, count: count, neighbors: neighbors, seed: seed)
    try file?.write(found.scene())
    let numbers = CounterpartNumbers(found)
    if json { return try Console.print(prettyJSON: numbers) }
    Console.print(numbers.text)
  }

  private var comparesPixels: Bool { features == "pixels" }

  private func embedding() throws -> ImageEmbedding {
    switch features {
    case "pixels": .pixels
    case "digits": .features(try DigitsFeatures.bundled())
    default: .features(try FeatureNetworkFile.open(URL(fileURLWithPath: features)))
    }
  }

  private func samples() throws -> NeighborQuery {
    guard size == nil else {
      throw RunError.field("size", found: size?.name ?? "", expected: "none, except for two sets")
    }
    let run = try GeneratingRun(images: subject)
    let samples = try Samples(of: run, count: count, seed: seed, latent: nil, classes: nil)
    let drawn = SampleSheet.bytes(
      of: run.generator, latent: samples.latent, labels: samples.labels(on: run.device))
    let images = Tensor(imageBytes: drawn.pixels, shape: drawn.shape)
    if let other {
      return NeighborQuery(
        images: images, base: try set(other, shape: run.dataShape),
        title: "sample, then the nearest images of the other set")
    }
    let testing = try data.heldOut(for: run)
    return NeighborQuery(
      images: images, base: try data.images(for: run, split: .train),
      heldOut: try testing.map { try $0.tensor($0.chosen(count, seed: seed)) },
      title: "sample, then the nearest training images")
  }

  private func imagesOfTwoSets() throws -> NeighborQuery {
    guard data.data == nil else {
      throw RunError.field(
        "source", found: "'\(data.data ?? "")'", expected: "none, except for a run")
    }
    let names = [subject, other ?? subject]
    let channels = try names.map { try NamedSet($0, otherwise: .train).open().facts().channels }
    let size = size ?? 32
    let shape = DataShape(channels: channels.max() ?? 1, height: size.height, width: size.width)
    let (own, base) = (try set(names[0], shape: shape), try set(names[1], shape: shape))
    let indices = own.chosen(count, seed: seed)
    return NeighborQuery(
      images: try own.tensor(indices), base: base, indices: indices,
      labels: own.classNames == base.classNames && !own.labels.isEmpty
        ? indices.map { own.labels[$0] } : nil,
      title: "image, then the nearest images of the other set")
  }

  private func set(_ name: String, shape: DataShape) throws -> PreparedImages {
    let set = NamedSet(name, otherwise: .train)
    _ = try set.open()  // refuses points
    var configuration = DataConfiguration(source: set.name)
    configuration.shape = shape
    return try PreparedImages(configuration, split: set.split)
  }

  private func report(_ numbers: NeighborNumbers) throws {
    if json { return try Console.print(prettyJSON: numbers) }
    let reference = numbers.testDistance.map { "; of test images \(decimal($0, 3))" } ?? ""
    let same = numbers.sameClass.map { "; \(decimal($0 * 100, 1))% of the same class" } ?? ""
    let place = other == nil ? "training image" : "image of \(other ?? "")"
    Console.print(
      "mean distance of \(isRun ? "samples" : "images") to the nearest \(place) "
        + "\(decimal(numbers.meanDistance, 3))\(reference)\(same)")
  }
}
