import GANData
import GANKit
import GANTraining
import GANZoo
import Torch
import TorchNN

/// A trained run opened for use, whichever system it belongs to.
///
/// ```swift
/// let run = try DCGAN.train(on: .mnist, for: .minutes(3), in: "runs/mine")
/// let sheet = try run.sample(16, seed: 1).sheet
/// let best = try Run.open("runs/mine", step: .best)
/// ```
///
/// Everything that it draws, translates or classifies is computed in evaluation mode without a graph
/// and from random numbers of its own, and changes nothing. A run stays on the thread that opened it.
public struct Run {
  /// The run's folder.
  public let directory: RunDirectory
  /// The networks at the checkpoint.
  public let recipe: any Recipe
  /// What was trained and how.
  public let configuration: RunConfiguration
  /// The checkpoint's step.
  public let step: Int
  /// Where the networks live.
  public let device: Device
  /// Which sets of images the system learns from.
  public let layout: DataLayout
  /// What the data looks like.
  public let shape: DataShape

  /// Opens a run of a system of the zoo, or of one of `recipes`.
  ///
  /// - Parameters:
  ///   - path: the run's folder.
  ///   - step: which checkpoint.
  ///   - device: where it computes.
  ///   - recipes: systems beside those of the zoo.
  /// - Throws: one-line errors naming the file and what is wrong with it.
  public static func open(
    _ path: String, step: CheckpointChoice = .newest, on device: Device = .cpu,
    recipes: [any Recipe.Type] = []
  ) throws -> Run {
    let directory = RunDirectory(path)
    let name = try directory.configuration().recipe
    return try open(recipe(named: name, in: path, recipes), directory, step, device)
  }

  private static func open<R: Recipe>(
    _: R.Type, _ directory: RunDirectory, _ step: CheckpointChoice, _ device: Device
  ) throws -> Run {
    Run(try TrainedRun<R>(directory, step: step, on: device), in: directory)
  }

  init<R: Recipe>(_ run: TrainedRun<R>, in directory: RunDirectory) {
    (self.directory, recipe, configuration) = (directory, run.recipe, run.configuration)
    (step, device, layout, shape) = (run.step, run.device, run.layout, run.shape)
  }

  /// The system of a run.
  package static func recipe(
    named name: String, in path: String, _ others: [any Recipe.Type] = []
  ) throws -> any Recipe.Type {
    if let own = others.first(where: { $0.card.name == name }) { return own }
    do {
      return try Zoo.recipe(named: name)
    } catch {
      throw RunError.config("\(path)/config.json", reason: "\(error)")
    }
  }

  /// The run's folder as it was named.
  public var path: String { directory.path }

  /// The system in the role asked for.
  ///
  /// - Throws: ``RunError/unsupported(_:)`` for a system that cannot do it.
  package func role<Role>(_: Role.Type, _ does: String) throws -> Role {
    guard let role = recipe as? Role else {
      throw RunError.unsupported("\(path): '\(configuration.recipe)' does not \(does)")
    }
    return role
  }

  /// Runs `body` in evaluation mode without a graph, from random numbers of its own.
  package func inUse<Result>(seed: UInt64, _ body: () throws -> Result) rethrows -> Result {
    try Randomness.isolated(seed: seed, on: device) { try evaluating(body) }
  }
}
