import GANKit

/// Measures what a system makes while it is trained. A session asks it at every evaluation interval and
/// keeps the best checkpoint.
public protocol TrainingEvaluator {
  /// Numbers for a system in its present state.
  ///
  /// Generators of random numbers are put back afterwards, so that it may draw what it likes.
  ///
  /// - Throws: What ends the training, such as a file that cannot be read. That it cannot
  ///   be measured yet, because all its samples are equal, is a ``EvaluationOutcome/note``.
  func evaluate(
    _ recipe: any Recipe, at step: Int, in directory: RunDirectory
  ) throws -> EvaluationOutcome
}

/// What an evaluator found.
public struct EvaluationOutcome {
  /// All numbers by name, for the log.
  public var figures: [(name: String, value: Double)]
  /// The number that ranks the checkpoint; `nil` where it could not be computed.
  public var rank: CheckpointFigure?
  /// A line of `evaluation.jsonl`. To be told from those of evaluations after training, and to be
  /// written anew when its step is repeated, it has a field `training` that is true, and `step`.
  public var record: (any Encodable)?
  /// Why something is missing, in one line.
  public var note: String?

  /// An outcome.
  public init(
    figures: [(name: String, value: Double)] = [], rank: CheckpointFigure? = nil,
    record: (any Encodable)? = nil, note: String? = nil
  ) {
    (self.figures, self.rank, self.record, self.note) = (figures, rank, record, note)
  }
}

/// The number by which a checkpoint is ranked.
public struct CheckpointFigure: Codable, Sendable, Equatable {
  /// Which values are better.
  public enum Better: String, Codable, Sendable {
    /// Of a distance.
    case smaller
    /// Of a score.
    case larger
  }

  /// The metric and in brackets its features, such as `fid[digits]`.
  public var name: String
  /// What has to be equal for values to be comparable: numbers of samples, reference, weights.
  public var convention: String
  /// The number.
  public var value: Double
  /// Which values are better.
  public var better: Better

  /// A figure.
  public init(_ name: String, _ value: Double, convention: String, better: Better) {
    (self.name, self.value, self.convention, self.better) = (name, value, convention, better)
  }

  /// Whether both are numbers of the same kind.
  public func isComparable(to other: CheckpointFigure) -> Bool {
    (name, convention) == (other.name, other.convention) && better == other.better
  }

  /// Whether this is better than `other`; a number is better than none.
  func beats(_ other: CheckpointFigure?) -> Bool {
    guard value.isFinite else { return false }
    guard let other, other.value.isFinite else { return true }
    return better == .smaller ? value < other.value : value > other.value
  }
}

/// An evaluation during training, as it is reported.
public struct TrainingEvaluation: Sendable {
  /// The step at which it was made.
  public let step: Int
  /// All numbers by name.
  public let figures: [(name: String, value: Double)]
  /// The number that ranks the checkpoint.
  public let rank: CheckpointFigure?
  /// The best checkpoint so far, this step's included.
  public let best: RankedCheckpoint?
  /// Seconds it took.
  public let seconds: Double
  /// The part of the run's time that all evaluations have taken, from 0 to 1.
  public let share: Double
  /// Why something is missing, in one line.
  public let note: String?

  /// Whether no checkpoint before was better.
  public var isBest: Bool { best?.step == step }
}
