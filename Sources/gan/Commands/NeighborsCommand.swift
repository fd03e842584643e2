import ArgumentParser
import GANAnalysis
import GANData
import GANTraining
import Torch

/// `gan analyze neighbors`
struct NeighborsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "neighbors", abstract: "Show the training images nearest to samples.",
    discussion: """
      Samples that were learned by heart lie on their neighbours. Distances are Euclidean, of \
      pixels in [-1, 1]; those of as many images of the test split to the training images tell what \
      is usual for new ones.

      EXAMPLES:
        gan analyze neighbors runs/dcgan-1 --output near.png
        gan analyze neighbors runs/dcgan-1 --count 500 --json
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @OptionGroup var data: ImageDataOptions

  @Option(help: "How many samples.")
  var count = 64

  @Option(help: "Neighbours of each.")
  var neighbors = 5

  @Option(help: "Decides the noise.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to show the first 12.", valueName: "FILE.png|FILE.svg"))
  var output: String?

  func run() throws {
    let file = try output.map { try DrawingFile($0) }
    try checkOption("--count", count, 1...10_000)
    try checkOption("--neighbors", neighbors, 1...100)
    let run = try OpenedRun(images: path)
    let training = try data.images(for: run, split: .train)
    try checkOption("--neighbors", neighbors, 1...training.count)
    let images = try samples(of: run)
    let found = try TrainingNeighbors(of: images, in: training, k: neighbors)
    try file?.write(found.scene(of: images, in: training))
    try report(found, usual: heldOutDistance(for: run, in: training))
  }

  private func samples(of run: OpenedRun) throws -> Tensor {
    let samples = try Samples(of: run, count: count, seed: seed, latent: nil, classes: nil)
    let drawn = SampleSheet.bytes(
      of: run.generator, latent: samples.latent, labels: samples.labels(on: run.device))
    return Tensor(bytes: drawn.pixels, shape: drawn.shape).cast(to: .float32) * (2.0 / 255) - 1
  }

  /// The mean distance of test images to the training set; `nil` for a set without a test split.
  private func heldOutDistance(for run: OpenedRun, in training: PreparedImages) throws -> Double? {
    guard let testing = try data.heldOut(for: run) else { return nil }
    let images = try testing.tensor(testing.chosen(count, seed: seed))
    return try TrainingNeighbors(of: images, in: training, k: 1).meanDistance
  }

  private func report(_ found: TrainingNeighbors, usual: Double?) throws {
    let numbers = NeighborNumbers(
      samples: count, meanDistance: found.meanDistance, testDistance: usual,
      indices: found.indices, distances: found.distances)
    if json { return try Console.print(prettyJSON: numbers) }
    let reference = usual.map { "; of test images \(decimal($0, 3))" } ?? ""
    Console.print(
      "mean distance of samples to the nearest training image "
        + "\(decimal(found.meanDistance, 3))\(reference)")
  }
}

/// What `gan analyze neighbors` prints.
struct NeighborNumbers: Encodable {
  let samples: Int
  let meanDistance: Double
  let testDistance: Double?
  let indices: [[Int]]
  let distances: [[Double]]
}
