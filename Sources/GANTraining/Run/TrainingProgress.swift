import GANKit

/// Why a session's run ended.
public enum TrainingOutcome: Equatable, Sendable {
  /// All steps were made, or the run's minutes used up.
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
  /// Steps made.
  public let step: Int
  /// For how long the run is to go on.
  public let length: RunLength
  /// Steps in all, unless time decides.
  let steps: Int
  /// Passes over the data made.
  public let epoch: Double
  /// Images a second since the last report, not counting evaluations.
  public let imagesPerSecond: Double
  /// Seconds of training so far, over all resumptions.
  public let seconds: Double
  /// The losses at this step by name.
  public let losses: [(name: String, value: Double)]
  /// Where a system stands that trains in phases.
  public let phase: TrainingPhase?
  /// The newest evaluation; it is of this step where their steps are equal.
  public let evaluation: TrainingEvaluation?
  /// What is to be known beside the numbers, such as why speed has fallen; told once.
  public let remark: String?

  /// How much of the run is done, from 0 to 1.
  public var fraction: Double {
    min(length.seconds.map { seconds / $0 } ?? Double(step) / Double(max(steps, 1)), 1)
  }

  /// Seconds left at the present speed.
  public var secondsLeft: Double {
    if let all = length.seconds { return max(all - seconds, 0) }
    return seconds / Double(max(step, 1)) * Double(steps - step)
  }
}

/// Measures a run's time and speed.
struct StepClock {
  private var before: Double
  /// `nil` while nothing is trained.
  private var start: ContinuousClock.Instant?
  private var lapStart = ContinuousClock.now
  private var lapStep: Int
  /// Seconds that evaluations have taken, over all resumptions.
  private(set) var evaluating: Double

  /// Goes on from a checkpoint.
  init(at state: Checkpoint.State?) {
    (before, lapStep) = (state?.seconds ?? 0, state?.step ?? 0)
    evaluating = state?.evaluationSeconds ?? 0
  }

  /// Begins to count.
  mutating func begin(at step: Int) {
    (start, lapStart, lapStep) = (.now, .now, step)
  }

  /// Stops counting until it begins again.
  mutating func pause() { (before, start) = (total, nil) }

  /// Seconds so far, over all resumptions.
  var total: Double { before + (start.map { (ContinuousClock.now - $0) / .seconds(1) } ?? 0) }

  /// The part of it that evaluations have taken.
  var evaluatingShare: Double { total > 0 ? min(evaluating / total, 1) : 0 }

  /// Counts an evaluation, whose time belongs to no lap.
  mutating func addEvaluation(_ duration: Duration) {
    evaluating += duration / .seconds(1)
    lapStart += duration
  }

  /// Seconds since the last lap.
  var sinceLap: Double { (ContinuousClock.now - lapStart) / .seconds(1) }

  /// Steps a second since the last lap.
  mutating func lap(at step: Int) -> Double {
    let seconds = sinceLap
    defer { (lapStart, lapStep) = (.now, step) }
    return Double(step - lapStep) / max(seconds, 1e-9)
  }
}
