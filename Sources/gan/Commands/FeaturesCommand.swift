import ArgumentParser
import GANAnalysis
import GANData
import GANKit
import GANTraining
import Torch
import SwiftGAN

/// `gan analyze features`
struct FeaturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features", abstract: "Classify images by the discriminator's features.",
    discussion: """
      The maps of all layers, max-pooled to 4x4 where they have places, go into a linear classifier \
      with squared hinge loss (Radford et al. 2015, section 5); a conditional discriminator is not \
      told the class, its features are means over all classes. It is trained on labelled training images, as many of \
      each class, and counted on the test split; beside it one of the pixels and one of a \
      discriminator with random weights.

      EXAMPLES:
        gan analyze features runs/dcgan-1
        gan analyze features runs/dcgan-1 --labels 1000 --json
      """)

  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @OptionGroup var data: ImageDataOptions

  @Option(help: "How many labelled images to train on.")
  var labels = 10_000

  @Option(help: "How many test images at most.")
  var tests = 10_000

  @Option(help: "Decides the choice of images and the random weights.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    try checkField("labels", labels, 10...1_000_000)
    try checkField("tests", tests, 1...1_000_000)
    let run = try GeneratingRun(images: path)
    let trained = try LayeredDiscriminator(of: run.generator, shape: run.dataShape)
    let random = try LayeredDiscriminator(of: run.untrained(seed: seed), shape: run.dataShape)
    let training = try labelled(data.images(for: run, split: .train), run)
    guard let heldOut = try data.heldOut(for: run) else {
      throw RunError.unsupported("'\(name(run))' has no test split to count on")
    }
    let testing = try labelled(heldOut, run)
    let indices = (training.balanced(labels, seed: seed), testing.chosen(tests, seed: seed))
    let score = { (function: (Tensor) -> Tensor) in
      FeatureClassification(
        training: (
          try training.features(indices.0, function), indices.0.map { training.labels[$0] }
        ),
        testing: (try testing.features(indices.1, function), indices.1.map { testing.labels[$0] }),
        classes: training.classNames.count)
    }
    try report(
      FeatureNumbers(
        labels: indices.0.count, tests: indices.1.count,
        discriminator: score(trained.features), random: score(random.features),
        pixels: score { $0.contiguous().flattened(from: 1) }))
  }

  private func name(_ run: GeneratingRun) -> String { data.data ?? run.configuration.data.source }

  private func labelled(_ images: PreparedImages, _ run: GeneratingRun) throws -> PreparedImages {
    guard !images.labels.isEmpty, images.classNames.count > 1 else {
      throw RunError.unsupported("'\(name(run))' has no classes to tell apart")
    }
    return images
  }

  private func report(_ numbers: FeatureNumbers) throws {
    if json { return try Console.print(prettyJSON: numbers) }
    Console.print("\(numbers.labels) labelled images, accuracy on \(numbers.tests) test images:")
    let rows = [
      ("discriminator", numbers.discriminator), ("random weights", numbers.random),
      ("pixels", numbers.pixels),
    ]
    Console.print(
      textTable(
        rows.map {
          ["  \($0.0)", "\(decimal($0.1.accuracy * 100, 2))%", "\($0.1.dimension) features"]
        }))
  }
}

/// What `gan analyze features` prints.
struct FeatureNumbers: Encodable {
  let labels, tests: Int
  let discriminator, random, pixels: FeatureClassification
}
