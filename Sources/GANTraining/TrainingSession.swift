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
  public private(set) var recipe: R
  /// Steps made.
  public private(set) var step: Int
  /// Facts of the data.
  public let feed: DataFeed

  private let device: Device
  private let secondsBefore: Double
  private let fixed: FixedSamples?
  private let lock: RunLock
  private var savedStep: Int?
  private var sampledStep: Int?

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
    (directory, lock) = try RunDirectory.create(at: place, configuration)
    (self.configuration, self.feed, self.device) = (configuration, feed, device)
    (step, secondsBefore) = (0, 0)
    fixed = try FixedSamples(recipe, configuration, on: device)
  }

  /// Goes on from a run's newest checkpoint. A run without one starts again from its beginning.
  ///
  /// - Parameter steps: a new total, to prolong the run.
  public init(resuming path: String, steps: Int? = nil) throws {
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
    let (configuration, feed, device) = try directory.checkingConfig { try Self.prepared(asked) }
    try directory.checkData(of: stored, against: configuration.data)
    self.directory = directory
    (self.configuration, self.feed, self.device) = (configuration, feed, device)
    Randomness.seed(configuration.seed)
    recipe = R(try R.Config.decoded(from: configuration.config), data: feed.shape, on: device)
    fixed = try FixedSamples(recipe, configuration, on: device)
    (step, secondsBefore) = (state?.step ?? 0, state?.seconds ?? 0)
    savedStep = state?.step
    if let state {
      try Checkpoint.restore(recipe, at: state.step, in: directory, training: true, device: device)
    }
    if steps != nil { try directory.write(configuration) }
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

/// Why a session's run ended.
public enum TrainingOutcome: Equatable, Sendable {
  /// All steps were made.
  case finished
  /// Its time was up; everything was written as at the end of its steps.
  case timeUp
  /// It was asked to stop; a checkpoint and a sample sheet were written.
  case interrupted
  /// A loss or a weight became NaN or infinite at this step; the checkpoints before it are kept.
  case diverged(step: Int, quantity: String)
}

/// Where a run stands.
public struct TrainingProgress: Sendable {
  /// Steps made, of `steps`.
  public let step: Int
  /// Steps in all.
  public let steps: Int
  /// Passes over the data made.
  public let epoch: Double
  /// Images a second since the last report.
  public let imagesPerSecond: Double
  /// Seconds of training so far, over all resumptions.
  public let seconds: Double
  /// The losses at this step by name.
  public let losses: [(name: String, value: Double)]

  /// Seconds left at the present speed.
  public var secondsLeft: Double {
    seconds / Double(max(step, 1)) * Double(steps - step)
  }
}

extension TrainingSession {
  /// Trains until all steps are made, the time is up, or `shouldStop` says so; it is asked before
  /// every step.
  ///
  /// - Parameters:
  ///   - deadline: when to end although steps are left.
  ///   - report: called at every log interval.
  ///   - shouldStop: whether to write a checkpoint and return.
  /// - Throws: errors of reading data or writing the run; earlier checkpoints stay whole.
  @discardableResult
  public func run(
    until deadline: ContinuousClock.Instant? = nil,
    report: (TrainingProgress) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> TrainingOutcome {
    let log = try MetricLog(directory.metricsURL, keepingThrough: step)
    var clock = StepClock(before: secondsBefore, at: step)
    if step == 0 { try writeSamples() }
    while step < configuration.steps {
      if shouldStop() { return try end(.interrupted, log, clock) }
      if let deadline, ContinuousClock.now >= deadline { return try end(.timeUp, log, clock) }
      let result = try makeStep()
      step += 1
      if device == .cpu || isDue(configuration.intervals.log) {
        let losses = result.read()
        if let bad = losses.first(where: { !$0.value.isFinite }) {
          return .diverged(step: step, quantity: bad.name)
        }
        if isDue(configuration.intervals.log) { try write(losses, to: log, &clock, report) }
      }
      if isDue(configuration.intervals.samples) { try writeSamples() }
      if isDue(configuration.intervals.checkpoints), let failure = try save(log, clock) {
        return failure
      }
    }
    return .finished
  }

  /// Writes what the last step of a run leaves behind.
  private func end(
    _ outcome: TrainingOutcome, _ log: MetricLog, _ clock: StepClock
  ) throws -> TrainingOutcome {
    if let failure = try save(log, clock) { return failure }
    try writeSamples()
    return outcome
  }

  /// Whether something with this interval happens at this step; everything happens at the last.
  private func isDue(_ interval: Int) -> Bool {
    step % interval == 0 || step == configuration.steps
  }

  private func makeStep() throws -> StepReport {
    let parts = try feed.parts(at: step)
    return withAutocast(to: configuration.precision.dtype, on: device) {
      recipe.step(R.Batch(parts: parts))
    }
  }

  private func write(
    _ losses: [(name: String, value: Double)], to log: MetricLog, _ clock: inout StepClock,
    _ report: (TrainingProgress) -> Void
  ) throws {
    let speed = clock.lap(at: step) * Double(configuration.batchSize)
    let progress = TrainingProgress(
      step: step, steps: configuration.steps, epoch: Double(step) / Double(feed.stepsPerEpoch),
      imagesPerSecond: speed, seconds: clock.total, losses: losses)
    try log.append(
      step: step,
      [
        ("epoch", progress.epoch), ("seconds", progress.seconds), ("images_per_second", speed),
      ] + losses)
    report(progress)
  }

  private func writeSamples() throws {
    guard sampledStep != step, let picture = fixed?.picture(of: recipe) else { return }
    let url = directory.samplesURL.appendingPathComponent("\(stepName(step)).png")
    try AtomicFile.write(picture.pngData(), to: url.path)
    sampledStep = step
  }

  /// Writes a checkpoint, unless the weights are beyond repair: a good one must not be pushed out
  /// by one that is of no use.
  private func save(_ log: MetricLog, _ clock: StepClock) throws -> TrainingOutcome? {
    if savedStep == step { return nil }
    if let broken = recipe.firstBrokenTensor { return .diverged(step: step, quantity: broken) }
    try log.synchronize()
    try Checkpoint.save(
      recipe, step: step, seconds: clock.total, configuration: configuration, to: directory,
      device: device)
    savedStep = step
    return nil
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

/// Measures a run's time and speed.
private struct StepClock {
  private let before: Double
  private let start = ContinuousClock.now
  private var lapStart = ContinuousClock.now
  private var lapStep: Int

  init(before: Double, at step: Int) { (self.before, lapStep) = (before, step) }

  var total: Double { before + (ContinuousClock.now - start) / .seconds(1) }

  /// Steps a second since the last lap.
  mutating func lap(at step: Int) -> Double {
    let seconds = (ContinuousClock.now - lapStart) / .seconds(1)
    defer { (lapStart, lapStep) = (.now, step) }
    return Double(step - lapStep) / max(seconds, 1e-9)
  }
}
