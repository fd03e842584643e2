import GANData
import GANKit
import GANMetrics
import GANTraining
import Torch

/// Evaluates a generator while it is trained, with the numbers that `gan evaluate --split train`
/// finds for the same checkpoint and as many samples. The best checkpoint is chosen by them, so test
/// images have no part in them.
struct GeneratorEvaluator: TrainingEvaluator {
  private let configuration: RunConfiguration
  private let settings: EvaluationSettings
  private let metric: MetricSuite.Metric
  private let evaluator: Evaluator
  private let reference: FeatureSet

  /// Decides the noise; the default of `gan evaluate`.
  private static let seed: UInt64 = 1

  /// The evaluator that a run asks for, or `nil`. Everything that could be wrong is tried: the
  /// features of the reference are computed or found, and the metric is computed for them.
  ///
  /// - Throws: One line naming the option.
  init?(for recipe: any Recipe.Type, _ configuration: RunConfiguration) throws {
    guard let settings = configuration.evaluation else { return nil }
    try settings.check(recipe, configuration)
    let shape = configuration.data.shape?.imageShape ?? []
    metric = try MetricNames.metric(settings.metric, option: "--evaluate-metric")
    (self.configuration, self.settings) = (configuration, settings)
    evaluator = Evaluator(
      extractor: try FeatureChoice(settings.features)
        .extractor(for: shape, on: Device(named: configuration.device), "--evaluate-features"),
      reference: NamedSet(
        configuration.data.source, split: .train, otherwise: .train, for: configuration.data),
      metrics: [metric],
      cache: referenceCache(at: nil))
    reference = try evaluator.referenceFeatures(
      side: shape[1], channels: shape[0], skipsBroken: configuration.data.skipBroken,
      keeping: true)
    let classes = isConditional(recipe) ? configuration.data.shape?.classes ?? 0 : 0
    do {
      _ = try evaluator.results(
        for: reference.resized(to: settings.count, classes: classes), classes: 0, reference)
    } catch let error as MetricError {
      throw CommandError(
        "--evaluate-metric \(settings.metric) with --evaluate-count \(settings.count): \(error)")
    }
  }

  func evaluate(
    _ generator: any GenerativeRecipe, at step: Int, in directory: RunDirectory
  ) throws -> EvaluationOutcome {
    do {
      let run = try OpenedRun(generator, configuration, step: step)
      let pictures = try Pictures(
        of: run, path: directory.path, count: settings.count, seed: Self.seed)
      let generated = try evaluator.features(of: pictures)
      return outcome(
        try evaluator.results(for: generated, classes: generator.classCount, reference), step,
        directory)
    } catch let error as CommandError {
      return EvaluationOutcome(note: "not evaluated at step \(step): \(error)")
    } catch let error as MetricError {
      return EvaluationOutcome(note: "not evaluated at step \(step): \(error)")
    }
  }

  private func outcome(
    _ results: [MetricResult], _ step: Int, _ directory: RunDirectory
  ) -> EvaluationOutcome {
    let title = evaluator.reference.title
    let headline = results.first { $0.name.hasPrefix("\(metric.headline)[") }
    return EvaluationOutcome(
      figures: results.map { ($0.name, $0.value) },
      rank: headline.map {
        CheckpointFigure(
          $0.name, $0.value, convention: $0.terms(against: title),
          better: metric.goal == .smaller ? .smaller : .larger)
      },
      record: Evaluation(
        subject: directory.path, step: step, seed: Self.seed, training: true, against: title,
        results: results))
  }
}

extension EvaluationSettings {
  /// Stops where nothing can be measured, or not so much of it.
  fileprivate func check(_ recipe: any Recipe.Type, _ configuration: RunConfiguration) throws {
    guard recipe is any GenerativeRecipe.Type else {
      throw RunError.option(
        "--evaluate-every", found: "\(every)",
        expected: "none, for '\(configuration.recipe)' does not draw from noise")
    }
    guard let shape = configuration.data.shape?.imageShape, shape != [2, 1, 1] else {
      throw RunError.option(
        "--evaluate-every", found: "\(every)",
        expected: "none, for '\(configuration.data.source)' has points, and metrics need images")
    }
    try checkOption("--evaluate-count", count, 1...((1 << 31) / shape.reduce(1, *)))
  }
}

extension FeatureSet {
  /// The first `count` images, again from the beginning where there are fewer, with classes in turn.
  fileprivate func resized(to count: Int, classes: Int) throws -> FeatureSet {
    var result = FeatureSet(network: network)
    guard let features, self.count > 0 else { return result }
    let rows = Tensor((0..<count).map { $0 % self.count })
    try result.add(
      FeatureBatch(features: features.gathered(rows), logits: logits.map { $0.gathered(rows) }),
      labels: classes > 0 ? (0..<count).map { $0 % classes } : [])
    return result
  }
}

/// Whether a system is told of classes.
private func isConditional<R: Recipe>(_: R.Type) -> Bool { R.Batch.kind == .labeled }
