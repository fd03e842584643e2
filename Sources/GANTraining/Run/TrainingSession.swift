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
  /// What a resumption has changed.
  public let changes: [RunChange]
  /// The newest evaluation since the session was made.
  public internal(set) var evaluation: TrainingEvaluation?

  let evaluator: (any TrainingEvaluator)?
  let engine: Engine
  let preview: PreviewMaterial
  var clock: StepClock
  var speed = SpeedWatch()
  var watcher = SampleWatch()
  /// How far real images are apart, once it is measured; 0 where it cannot be.
  var knownRealDistance: Double?
  /// What the newest sheet tells in numbers, until they are logged.
  var sampleFigures: [(name: String, value: Double)] = []
  /// What the next report is to say beside its numbers.
  var remark: String?
  var savedStep: Int?
  var lastEvaluation: Int?
  var sampledStep: Int?
  var isTimeUp = false
  /// Whether somebody measures the system.
  let isMeasured: Bool
  /// What the processes of a run have to have in common beside parameters.
  let networkBuffers: [Buffer]
  let steps: RepeatedSteps<R>
  /// Held by the process that writes.
  private let lock: RunLock?

  /// Starts a new run: opens the data, checks everything, makes the folder.
  ///
  /// - Parameter evaluator: what measures the generator at the intervals of `plan.evaluation`;
  ///   weights do not depend on it.
  /// - Throws: one-line errors naming the file or field, before anything is written.
  public init(
    new plan: TrainingPlan<R>, in place: RunPlace, evaluator: MakeEvaluator = { _, _ in nil }
  ) throws {
    try plan.validate()
    var weights = try plan.start.map { try StartingWeights($0) }
    var plan = plan
    let choice = try plan.threadChoice()
    plan.threads = choice.threads
    let engine = try Engine(
      device: plan.device, seed: plan.seed, threads: choice.threads,
      products: LibTorch.linearBackend)
    self.engine = engine
    feed = try DataFeed(
      plan.config, plan.data, plan.chosenBatchSize, plan.seed, for: R.self, engine.device,
      fallback: plan.chosenDefaults.size.map(ImageSize.init(side:)), parts: plan.defaultParts)
    var planned = try plan.configuration(on: feed.described)
    let shape = try planned.shape()
    let recipe = try engine.drawing { try R(plan.config, for: shape, on: engine.device) }
    try recipe.prepareForTraining()
    try weights?.load(into: recipe)
    planned.start = weights?.start
    let precision = try plan.chosenPrecision(on: feed, shape, engine, threads: choice.threads)
    planned.precision = precision.precision
    let configuration = planned
    let size = RunSize(of: recipe, configuration, feed.shape, from: 0, device: engine.device)
    let space = try engine.writes ? size.remark(in: place) : nil
    remarks = [
      R.shortfall(of: plan.config, in: shape), choice.remark, precision.remark, space,
    ].compactMap { $0 }
    self.configuration = configuration
    self.recipe = recipe
    self.evaluator = try engine.evaluator { try evaluator(configuration, recipe) }
    preview = try PreviewMaterial(
      configuration, for: recipe, R.layout(plan.config), on: engine.device)
    (directory, lock) = try engine.directory { try RunDirectory.create(at: place, configuration) }
    (step, clock, changes) = (0, StepClock(at: nil), [])
    (isMeasured, networkBuffers) = (engine.agreed(self.evaluator != nil), recipe.networkBuffers)
    steps = engine.steps(of: recipe)
    engine.begin(recipe, at: 0)
  }

  /// Goes on from a run's newest checkpoint. A run without one starts again from its beginning.
  ///
  /// - Parameters:
  ///   - change: what is to be other than it was.
  ///   - evaluator: as for a new run.
  public init(
    resuming path: String, with change: Resumption = Resumption(),
    evaluator: MakeEvaluator = { _, _ in nil }
  ) throws {
    let directory = RunDirectory(path)
    let found = try directory.configuration(of: R.self)
    if found.imported != nil {
      throw RunError.unsupported(
        "\(path): its weights were imported without the state of a training; start a new run from "
          + "them with --from")
    }
    var stored = found
    let engine = try Engine(of: &stored, in: directory)
    self.engine = engine
    lock = engine.writes ? try RunLock(path) : nil
    if engine.writes {
      directory.removeUnfinished()
      try directory.restoreFolders()
    }
    let state = try directory.checkpointSteps.last.map {
      try Checkpoint.state(at: $0, in: directory, of: found)
    }
    let resumed = try ResumedRun<R>(
      stored, with: change, at: RunPosition(state), in: directory, on: engine)
    (feed, self.directory) = (resumed.feed, directory)
    let shape = try resumed.configuration.shape()
    let recipe = try engine.drawing { try R(resumed.config, for: shape, on: engine.device) }
    try recipe.prepareForTraining()
    let isOfThese = state != nil && found.processes == engine.processes?.count
    if let state {
      try engine.drawing {
        try Checkpoint.restore(
          recipe, at: state.step, in: directory, training: true, device: engine.device,
          process: isOfThese ? engine.processes?.rank : nil)
      }
    } else if let start = stored.start {
      var weights = try StartingWeights(again: start)
      try weights.load(into: recipe)
    }
    if !isOfThese { engine.begin(recipe, at: state?.step ?? 0) }
    let (configuration, changes) = try resumed.finished(recipe)
    (self.configuration, self.changes, self.recipe) = (configuration, changes, recipe)
    let size = RunSize(
      of: recipe, configuration, resumed.feed.shape, from: state?.step ?? 0,
      existing: directory.checkpointSteps.count, device: engine.device)
    let space = try engine.writes ? size.remark(in: .at(path)) : nil
    remarks = [R.shortfall(of: resumed.config, in: shape), space].compactMap { $0 }
    self.evaluator = try engine.evaluator { try evaluator(configuration, recipe) }
    preview = try PreviewMaterial(
      configuration, for: recipe, R.layout(resumed.config), on: engine.device)
    (step, clock) = (state?.step ?? 0, StepClock(at: state))
    (isMeasured, networkBuffers) = (engine.agreed(self.evaluator != nil), recipe.networkBuffers)
    steps = engine.steps(of: recipe)
    savedStep = state?.step
    if configuration != found, engine.writes { try directory.write(configuration) }
  }
}

extension DataFeed {
  /// The data of a recipe, checked against what its networks can take.
  convenience init<R: Recipe>(
    _ config: R.Config, _ data: DataConfiguration, _ batchSize: Int, _ seed: UInt64, for _: R.Type,
    _ device: Device, fallback: ImageSize? = nil, parts: ImageSize? = nil
  ) throws {
    let needs = R.needs(config)
    try self.init(
      data, layout: R.layout(config),
      fitting: {
        let (height, width) = needs.nearest(height: $0.height, width: $0.width)
        return ImageSize(height: height, width: width)
      },
      fallback: fallback, parts: parts, batchSize: batchSize, seed: seed, on: device)
    try R.validate(config, for: shape)
  }
}
