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
  /// Makes what measures the generator, once the data is open and before anything is written.
  public typealias MakeEvaluator = (RunConfiguration) throws -> (any TrainingEvaluator)?

  /// The run's folder.
  public let directory: RunDirectory
  /// What is trained and how.
  public let configuration: RunConfiguration
  /// The recipe in its present state.
  public internal(set) var recipe: R
  /// Steps made.
  public internal(set) var step: Int
  /// Facts of the data.
  public let feed: DataFeed
  /// The newest evaluation since the session was made.
  public internal(set) var evaluation: TrainingEvaluation?

  let evaluator: (any TrainingEvaluator)?
  let device: Device
  /// The run's own stream of random numbers, which nothing else of the process draws from.
  let random: RandomGenerator
  let preview: PreviewMaterial
  var clock: StepClock
  var savedStep: Int?
  var sampledStep: Int?
  var isTimeUp = false
  private let lock: RunLock

  /// Starts a new run: opens the data, checks everything, makes the folder.
  ///
  /// - Parameter evaluator: what measures the generator at the intervals of `plan.evaluation`;
  ///   weights do not depend on it.
  /// - Throws: one-line errors naming the file or field, before anything is written.
  public init(
    new plan: TrainingPlan<R>, in place: RunPlace, evaluator: MakeEvaluator = { _ in nil }
  ) throws {
    try plan.validate()
    let device = try Device(named: plan.device)
    let random = RandomGenerator(seed: plan.seed, device: device)
    (self.device, self.random) = (device, random)
    LibTorch.threads = plan.threads
    feed = try DataFeed(
      plan.config, plan.data, plan.chosenBatchSize, plan.seed, for: R.self, device)
    configuration = try plan.configuration(on: feed.described)
    self.evaluator = try evaluator(configuration)
    let shape = try configuration.shape()
    recipe = try random.run { try R(plan.config, for: shape, on: device) }
    preview = try PreviewMaterial(configuration, R.layout(plan.config), on: device)
    (directory, lock) = try RunDirectory.create(at: place, configuration)
    (step, clock) = (0, StepClock(at: nil))
  }

  /// Goes on from a run's newest checkpoint. A run without one starts again from its beginning.
  ///
  /// - Parameters:
  ///   - steps: a new total, to prolong the run.
  ///   - evaluation: how the generator is measured from now on, in the place of what was asked for.
  ///   - evaluator: as for a new run.
  public init(
    resuming path: String, steps: Int? = nil, evaluation: EvaluationSettings? = nil,
    evaluator: MakeEvaluator = { _ in nil }
  ) throws {
    let directory = RunDirectory(path)
    let stored = try directory.configuration(of: R.self)
    lock = try RunLock(path)
    directory.removeUnfinished()
    try directory.restoreFolders()
    let state = try directory.checkpointSteps.last.map {
      try Checkpoint.state(at: $0, in: directory, of: stored)
    }
    var configuration = stored
    configuration.evaluation = evaluation ?? stored.evaluation
    try configuration.prolong(to: steps, from: state, path)
    try configuration.validate()
    let config = try directory.checkingConfig { try R.Config.decoded(from: stored.config) }
    let device = try Device(named: stored.device)
    let random = RandomGenerator(seed: stored.seed, device: device)
    (self.device, self.random) = (device, random)
    LibTorch.threads = stored.threads
    LibTorch.linearBackend = stored.versions.linear
    feed = try directory.checkingConfig {
      try DataFeed(config, stored.data, stored.batchSize, stored.seed, for: R.self, device)
    }
    try directory.checkData(of: stored, against: feed)
    self.evaluator = try evaluator(configuration)
    (self.directory, self.configuration) = (directory, configuration)
    let shape = try configuration.shape()
    recipe = try random.run { try R(config, for: shape, on: device) }
    preview = try PreviewMaterial(configuration, R.layout(config), on: device)
    (step, clock) = (state?.step ?? 0, StepClock(at: state))
    savedStep = state?.step
    if let state {
      let recipe = recipe
      try random.run {
        try Checkpoint.restore(
          recipe, at: state.step, in: directory, training: true, device: device)
      }
    }
    if configuration != stored { try directory.write(configuration) }
  }
}

extension DataFeed {
  /// The data of a recipe, checked against what its networks can take.
  fileprivate convenience init<R: Recipe>(
    _ config: R.Config, _ data: DataConfiguration, _ batchSize: Int, _ seed: UInt64, for _: R.Type,
    _ device: Device
  ) throws {
    let needs = R.needs(config)
    try self.init(
      data, layout: R.layout(config), fitting: { needs.nearest(to: $0) },
      fallback: R.defaults(for: config).size, batchSize: batchSize, seed: seed, on: device)
    try R.validate(config, for: shape)
  }
}

extension RunConfiguration {
  /// Sets a new total of steps, if one is asked for.
  ///
  /// - Throws: ``RunError`` where nothing is left to do.
  fileprivate mutating func prolong(
    to steps: Int?, from state: Checkpoint.State?, _ path: String
  ) throws {
    let made = state?.step ?? 0
    if let steps {
      guard steps > made, steps <= Self.mostSteps else {
        throw RunError.field(
          "steps", found: "\(steps)",
          expected: "more than the \(made) made, at most \(Self.mostSteps)")
      }
      (self.steps, length) = (steps, .steps(steps))
    } else if let seconds = length.seconds {
      guard state?.seconds ?? 0 < seconds else { throw RunError.complete(path, steps: made) }
    } else if made >= self.steps {
      throw RunError.complete(path, steps: self.steps)
    }
  }
}

extension RunDirectory {
  /// Makes sure that a run's data is what it was.
  fileprivate func checkData(of stored: RunConfiguration, against found: DataFeed) throws {
    let source = stored.data.source
    if let shape = stored.data.shape, shape != found.shape {
      throw RunError.config(
        configURL.path, reason: "the shape of \(source) has changed since the run began")
    }
    if let count = stored.data.count, count != found.count {
      throw RunError.config(
        configURL.path,
        reason: "\(source) had \(count) images when the run began, now \(found.count)")
    }
  }
}
