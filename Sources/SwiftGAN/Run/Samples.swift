import Foundation
import GANData
import GANKit
import GANTraining
import Torch
import TorchNN

/// Which images of a system that draws pairs are drawn.
package enum DrawnDomain: String, CaseIterable, Sendable {
  /// The pairs, one image behind the other.
  case both
  /// The first images.
  case a
  /// The second images.
  case b
}

/// The noise and the classes of some samples.
package struct Samples {
  package let latent: Tensor
  /// A class for each sample; empty for an unconditional system.
  package let classes: [Int]
  /// The classes that take turns; empty for an unconditional system.
  package let turns: [Int]
  /// Columns of a picture of them all, where they belong together in rows.
  package var columns: Int?
  /// Which images of pairs are drawn; `nil` for what the system draws of itself.
  package var domain: DrawnDomain?
  /// What each is called in a folder: its number, and its seed where there are several.
  private var numbers: [String]

  /// Noise drawn from the seed, or given; classes in turn.
  ///
  /// - Parameters:
  ///   - classes: which ones; `nil` is all of a conditional system.
  ///   - shares: for each class of the system how often it takes its turn; `nil` is equally often.
  package init(
    of run: GeneratingRun, count: Int, seed: UInt64, latent: Tensor?, classes: [Int]?,
    shares: [Int]? = nil
  ) throws {
    for index in classes ?? [] { try run.check("classes", class: index) }
    let count = latent?.size(0) ?? count
    try checkField("count", count, 1...10_000_000)
    try run.check("count", pictures: count)
    self.latent = latent ?? run.generator.prior.rows(count, seed: seed, on: run.device)
    let wanted = classes ?? Array(0..<run.generator.classCount)
    turns = wanted
    let weights = wanted.map { shares?[$0] ?? 1 }
    guard wanted.isEmpty || weights.contains(where: { $0 > 0 }) else {
      throw RunError.field(
        "classes", found: "classes without images", expected: "some of which the data has images")
    }
    self.classes =
      wanted.isEmpty ? [] : ClassTurns.labels(count, shares: weights).map { wanted[$0] }
    numbers = (0..<count).map { String(format: "%06d", $0) }
  }

  /// `count` samples of each seed, seed after seed, each as if its seed were the only one.
  ///
  /// - Precondition: there is a seed.
  package init(
    of run: GeneratingRun, count: Int, seeds: [UInt64], classes: [Int]?, shares: [Int]?
  ) throws {
    try checkField("count", count, 1...10_000_000)
    try run.check("count", pictures: count * seeds.count)
    let parts = try seeds.map {
      try Samples(
        of: run, count: count, seed: $0, latent: nil, classes: classes, shares: shares)
    }
    latent = .concatenated(parts.map(\.latent))
    self.classes = parts.flatMap(\.classes)
    turns = parts[0].turns
    let isSeveral = seeds.count > 1
    numbers = zip(seeds, parts).flatMap { seed, part in
      part.numbers.map { isSeveral ? "seed\(seed)-\($0)" : $0 }
    }
  }

  /// The classes as the generator takes them.
  package func labels(on device: Device) -> Tensor? {
    classes.isEmpty ? nil : Tensor(classes).moved(to: device)
  }

  /// What each image is called in a folder.
  package var names: [String] {
    domain == .both ? numbers.flatMap { ["\($0)-a", "\($0)-b"] } : numbers
  }

  /// The images that the run draws, as bytes in the order `[N, C, H, W]`; `[2·N, C, H, W]` of pairs.
  package func images(of run: GeneratingRun) -> (pixels: [UInt8], shape: [Int]) {
    switch (domain, run.generator as? any CoupledRecipe) {
    case (.both, let recipe?): SampleSheet.bytes(ofPairs: recipe, latent: latent)
    case (.a, let recipe?): SampleSheet.bytes(ofFirst: recipe, latent: latent)
    default:
      SampleSheet.bytes(of: run.generator, latent: latent, labels: labels(on: run.device))
    }
  }

  /// Columns of a picture of all images; those of a pair stand side by side.
  package func columnCount(of run: GeneratingRun) -> Int {
    if let columns { return columns }
    let columns = pictureColumns(count: latent.size(0), classes: run.generator.classCount)
    return domain == .both ? 2 * columns : columns
  }

  /// The points that the run draws, `[N, D, 1, 1]` in [-1, 1].
  package func scaledPoints(of run: GeneratingRun) -> Tensor {
    evaluating { run.generator.generate(latent, labels: labels(on: run.device)) }
  }

  /// The points that the run draws, one after the other in the units of their distribution.
  package func points(of run: GeneratingRun) throws -> [Float] {
    try run.points().unscaled(scaledPoints(of: run).floats)
  }

  /// Noise from a file, one row a sample.
  package static func noise(_ path: String, for run: GeneratingRun) throws -> Tensor {
    let file = try NPYFile(readingFrom: path)
    let dimension = run.generator.prior.dimension
    guard file.element == .float32 else {
      throw DataError.mismatch(
        path: path, problem: "wrong elements for noise", expected: "float32",
        found: "\(file.element)")
    }
    guard file.shape.count == 2, file.shape[1] == dimension, file.shape[0] > 0 else {
      throw DataError.mismatch(
        path: path, problem: "wrong shape for the noise of '\(run.configuration.recipe)'",
        expected: "[N, \(dimension)]", found: "\(file.shape)")
    }
    let values = file.floats
    guard values.allSatisfy(\.isFinite) else {
      throw DataError.malformed(path: path, problem: "noise that is infinite or not a number")
    }
    return Tensor(values, shape: file.shape).moved(to: run.device)
  }
}
