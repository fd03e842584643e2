import ArgumentParser
import Foundation
import GANTraining
import SwiftGAN

/// Whether and how the generator is measured during training.
struct EvaluationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Steps between two evaluations of what the system makes, by which the best checkpoint is kept "
        + "(default: none).", valueName: "steps"))
  var evaluateEvery: Int?

  @Option(
    help: ArgumentHelp(
      "What ranks checkpoints: fid, kid, kid-full, is, prdc (its coverage) or intra-fid; of pairs l1, "
        + "psnr or ssim; of two domains cycle-error (default: fid, or kid-full where the images are few; "
        + "of pairs ssim).", valueName: "metric"))
  var evaluateMetric: String?

  @Option(
    help: ArgumentHelp(
      "Samples drawn or images translated for an evaluation (default: \(EvaluationSettings.defaultCount)).",
      valueName: "count"))
  var evaluateCount: Int?

  @Option(
    help: ArgumentHelp(
      "The network of features, as of `gan evaluate` (default: what suits the images).",
      valueName: "name|FILE.safetensors"))
  var evaluateFeatures: String?

  /// What is asked for; the rest as stored or by default.
  ///
  /// - Throws: ``RunError`` where it is not said how often.
  func settings(over stored: EvaluationSettings? = nil) throws -> EvaluationSettings? {
    guard var result = stored ?? evaluateEvery.map({ EvaluationSettings(every: $0) }) else {
      let given = [
        ("--evaluate-metric", evaluateMetric != nil), ("--evaluate-count", evaluateCount != nil),
        ("--evaluate-features", evaluateFeatures != nil),
      ].first { $0.1 }
      guard let given else { return nil }
      throw RunError.field(
        "evaluateEvery", found: "nothing", expected: "a number of steps, for \(given.0) is given"
      )
    }
    result.every = evaluateEvery ?? result.every
    result.metric = evaluateMetric?.lowercased() ?? result.metric
    result.count = evaluateCount ?? result.count
    result.features = evaluateFeatures.map(absolute) ?? result.features
    return result
  }

  /// A run may be resumed from another folder.
  private func absolute(_ features: String) -> String {
    FeatureChoice.names.contains(features)
      ? features : URL(fileURLWithPath: features).standardizedFileURL.path
  }
}
