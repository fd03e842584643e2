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
    reporter = reporterFor(options)
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
    if let failure = ending.failure { throw CommandError(failure) }
    return outcome
  }

  private func outcome(until deadline: ContinuousClock.Instant?) throws -> TrainingOutcome {
    do {
      return try session.run(
        until: deadline,
        report: { reporter.progress(TrainingState($0, until: deadline, minutes: minutes)) },
        shouldStop: { Interruption.isRequested })
    } catch {
      reporter.breakOff()
      throw error
    }
  }
}

/// What a run is about.
struct RunFacts: Encodable {
  let event = "start"
  let run: String
  let system: String
  let data: String
  let images: Int
  let shape: [Int]
  let classes: Int
  /// What the classes or domains are, where attributes make them.
  let groups: [String]
  let leftOut: Int
  let step: Int
  let length: RunLength
  let skipped: [String]
  let evaluation: EvaluationSettings?
  /// How the run began or goes on, where that is not as usual.
  let remarks: [String]

  init(_ session: any AnySession) {
    let (feed, configuration) = (session.feed, session.configuration)
    (run, system, data) = (
      session.directory.path, configuration.recipe, configuration.data.source
    )
    (images, shape, classes) = (feed.count, feed.shape.imageShape, feed.shape.classes)
    groups = configuration.data.attributes.map { RunFacts.groups(of: $0, feed.shape) } ?? []
    leftOut = feed.leftOutCount
    (step, length) = (session.step, configuration.length)
    skipped = feed.skipped.map { "\($0.name): \($0.reason)" }
    evaluation = configuration.evaluation
    let start = session.step == 0 ? configuration.start?.description : nil
    remarks = [start].compactMap { $0 } + session.changes.map(\.description)
  }

  private static func groups(of attributes: [String], _ shape: DataShape) -> [String] {
    guard shape.classes == 0 else { return AttributeClasses.names(of: attributes) }
    let domains = AttributeClasses.domainNames(of: attributes)
    return ["A \(domains.a)", "B \(domains.b)"]
  }

  var line: String {
    let things = shape[0] == 2 ? "points" : "images of \(shape[2])x\(shape[1])"
    let colour = shape[0] == 3 ? " in colour" : ""
    let labels = classes > 0 ? ", \(classes) classes" : ""
    let named = groups.isEmpty ? "" : ": \(groups.joined(separator: ", "))"
    let without = leftOut > 0 ? "; \(leftOut) with none or several left out" : ""
    let start = step > 0 ? " from step \(step)" : ""
    let measured = evaluation.map { ", \($0.metric) of \($0.count) every \($0.every) steps" } ?? ""
    return
      "\(system) on \(data) (\(images) \(things)\(colour)\(labels)\(named)\(without)) in \(run)"
      + start + measured
  }

  /// At most ten broken images and how many more there are.
  var complaints: [String] {
    let more = skipped.count > 10 ? ["and \(skipped.count - 10) more broken images"] : []
    return skipped.prefix(10).map { "left out \($0)" } + more
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
