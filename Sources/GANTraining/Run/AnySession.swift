import Foundation
import GANData
import GANKit

/// A training session of whichever system: what somebody needs who shows how it goes.
public protocol AnySession: AnyObject {
  /// The run's folder.
  var directory: RunDirectory { get }
  /// What is trained and how.
  var configuration: RunConfiguration { get }
  /// Steps made.
  var step: Int { get }
  /// Facts of the data.
  var feed: DataFeed { get }
  /// What somebody should know before it trains, a line each.
  var remarks: [String] { get }
  /// What a resumption has changed.
  var changes: [RunChange] { get }
  /// Seconds that a run of minutes has left; `nil` where steps decide.
  var secondsLeft: Double? { get }
  /// The recipe in its present state.
  var anyRecipe: any Recipe { get }

  /// Trains, see ``TrainingSession``.
  func run(
    until deadline: ContinuousClock.Instant?, report: (TrainingProgress) -> Void,
    shouldStop: () -> Bool
  ) throws -> TrainingOutcome
}

extension TrainingSession: AnySession {
  /// The recipe in its present state.
  public var anyRecipe: any Recipe { recipe }

  /// Seconds that a run of minutes has left; `nil` where steps decide.
  public var secondsLeft: Double? {
    configuration.length.seconds.map { max($0 - clock.total, 0) }
  }
}

/// A plan of whichever system.
public protocol AnyTrainingPlan: Sendable {
  /// The system's name.
  var system: String { get }
  /// The data set and how its images are prepared.
  var data: DataConfiguration { get set }
  /// The parts that are cut out of images where neither a size nor parts are asked for; `nil` for none.
  var defaultParts: ImageSize? { get }
  /// For how long.
  var length: RunLength? { get set }
  /// Images in one minibatch.
  var batchSize: Int? { get set }
  /// Decides initial weights, noise and order of the data.
  var seed: UInt64 { get set }
  /// Where to compute.
  var device: String { get set }
  /// The number format of products and convolutions; `nil` chooses, see ``TrainingPlan``.
  var precision: Precision? { get set }
  /// Threads of one operation.
  var threads: Int? { get set }
  /// What is written down, once the data is open.
  func configuration(on data: DataConfiguration) throws -> RunConfiguration
  /// A session of this plan.
  func session(in place: RunPlace, evaluator: some MakeEvaluator) throws -> any AnySession
}

/// Makes what measures a system in training, once it is made.
public protocol MakeEvaluator {
  /// The evaluator that a run asks for, if any.
  func callAsFunction(_ run: RunConfiguration, _ recipe: any Recipe) throws
    -> (any TrainingEvaluator)?
}

extension TrainingPlan: AnyTrainingPlan {
  /// The system's name.
  public var system: String { R.card.name }

  /// A session of this plan.
  public func session(in place: RunPlace, evaluator: some MakeEvaluator) throws -> any AnySession {
    try TrainingSession(new: self, in: place) { try evaluator($0, $1) }
  }
}

/// How far a plan was carried out in a folder.
public enum PlanProgress: Sendable {
  /// There is no run, or one that was planned otherwise.
  case none
  /// The run has checkpoints and may go on.
  case begun
  /// The run was trained to its end.
  case done
}

extension AnyTrainingPlan {
  /// How far the run in a folder was trained as planned.
  ///
  /// - Throws: ``RunError`` for a run that cannot be read.
  public func progress(in directory: RunDirectory) throws -> PlanProgress {
    guard FileManager.default.fileExists(atPath: directory.configURL.path) else { return .none }
    let made = try directory.configuration()
    var found = data.opened(as: made.data)
    found.size = found.size ?? made.data.size
    if data.size == nil, data.crop == nil, made.data.crop == defaultParts {
      found.crop = defaultParts
    }
    var asked = try configuration(on: found)
    asked.versions = made.versions
    if threads == nil { asked.threads = made.threads }
    if precision == nil { asked.precision = made.precision }
    guard asked == made else { return .none }
    let last = try directory.lastMetrics()
    let isDone =
      made.length.seconds.map { last["seconds"] ?? 0 >= $0 }
      ?? (Int(last["step"] ?? 0) == made.steps)
    return isDone ? .done : directory.checkpointSteps.isEmpty ? .none : .begun
  }
}
