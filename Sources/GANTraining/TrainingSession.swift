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

  /// Starts a new run: opens the data, checks everything, makes the folder.
  ///
  /// - Throws: one-line errors naming the file, option or field, before anything is written.
  public init(new configuration: RunConfiguration, in path: String) throws {
    let (configuration, feed, device) = try Self.prepared(configuration)
    Randomness.seed(configuration.seed)
    directory = RunDirectory(path)
    try directory.create(configuration)
    (self.configuration, self.feed, self.device) = (configuration, feed, device)
    recipe = R(try R.Config.decoded(from: configuration.config), data: feed.shape, on: device)
    (step, secondsBefore) = (0, 0)
    fixed = Self.fixedSamples(recipe, configuration, device)
  }

  /// Goes on from a run's newest checkpoint. A run without one starts again from its beginning.
  ///
  /// - Parameter steps: a new total, to prolong the run.
  public init(resuming path: String, steps: Int? = nil) throws {
    let directory = RunDirectory(path)
    var stored = try directory.configuration()
    if let steps { stored.steps = steps }
    let (configuration, feed, device) = try Self.prepared(stored)
    if let shape = stored.data.shape, shape != feed.shape {
      throw RunError.notARun(path, reason: "its data \(stored.data.source) has changed shape")
    }
    self.directory = directory
    (self.configuration, self.feed, self.device) = (configuration, feed, device)
    let newest = directory.checkpointSteps.last
    let state = try newest.map {
      try Checkpoint.state(at: $0, in: directory, of: configuration)
    }
    Randomness.seed(configuration.seed)
    recipe = R(try R.Config.decoded(from: configuration.config), data: feed.shape, on: device)
    fixed = Self.fixedSamples(recipe, configuration, device)
    (step, secondsBefore) = (state?.step ?? 0, state?.seconds ?? 0)
    if let newest {
      try Checkpoint.restore(recipe, at: newest, in: directory, training: true, device: device)
    }
    if steps != nil { try directory.write(configuration) }
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
      configuration.data, size: configuration.data.size ?? R.defaultSize(for: config),
      batchSize: configuration.batchSize, seed: configuration.seed, on: device)
    if R.Batch.needsLabels, feed.shape.classes == 0 {
      throw ConfigError.data(
        "\(R.card.name) needs labelled images; \(configuration.data.source) has none")
    }
    try R.validate(config, for: feed.shape)
    configuration.data.shape = feed.shape
    return (configuration, feed, device)
  }

  private static func fixedSamples(
    _ recipe: R, _ configuration: RunConfiguration, _ device: Device
  ) -> FixedSamples? {
    guard let generative = recipe as? any GenerativeRecipe else { return nil }
    return FixedSamples(
      for: generative, shape: configuration.data.shape, seed: configuration.seed, on: device)
  }
}

/// Why a session's run ended.
public enum TrainingOutcome: Equatable, Sendable {
  /// All steps were made.
  case finished
  /// It was asked to stop; a checkpoint was written.
  case interrupted
  /// A loss became NaN or infinite at this step; the checkpoints before it are kept.
  case diverged(step: Int, loss: String)
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
  /// Trains until all steps are made or `shouldStop` says so, which is asked before every step.
  ///
  /// - Parameters:
  ///   - report: called at every log interval.
  ///   - shouldStop: whether to write a checkpoint and return.
  /// - Throws: errors of reading data or writing the run; earlier checkpoints stay whole.
  @discardableResult
  public func run(
    report: (TrainingProgress) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> TrainingOutcome {
    let log = try MetricLog(directory.metricsURL, keepingThrough: step)
    var clock = StepClock(before: secondsBefore, at: step)
    if step == 0 { try writeSamples() }
    while step < configuration.steps {
      if shouldStop() {
        try save(clock)
        return .interrupted
      }
      let result = try makeStep()
      step += 1
      if device == .cpu || isDue(configuration.intervals.log) {
        let losses = result.read()
        if let bad = losses.first(where: { !$0.value.isFinite }) {
          return .diverged(step: step, loss: bad.name)
        }
        if isDue(configuration.intervals.log) { try write(losses, to: log, &clock, report) }
      }
      if isDue(configuration.intervals.samples) { try writeSamples() }
      if isDue(configuration.intervals.checkpoints) { try save(clock) }
    }
    return .finished
  }

  /// Whether something with this interval happens at this step; everything happens at the last.
  private func isDue(_ interval: Int) -> Bool {
    step % interval == 0 || step == configuration.steps
  }

  private func makeStep() throws -> StepReport {
    let (images, labels) = try feed.batch(at: step)
    return withAutocast(to: configuration.precision.dtype, on: device) {
      recipe.step(R.Batch(images: images, labels: labels))
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
    guard let fixed, let recipe = recipe as? any GenerativeRecipe else { return }
    let url = directory.samplesURL.appendingPathComponent("\(stepName(step)).png")
    try AtomicFile.write(fixed.picture(of: recipe).pngData(), to: url.path)
  }

  private func save(_ clock: StepClock) throws {
    try Checkpoint.save(
      recipe, step: step, seconds: clock.total, configuration: configuration, to: directory,
      device: device)
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
