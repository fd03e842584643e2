import GANKit
import GANTraining
import Torch

/// A run at a checkpoint, whichever system it belongs to.
struct OpenedRecipe {
  let recipe: any Recipe
  let kind: DataKind
  let configuration: RunConfiguration
  let device: Device
  /// The step of the checkpoint.
  let step: Int

  init(_ path: String, step: CheckpointChoice = .newest, device name: String = "cpu") throws {
    let device = try Device(named: name)
    OutOfMemory.limitAllocations(on: name)
    let directory = RunDirectory(path)
    let configuration = try directory.configuration()
    let type = try gan.recipe(of: configuration, in: path)
    let opened = try OpenedRecipe.open(type, directory, step: step, on: device)
    (self.configuration, self.device) = (configuration, device)
    (recipe, kind, self.step) = opened
  }

  private static func open<R: Recipe>(
    _: R.Type, _ directory: RunDirectory, step: CheckpointChoice, on device: Device
  ) throws -> (recipe: any Recipe, kind: DataKind, step: Int) {
    let run = try TrainedRun<R>(directory, step: step, on: device)
    return (run.recipe, R.Batch.kind, run.step)
  }
}

/// A generator at a checkpoint, whichever system it belongs to.
struct OpenedRun {
  let generator: any GenerativeRecipe
  let configuration: RunConfiguration
  let device: Device
  /// The step of the checkpoint.
  let step: Int

  /// Opens a run whose system can draw samples.
  init(_ path: String, step: CheckpointChoice = .newest, device name: String = "cpu") throws {
    let opened = try OpenedRecipe(path, step: step, device: name)
    guard let generator = opened.recipe as? any GenerativeRecipe else {
      throw RunError.unsupported(
        "\(path): '\(opened.configuration.recipe)' does not draw from noise")
    }
    self.generator = generator
    (configuration, device, self.step) = (opened.configuration, opened.device, opened.step)
  }

  /// A generator that is being trained.
  init(_ generator: any GenerativeRecipe, _ configuration: RunConfiguration, step: Int) throws {
    (self.generator, self.configuration, self.step) = (generator, configuration, step)
    device = try Device(named: configuration.device)
  }

  /// Opens a run that draws images, not points.
  init(images path: String, step: CheckpointChoice = .newest) throws {
    try self.init(path, step: step)
    if drawsPoints { throw RunError.unsupported("\(path): the run draws points, not images") }
  }

  /// The same system with the initial values that a seed decides, which are not those of a run of
  /// the same seed.
  func untrained(seed: UInt64) throws -> any Recipe {
    try OpenedRun.new(generator, configuration, seed: seed, on: device)
  }

  private static func new<R: Recipe>(
    _: R, _ configuration: RunConfiguration, seed: UInt64, on device: Device
  ) throws -> any Recipe {
    let config = try R.Config.decoded(from: configuration.config)
    guard let shape = configuration.data.shape else {
      throw RunError.unsupported("the run does not say what its data looks like")
    }
    return Randomness.isolated(seed: ~seed, on: device) { R(config, data: shape, on: device) }
  }

  /// What its samples look like.
  var shape: [Int] { configuration.data.shape?.imageShape ?? [] }

  /// What it was trained on.
  var dataShape: DataShape {
    configuration.data.shape ?? DataShape(channels: 1, height: 1, width: 1)
  }

  /// Whether it draws points of the plane instead of images.
  var drawsPoints: Bool { shape == [2, 1, 1] }

  /// Stops where `count` pictures would be too much for memory.
  func check(_ option: String, pictures count: Int) throws {
    let most = (1 << 31) / max(shape.reduce(1, *), 1)
    guard count <= most else {
      throw RunError.option(
        option, found: "\(count) pictures",
        expected: "at most \(most) of \(shape.map(String.init).joined(separator: "x"))")
    }
  }

  /// Stops unless a class is one of the system's.
  func check(_ option: String, class index: Int) throws {
    let classes = generator.classCount
    guard classes > 0 else {
      throw RunError.option(
        option, found: "\(index)",
        expected: "none, for '\(configuration.recipe)' is not conditional")
    }
    guard (0..<classes).contains(index) else {
      throw RunError.option(
        option, found: "\(index)", expected: "classes from 0 to \(classes - 1)")
    }
  }
}
