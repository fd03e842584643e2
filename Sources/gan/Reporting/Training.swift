import ArgumentParser
import Foundation
import GANData
import GANKit
import GANTraining
import SwiftGAN

/// A session run from the command line: signals, progress and the last words.
struct Training {
  private let session: any AnySession
  private let minutes: Double?
  private let reporter: any TrainingReporter

  init(_ session: any AnySession, minutes: Double?, _ options: ReportOptions) {
    (self.session, self.minutes) = (session, minutes)
    reporter = LaunchedProcesses.isFirst ? reporterFor(options) : QuietReporter()
  }

  /// Trains, and says how it ended.
  ///
  /// - Throws: ``CommandError`` when training diverged.
  func run() throws -> TrainingOutcome {
    Interruption.catchSignals()
    let start = ContinuousClock.now
    let deadline = minutes.map { start + .seconds($0 * 60) }
    try reporter.begin(RunFacts(session))
    let outcome = try outcome(until: deadline)
    let ending = RunEnding(
      outcome, session, seconds: (ContinuousClock.now - start) / .seconds(1))
    try reporter.end(ending)
    if let failure = ending.failure {
      if LaunchedProcesses.isFirst { throw CommandError(failure) }
      throw ExitCode.failure
    }
    return outcome
  }

  private func outcome(until deadline: ContinuousClock.Instant?) throws -> TrainingOutcome {
    var forecaster = Forecaster(
      preset: session.configuration.preset, known: presetNames(of: session.anyRecipe))
    do {
      return try session.run(
        until: deadline,
        report: {
          let state = TrainingState($0, until: deadline, minutes: minutes)
          reporter.progress(state)
          if let forecast = forecaster.forecast(after: state.seconds, left: state.secondsLeft) {
            reporter.forecast(forecast)
          }
        },
        shouldStop: { Interruption.isRequested })
    } catch {
      reporter.breakOff()
      throw error
    }
  }
}

private func presetNames<R: Recipe>(of _: R) -> [String] { R.presets.map(\.name) }

/// What a run is about.
struct RunFacts: Encodable {
  let event = "start"
  let run: String
  let system: String
  /// The set of numbers that the configuration began with.
  let preset: String?
  let data: String
  let images: Int
  let shape: [Int]
  let classes: Int
  /// What the two kinds of images are, or the classes where attributes make them.
  let groups: [String]
  let leftOut: [LeftOutImages]
  let step: Int
  let length: RunLength
  let skipped: [String]
  /// Files that are not read, by the reason.
  let unused: [UnusedFiles.Group]
  let evaluation: EvaluationSettings?
  /// What somebody should know before it trains, and how it begins or goes on where that is not as usual.
  let remarks: [String]
  /// How images of other proportions were made to fit, where there are any; said in words.
  private let changedProportions: ImageFit?
  /// Whether classes are drawn equally often; said in words.
  private let isBalanced: Bool
  /// The files that are not read in one line; for people, so not encoded.
  private let notRead: String?
  private let samples: SampleComplaints
  /// How many images are drawn in a row; said in words.
  private let frames: Int

  private enum CodingKeys: CodingKey {
    case event, run, system, preset, data, images, shape, classes, groups, leftOut, step, length,
      skipped,
      unused, evaluation, remarks
  }

  init(_ session: any AnySession) {
    let (feed, configuration) = (session.feed, session.configuration)
    preset = configuration.preset
    (run, system, data) = (
      session.directory.path, configuration.recipe, configuration.data.source
    )
    (images, shape, classes) = (feed.count, feed.shape.imageShape, feed.shape.classes)
    groups = RunFacts.groups(feed, configuration.data)
    (changedProportions, frames) = (feed.changedProportions, feed.frames)
    isBalanced = configuration.data.sampling == .balanced
    leftOut = feed.leftOut
    (step, length) = (session.step, configuration.length)
    skipped = feed.skipped.map { "\($0.name): \($0.reason)" }
    (unused, notRead) = (feed.unused.groups, feed.unused.summary)
    evaluation = configuration.evaluation
    samples = SampleComplaints(
      range: feed.sampleRange, isUniform: feed.isUniform, bits: configuration.data.bits)
    let start = session.step == 0 ? configuration.start?.description : nil
    let notes = [feed.gapRemark, start].compactMap { $0 }
    remarks = session.remarks + notes + session.changes.map(\.description)
  }

