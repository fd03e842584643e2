import Foundation
import GANTraining
import SwiftGAN

/// An evaluation during training, as progress is reported.
struct ReportedEvaluation: Encodable {
  /// All numbers that are finite by name.
  let figures: [String: Double]
  /// The best checkpoint so far.
  let best: ReportedBest?
  /// Seconds this evaluation took.
  let seconds: Double
  /// The part of the run's time that evaluations have taken.
  let share: Double
  /// Why something is missing.
  let note: String?

  init(_ evaluation: TrainingEvaluation) {
    let finite = evaluation.figures.filter(\.value.isFinite).map { ($0.name, $0.value) }
    figures = Dictionary(finite) { $1 }
    best = evaluation.best.map(ReportedBest.init)
    (seconds, share, note) = (evaluation.seconds, evaluation.share, evaluation.note)
  }

  /// `fid[digits] 31.2 (best 29.8 at 1500), evaluation 3% of the time`.
  static func text(_ evaluation: TrainingEvaluation) -> String? {
    guard let rank = evaluation.rank, let best = evaluation.best else { return nil }
    let known = evaluation.isBest ? "best" : "best \(short(best.figure.value)) at \(best.step)"
    let share = String(format: "%.1f", evaluation.share * 100)
    return "  \(rank.name) \(short(rank.value)) (\(known); \(share)% of time)"
  }
}

/// A run's best checkpoint, as it is reported.
struct ReportedBest: Encodable {
  let step: Int
  let metric: String
  let value: Double

  init(_ checkpoint: RankedCheckpoint) {
    (step, metric, value) = (checkpoint.step, checkpoint.figure.name, checkpoint.figure.value)
  }

  var text: String { "best \(metric) \(short(value)) at step \(step) (--step best)" }
}

private func short(_ value: Double) -> String { String(format: "%.4g", value) }
