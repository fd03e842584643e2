import Foundation
import GANData
import GANKit
import Torch
import TorchNN

/// Trains one recipe in one run directory: steps, log, sample sheets, checkpoints, resuming.
///
/// A session and its recipe stay on the thread that made them. With the same configuration, seed
/// and thread count two runs are equal bit for bit, and so is a run that was stopped and resumed.
public final class TrainingSession<R: Recipe> {
  /// The run's folder.
  public let directory: RunDirectory
  /// What is trained and how.
  public private(set) var configuration: RunConfiguration
  /// The recipe in its present state.
  public internal(set) var recipe: R
  /// Steps made.
  public internal(set) var step: Int
  /// Facts of the data.
  public let feed: DataFeed
  /// Measures the generator at the intervals of `configuration.evaluation`; without one nothing is
  /// measured. Weights do not depend on it.
  public var evaluator: (any TrainingEvaluator)?
  /// The newest evaluation since the session was made.
  public internal(set) var evaluation: TrainingEvaluation?

  let device: Device
  let fixed: FixedSamples?
  var clock: StepClock
  var savedStep: Int?
  var sampledStep: Int?
  var isTimeUp = false
  private let lock: RunLock

  /// Starts a new run: opens the data, checks everything, makes the folder.
  ///
  /// - Parameter settle: called when the data is open, with the steps that one pass over it takes,
  ///   to decide what depends on them.
  /// - Throws: one-line errors naming the file, option or field, before anything is written.
  public init(
    new configuration: RunConfiguration, in place: RunPlace,
    settle: (inout RunConfiguration, _ stepsPerEpoch: Int) throws -> Void = { _, _ in }
  ) throws {
    var (configuration, feed, device) = try Self.prepared(configuration)
    try settle(&configuration, feed.stepsPerEpoch)
    try configuration.validate()
    Randomness.seed(configuration.seed)
    recipe = R(try R.Config.decoded(from: configuration.config), data: feed.shape, on: device)
    try Self.checkClasses(of: recipe, configuration.data)
    (directory, lock) = try RunDirectory.create(at: place, configuration)
    (self.configuration, self.feed, self.device) = (configuration, feed, device)
    (step, clock) = (0, StepClock(at: nil))
    fixed = try FixedSamples(recipe, configuration, on: device)
  }

  /// Goes on from a run's newest checkpoint. A run without one starts again from its beginning.
  ///
  /// - Parameters:
  ///   - steps: a new total, to prolong the run.
  ///   - settle: called when the data is open, to change what weights do not depend on, before
  ///     anything is written.
  public init(
    resuming path: String, steps: Int? = nil,
    settle: (inout RunConfiguration) throws -> Void = { _ in }
  ) throws {
    let directory = RunDirectory(path)
    var stored = try directory.configuration()
    lock = try RunLock(path)
    directory.removeUnfinished()
    try directory.restoreFolders()
    let state = try directory.checkpointSteps.last.map {
      try Checkpoint.state(at: $0, in: directory, of: stored)
    }
    try Self.prolong(&stored, to: steps, from: state?.step ?? 0, path)
    let asked = stored
    var (configuration, feed, device) = try directory.checkingConfig { try Self.prepared(asked) }
    try directory.checkData(of: stored, against: configuration.data)
    try settle(&configuration)
    try configuration.validate()
    self.directory = directory
    (self.configuration, self.feed, self.device) = (configuration, feed, device)
    Randomness.seed(configuration.seed)
    recipe = R(try R.Config.decoded(from: configuration.config), data: feed.shape, on: device)
    fixed = try FixedSamples(recipe, configuration, on: device)
    (step, clock) = (state?.step ?? 0, StepClock(at: state))
    savedStep = state?.step
    if let state {
      try Checkpoint.restore(recipe, at: state.step, in: directory, training: true, device: device)
    }
    if steps != nil || configuration.evaluation != stored.evaluation {
      try directory.write(configuration)
    }
  }

  /// Classes that were asked for by name and that nothing would look at are refused.
  private static func checkClasses(of recipe: R, _ data: DataConfiguration) throws {
    guard let attributes = data.attributes, R.Batch.kind == .labeledIfAny,
      let generator = recipe as? any GenerativeRecipe, generator.classCount == 0
    else { return }
    throw RunError.option(
      "--attribute", found: "'\(attributes.joined(separator: ","))'",
      expected: "none, unless the system's configuration makes it conditional")
  }

  private static func prolong(
    _ configuration: inout RunConfiguration, to steps: Int?, from made: Int, _ path: String
  ) throws {
    guard let steps else {
      guard made < configuration.steps else {
        throw RunError.complete(path, steps: configuration.steps)
      }
      return
    }
    guard steps > made, steps <= RunConfiguration.mostSteps else {
      throw RunError.option(
        "--steps", found: "\(steps)",
        expected: "more than the \(made) made, at most \(RunConfiguration.mostSteps)")
    }
    configuration.steps = steps
  }

  private static func prepared(
    _ configuration: RunConfiguration
  ) throws -> (RunConfiguration, DataFeed, Device) {
    var configuration = configuration
    try configuration.validate()
    let config = try R.Config.decoded(from: configuration.config)
    try config.validate()
    let device = try Device(named: configuration.device)
    LibTorch.threads = configuration.threads
    let feed = try DataFeed(
      configuration.data, kind: R.Batch.kind,
      size: configuration.data.size ?? R.defaultSize(for: config),
      fitting: { R.fittingSize($0, for: config) }, batchSize: configuration.batchSize,
      seed: configuration.seed, on: device)
    try R.validate(config, for: feed.shape)
    (configuration.data.shape, configuration.data.count) = (feed.shape, feed.count)
    configuration.data.classNames = feed.classNames.isEmpty ? nil : feed.classNames
    return (configuration, feed, device)
  }
}

extension RunDirectory {
  /// Makes sure that a run's data is what it was.
  fileprivate func checkData(
    of stored: RunConfiguration, against found: DataConfiguration
  ) throws {
    let source = stored.data.source
    if let shape = stored.data.shape, let new = found.shape, shape != new {
      throw RunError.config(
        configURL.path, reason: "the shape of \(source) has changed since the run began")
    }
    if let count = stored.data.count, let new = found.count, count != new {
      throw RunError.config(
        configURL.path, reason: "\(source) had \(count) images when the run began, now \(new)")
    }
  }
}