  private static func groups(_ feed: DataFeed, _ data: DataConfiguration) -> [String] {
    let areOfOneSize = Set(feed.kinds.map(\.count)).count < 2
    let kinds = feed.kinds.map { areOfOneSize ? $0.name : "\($0.name) (\($0.count))" }
    if !kinds.isEmpty, feed.shape.classes == 0 { return kinds }
    return kinds + (data.attributes.map(AttributeClasses.names) ?? [])
  }

  var line: String {
    let size = ImageSize(height: shape[1], width: shape[2])
    let order = size.isSquare ? "" : " (height x width)"
    let pictures = frames > 1 ? "sequences of \(frames) frames of" : "images of"
    let things = shape[0] == 2 ? "points" : "\(pictures) \(size)\(order)"
    let cut =
      switch changedProportions {
      case .crop: ", sides cut off,"
      case .pad: ", black added,"
      case .stretch: ", stretched,"
      case nil: ""
      }
    let colour = shape[0] == 3 ? " in colour" : ""
    let labels =
      (classes > 0 ? ", \(classes) classes" : "") + (isBalanced ? " drawn equally often" : "")
    let named = groups.isEmpty ? "" : ": \(groups.joined(separator: ", "))"
    let without = leftOut.words.map { "; \($0)" } ?? ""
    let start = step > 0 ? " from step \(step)" : ""
    let measured = evaluation.map(Self.words) ?? ""
    let numbers = preset.map { " (\($0))" } ?? ""
    return
      "\(system)\(numbers) on \(data) (\(images) \(things)\(cut)\(colour)\(labels)\(named)\(without)) in \(run)"
      + start + measured
  }

  private static func words(of evaluation: EvaluationSettings) -> String {
    let what = evaluation.metric.map { "\($0) of \(evaluation.count)" }
    return ", \(what ?? "measured with \(evaluation.count) images") every \(evaluation.every) steps"
  }

  /// What is not read, what is odd about the samples, and at most ten broken images and how many more
  /// there are.
  var complaints: [String] {
    let more = skipped.count > 10 ? ["and \(skipped.count - 10) more broken images"] : []
    let broken = skipped.prefix(10).map { "left out \($0)" } + more
    return ((notRead.map { [$0] } ?? []) + samples.lines).map { "\(data): \($0)" } + broken
  }
}

/// Where a run stands.
struct TrainingState: Encodable {
  let event = "progress"
  let step: Int
  let length: RunLength
  /// What is being trained, of a system that trains in phases.
  let phase: String?
  let epoch: Double
  let imagesPerSecond: Double
  let seconds: Double
  let secondsLeft: Double
  let losses: [String: Double]
  let lossText: String
  let fraction: Double
  /// The evaluation at this step, if there was one.
  let evaluation: ReportedEvaluation?
  /// The newest evaluation in words.
  let figureText: String
  /// Why this step's evaluation lacks something, or speed has fallen.
  let note: String?

  private enum CodingKeys: String, CodingKey {
    case event, step, length, phase, epoch, imagesPerSecond, seconds, secondsLeft, losses,
      evaluation
  }

