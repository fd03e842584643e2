import GANData
import GANKit
import GANTraining
import Torch

/// A generator at a checkpoint, whichever system it belongs to.
package struct GeneratingRun {
  package let generator: any GenerativeRecipe
  package let configuration: RunConfiguration
  package let device: Device
  /// The step of the checkpoint.
  package let step: Int
  /// What it was trained on.
  package let dataShape: DataShape

  /// A run whose system can draw samples.
  package init(_ run: Run) throws {
    generator = try run.role((any GenerativeRecipe).self, "draw from noise")
    (configuration, device, step) = (run.configuration, run.device, run.step)
    dataShape = run.shape
  }

  /// Opens a run whose system can draw samples.
  package init(
    _ path: String, step: CheckpointChoice = .newest, device name: String = "cpu"
  ) throws {
    try self.init(Run.open(path, step: step, on: Device(named: name)))
  }

  /// Opens a run that draws images, not points.
  package init(images path: String, step: CheckpointChoice = .newest) throws {
    try self.init(path, step: step)
    if drawsPoints { throw RunError.unsupported("\(path): the run draws points, not images") }
  }

  /// The same system with the initial values that a seed decides, which are not those of a run of
  /// the same seed.
  package func untrained(seed: UInt64) throws -> any Recipe {
    try GeneratingRun.new(generator, configuration, seed: seed, on: device)
  }

  private static func new<R: Recipe>(
    _: R, _ configuration: RunConfiguration, seed: UInt64, on device: Device
  ) throws -> any Recipe {
    let config = try R.Config.decoded(from: configuration.config)
    let shape = try configuration.shape()
    return try Randomness.isolated(seed: ~seed, on: device) {
      try R(config, for: shape, on: device)
    }
  }

  /// What its samples look like.
  package var shape: [Int] { dataShape.imageShape }

  /// Whether it draws points instead of images.
  package var drawsPoints: Bool { dataShape.arePoints }

  /// Of what it draws points.
  ///
  /// - Throws: `DataError` for a table of a density that is lost or changed, `RunError` for a run of images.
  package func points() throws -> PointDistribution {
    guard let points = try PointDistribution.named(configuration.data.source) else {
      throw RunError.unsupported(
        "the run draws images of '\(configuration.data.source)', not points")
    }
    return points
  }

  /// Stops where `count` pictures would be too much for memory.
  package func check(_ option: String, pictures count: Int) throws {
    let most = (1 << 31) / max(shape.reduce(1, *), 1)
    guard count <= most else {
      throw RunError.field(
        option, found: "\(count) pictures",
        expected: "at most \(most) of \(shape.map(String.init).joined(separator: "x"))")
    }
  }

  /// The classes in label order.
  package var classNames: [String] {
    configuration.data.classNames ?? (0..<generator.classCount).map(String.init)
  }

  /// The number of a class. Where no class is called by a number, numbers from 0 are understood, too.
  ///
  /// - Throws: `RunError` naming the option and the classes.
  package func classIndex(_ option: String, _ name: String) throws -> Int {
    let names = classNames
    if let index = names.firstIndex(of: name) { return index }
    if let index = Int(name), names.allSatisfy({ Int($0) == nil }) {
      try check(option, class: index)
      return index
    }
    throw RunError.field(
      option, found: "'\(name)'",
      expected: names.isEmpty
        ? "none, for '\(configuration.recipe)' is not conditional" : "one of \(listed(names))")
  }

  /// Stops unless a class is one of the system's.
  package func check(_ option: String, class index: Int) throws {
    let classes = generator.classCount
    guard classes > 0 else {
      throw RunError.field(
        option, found: "\(index)",
        expected: "none, for '\(configuration.recipe)' is not conditional")
    }
    guard (0..<classes).contains(index) else {
      throw RunError.field(
        option, found: "\(index)", expected: "classes from 0 to \(classes - 1)")
    }
  }
}
