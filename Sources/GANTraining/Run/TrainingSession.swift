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
  /// Makes what measures the system, once it is made and before anything is written.
  public typealias MakeEvaluator = (RunConfiguration, R) throws -> (any TrainingEvaluator)?

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
  /// What somebody should know before it trains, a line each.
  public let remarks: [String]
  /// The newest evaluation since the session was made.
  public internal(set) var evaluation: TrainingEvaluation?

  let evaluator: (any TrainingEvaluator)?
  let engine: Engine
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
    new plan: TrainingPlan<R>, in place: RunPlace, evaluator: MakeEvaluator = { _, _ in nil }
  ) throws {
    try plan.validate()
    var plan = plan
    let choice = plan.threads.map { ThreadChoice($0) } ?? .measured()
    plan.threads = choice.threads
    let engine = try Engine(
      device: plan.device, seed: plan.seed, threads: choice.threads,
      products: LibTorch.linearBackend)
    self.engine = engine
    feed = try DataFeed(
      plan.config, plan.data, plan.chosenBatchSize, plan.seed, for: R.self, engine.device,
      fallback: plan.chosenDefaults.size)
    let configuration = try plan.configuration(on: feed.described)
    self.configuration = configuration
    let shape = try configuration.shape()
    remarks = [R.shortfall(of: plan.config, in: shape), choice.remark].compactMap { $0 }
    let recipe = try engine.drawing { try R(plan.config, for: shape, on: engine.device) }
    self.recipe = recipe
    self.evaluator = try engine.run { try evaluator(configuration, recipe) }
    preview = try PreviewMaterial(configuration, R.layout(plan.config), on: engine.device)
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
    evaluator: MakeEvaluator = { _, _ in nil }
  ) throws {
    let directory = RunDirectory(path)
    let found = try directory.configuration(of: R.self)
    var stored = found
    let engine = try Engine(of: &stored, in: directory)
    self.engine = engine
    lock = try RunLock(path)
    directory.removeUnfinished()
    try directory.restoreFolders()
    let state = try directory.checkpointSteps.last.map {
      try Checkpoint.state(at: $0, in: directory, of: found)
    }
    var configuration = stored
    configuration.evaluation = evaluation ?? stored.evaluation
    try configuration.prolong(to: steps, from: state, path)
    try configuration.validate()
    let config = try directory.checkingConfig { try R.Config.decoded(from: stored.config) }
    feed = try directory.checkingConfig {
      try DataFeed(
        config, configuration.data, configuration.batchSize, configuration.seed, for: R.self,
        engine.device)
    }
    try directory.checkData(of: configuration, against: feed)
    (self.directory, self.configuration) = (directory, configuration)
    let shape = try configuration.shape()
    remarks = [R.shortfall(of: config, in: shape)].compactMap { $0 }
    let recipe = try engine.drawing { try R(config, for: shape, on: engine.device) }
    self.recipe = recipe
    self.evaluator = try engine.run { [configuration] in try evaluator(configuration, recipe) }
    preview = try PreviewMaterial(configuration, R.layout(config), on: engine.device)
    (step, clock) = (state?.step ?? 0, StepClock(at: state))
    savedStep = state?.step
    if let state {
      try engine.drawing {
        try Checkpoint.restore(
          recipe, at: state.step, in: directory, training: true, device: engine.device)
      }
    }
    if configuration != found { try directory.write(configuration) }
  }
}

extension DataFeed {
  /// The data of a recipe, checked against what its networks can take.
  fileprivate convenience init<R: Recipe>(
    _ config: R.Config, _ data: DataConfiguration, _ batchSize: Int, _ seed: UInt64, for _: R.Type,
    _ device: Device, fallback: Int? = nil
  ) throws {
    let needs = R.needs(config)
    try self.init(
      data, layout: R.layout(config), fitting: { needs.nearest(to: $0) },
      fallback: fallback, batchSize: batchSize, seed: seed, on: device)
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
    let counts = stored.data.classCounts ?? found.classCounts
    for (name, (then, now)) in zip(found.classNames, zip(counts, found.classCounts))
    where then != now {
      throw RunError.config(
        configURL.path,
        reason: "class '\(name)' of \(source) had \(then) images when the run began, now \(now)")
    }
    if let count = stored.data.count, count != found.count {
      throw RunError.config(
        configURL.path,
        reason: "\(source) had \(count) images when the run began, now \(found.count)")
    }
  }
}
