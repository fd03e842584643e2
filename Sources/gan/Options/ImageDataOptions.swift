import ArgumentParser
import GANAnalysis
import GANData
import GANKit
import GANTraining
import Torch
import SwiftGAN

/// Which images an analysis looks at.
struct ImageDataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A built-in set or a path (default: what the run was trained on).",
      valueName: "name or path"))
  var data: String?

  /// The images, prepared as the run's own.
  func images(of run: GeneratingRun) -> RunImages { RunImages(run, data) }

  /// A split of the set, prepared as the run's own images.
  func images(for run: GeneratingRun, split: Split) throws -> PreparedImages {
    try images(of: run).split(split)
  }

  /// The images of the test split; `nil` for a set without one, all images of which are trained on.
  func heldOut(for run: GeneratingRun) throws -> PreparedImages? { try images(of: run).heldOut() }

  /// The set, prepared as the run's own images.
  func configuration(of run: GeneratingRun) throws -> DataConfiguration {
    try images(of: run).configuration()
  }
}

extension GeneratingRun {
  /// The classes of some images of a set as a conditional generator takes them, `nil` for an
  /// unconditional one.
  ///
  /// - Throws: `RunError` where the set has no classes, or others than the system.
  func labels(of images: PreparedImages, _ indices: [Int]) throws -> Tensor? {
    guard generator.classCount == 0 || images.labels.isEmpty || images.classNames == classNames
    else {
      throw RunError.field(
        "source", found: "a set of \(listed(images.classNames))",
        expected: "one of the classes \(listed(classNames))")
    }
    return try labels(indices.map { images.labels.isEmpty ? nil : images.labels[$0] })
  }

  /// Classes as a conditional generator takes them, `nil` for an unconditional one.
  ///
  /// - Throws: `RunError` where a class is missing or is none of the system's.
  func labels(_ classes: [Int?]) throws -> Tensor? {
    guard generator.classCount > 0 else { return nil }
    let known = classes.compactMap { $0 }
    guard known.count == classes.count else {
      throw RunError.field(
        "source", found: "no labels",
        expected: "a labelled set, for '\(configuration.recipe)' is conditional")
    }
    for index in known { try check("data", class: index) }
    return Tensor(known).moved(to: device)
  }
}
