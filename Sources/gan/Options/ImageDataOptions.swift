import ArgumentParser
import GANAnalysis
import GANData
import GANKit
import GANTraining
import Torch

/// Which images an analysis looks at.
struct ImageDataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A built-in set or a path (default: what the run was trained on).",
      valueName: "name or path"))
  var data: String?

  /// A split of the set, prepared as the run's own images.
  func images(for run: OpenedRun, split: Split) throws -> PreparedImages {
    try PreparedImages(configuration(of: run), split: split)
  }

  /// The images of the test split; `nil` for a set without one, all images of which are trained on.
  func heldOut(for run: OpenedRun) throws -> PreparedImages? {
    let data = try configuration(of: run)
    let training = try DataSource.open(data, split: .train)
    guard training.count < (try DataSource.open(data, split: .all)).count else { return nil }
    return try images(for: run, split: .test)
  }

  /// The set, prepared as the run's own images.
  func configuration(of run: OpenedRun) throws -> DataConfiguration {
    var configuration = run.configuration.data
    configuration.source = data ?? configuration.source
    configuration.attributes = run.configuration.data.attributes(of: configuration.source)
    if ToyDistribution(rawValue: configuration.source) != nil {
      throw RunError.option(
        "--data", found: "'\(configuration.source)'", expected: "a set of images, not points")
    }
    return configuration
  }
}

extension OpenedRun {
  /// Classes as a conditional generator takes them, `nil` for an unconditional one.
  ///
  /// - Throws: `RunError` where a class is missing or is none of the system's.
  func labels(_ classes: [Int?]) throws -> Tensor? {
    guard generator.classCount > 0 else { return nil }
    let known = classes.compactMap { $0 }
    guard known.count == classes.count else {
      throw RunError.option(
        "--data", found: "no labels",
        expected: "a labelled set, for '\(configuration.recipe)' is conditional")
    }
    for index in known { try check("--data", class: index) }
    return Tensor(known).moved(to: device)
  }
}