  init(_ progress: TrainingProgress, until deadline: ContinuousClock.Instant?, minutes: Double?) {
    (step, length, epoch) = (progress.step, progress.length, progress.epoch)
    phase = progress.phase?.name
    (imagesPerSecond, seconds) = (progress.imagesPerSecond, progress.seconds)
    losses = Dictionary(progress.losses.map { ($0.name, $0.value) }) { $1 }
    lossText = progress.losses.map { "\($0.name) \(String(format: "%.4g", $0.value))" }
      .joined(separator: "  ")
    let newest = progress.evaluation
    evaluation = newest.flatMap { $0.step == progress.step ? ReportedEvaluation($0) : nil }
    figureText = newest.flatMap(ReportedEvaluation.text) ?? ""
    let notes = [evaluation?.note, progress.remark].compactMap { $0 }
    note = notes.isEmpty ? nil : notes.joined(separator: "; ")
    guard let deadline, let minutes else {
      (secondsLeft, fraction) = (progress.secondsLeft, progress.fraction)
      return
    }
    let left = max(0, (deadline - .now) / .seconds(1))
    secondsLeft = min(progress.secondsLeft, left)
    fraction = max(progress.fraction, 1 - left / (minutes * 60))
  }
}

/// How a run ended.
struct RunEnding: Encodable {
  let event = "end"
  let outcome: String
  let step: Int
  let length: RunLength
  let seconds: Double
  let run: String
  let samples: String?
  let checkpoint: String?
  let best: ReportedBest?
  let failure: String?
  /// What to do with a finished run; for people, so not encoded.
  private let next: String

  private enum CodingKeys: CodingKey {
    case event, outcome, step, length, seconds, run, samples, checkpoint, best, failure
  }

  init(_ outcome: TrainingOutcome, _ session: any AnySession, seconds: Double) {
    let directory = session.directory
    (step, length, self.seconds) = (session.step, session.configuration.length, seconds)
    (run, samples) = (directory.path, directory.latestSample)
    checkpoint = directory.checkpointSteps.last.map { directory.checkpointPath($0) }
    best =
      session.configuration.evaluation == nil
      ? nil : directory.bestCheckpoint.map(ReportedBest.init)
    failure = Self.failure(outcome, checkpoint: checkpoint, run: run)
    next = Self.next(for: session.anyRecipe, path: shellQuoted(run))
    switch outcome {
    case .finished: self.outcome = "finished"
    case .timeUp: self.outcome = "timeUp"
    case .interrupted: self.outcome = "interrupted"
    case .diverged: self.outcome = "diverged"
    }
  }

  private static func next(for recipe: any Recipe, path: String) -> String {
    switch recipe {
    case is any TranslatingRecipe: "use: gan translate \(path) INPUT --output FILE.png"
    case is any EnlargingRecipe: "use: gan enlarge \(path) INPUT --output FILE.png"
    case is any CompletingRecipe:
      "use: gan complete \(path) INPUT --mask x,y,w,h --output FILE.png"
    case is any GenerativeRecipe: "more: gan sample \(path) --output FILE.png"
    default: "measure: gan evaluate \(path)"
    }
  }

  private static func failure(
    _ outcome: TrainingOutcome, checkpoint: String?, run: String
  ) -> String? {
    guard case .diverged(let step, let quantity) = outcome else { return nil }
    let last =
      checkpoint.map { "the last good checkpoint is \($0)" } ?? "there is no checkpoint yet"
    return "\(run): diverged: \(quantity) became infinite or NaN at step \(step); \(last)"
  }

  /// Where to look and how to go on.
  var line: String {
    let path = shellQuoted(run)
    let time = duration(seconds)
    let sheet =
      (best.map { "; \($0.text)" } ?? "") + (samples.map { "; newest samples: \($0)" } ?? "")
    switch outcome {
    case "finished":
      return "done: \(step) steps in \(time)\(sheet); \(next)"
    case "timeUp":
      return "time is up after step \(step)\(sheet); go on: gan resume \(path)"
    default:
      return "stopped at step \(step), checkpoint written\(sheet); "
        + "go on: gan resume \(path)"
    }
  }
}
