import GANData
import GANKit
import GANMetrics
import GANTraining
import Torch

/// Evaluates a system while it is trained, with the numbers that `Run.evaluate` finds for the same
/// checkpoint, as many samples and the training images. The best checkpoint is chosen by them, so test
/// images have no part in them.
package struct ImageEvaluator: TrainingEvaluator {
  private let configuration: RunConfiguration
  private let settings: EvaluationSettings
  private let layout: DataLayout
  private let metric: MetricSuite.Metric
  private let extractor: any FeatureExtractor
  /// The reference of samples, tried before training.
  private let samples: (evaluator: Evaluator, reference: FeatureSet)?

  /// Decides the noise; the default of an evaluation after training.
  private static let seed: UInt64 = 1

  /// The evaluator that a run asks for, or `nil`. Everything that could be wrong is tried: the
  /// features of the reference are computed or found, and the metric is computed for them.
  ///
  /// - Throws: One line naming the field.
  package init?<R: Recipe>(for recipe: R.Type, _ configuration: RunConfiguration) throws {
    guard let settings = configuration.evaluation else { return nil }
    let config = try R.Config.decoded(from: configuration.config)
    let shape = try configuration.shape().data
    try settings.check(recipe, configuration, shape)
    (self.configuration, self.settings, layout) = (configuration, settings, R.layout(config))
    metric = try MetricNames.metric(settings.metric, field: "evaluateMetric")
    // Distances between two sets of translations may be taken in any features, however plain.
    let readable = layout.hasTwoKinds ? [1, 32, 32] : shape.imageShape
    extractor = try FeatureChoice(settings.features)
      .extractor(for: readable, on: Device(named: configuration.device), "evaluateFeatures")
    samples =
      layout.hasTwoKinds ? nil : try Self.reference(configuration, layout, metric, extractor)
  }

  private static func reference(
    _ configuration: RunConfiguration, _ layout: DataLayout, _ metric: MetricSuite.Metric,
    _ extractor: any FeatureExtractor
  ) throws -> (Evaluator, FeatureSet) {
    let shape = try configuration.shape().data
    let settings = configuration.evaluation ?? EvaluationSettings(every: 1)
    let evaluator = Evaluator(
      extractor: extractor,
      reference: NamedSet(
        configuration.data.source, split: .train, otherwise: .train, for: configuration.data),
      metrics: [metric], cache: referenceCache(at: nil))
    let reference = try evaluator.referenceFeatures(
      side: shape.height, channels: shape.channels, skipsBroken: configuration.data.skipBroken,
      keeping: true)
    let classes = layout.parts.count == 1 && layout.needsLabels ? shape.classes : 0
    do {
      _ = try evaluator.results(
        for: reference.resized(to: settings.count, classes: classes), classes: 0, reference)
    } catch let error as MetricError {
      throw RunError.field(
        "evaluateMetric", found: "\(settings.metric) of \(settings.count)",
        expected: "a metric that can be computed (\(error))")
    }
    return (evaluator, reference)
  }

  /// Numbers for a system in its present state, and that by which the checkpoint is ranked.
  package func evaluate(
    _ recipe: any Recipe, at step: Int, in directory: RunDirectory
  ) throws -> EvaluationOutcome {
    do {
      let results = try results(of: recipe.comparisons(on: layout), directory)
      return outcome(results, step, directory)
    } catch RunError.unsupported(let reason) {
      return EvaluationOutcome(note: "not evaluated at step \(step): \(reason)")
    } catch let error as MetricError {
      return EvaluationOutcome(note: "not evaluated at step \(step): \(error)")
    }
  }

  private func results(
    of comparisons: [Comparison], _ directory: RunDirectory
  ) throws -> [MetricResult] {
    let shape = try configuration.shape().data
    let device = try Device(named: configuration.device)
    guard let (evaluator, reference) = samples else {
      let evaluation = TranslationEvaluation(
        data: configuration.data, layout: layout, shape: shape, extractor: extractor,
        device: device, batchSize: configuration.batchSize, cache: referenceCache(at: nil),
        count: settings.count, seed: Self.seed)
      return try evaluation.results(of: comparisons, on: .train)
    }
    return try comparisons.flatMap { comparison -> [MetricResult] in
      guard case .noise(let prior, let classes) = comparison.input else { return [] }
      let pictures = try Pictures(
        of: comparison, prior: prior, classes: classes, count: settings.count, shape: shape,
        seed: Self.seed, on: device, name: directory.path)
      return try evaluator.results(
        for: evaluator.features(of: pictures), classes: classes, reference)
    }
  }

  private func outcome(
    _ results: [MetricResult], _ step: Int, _ directory: RunDirectory
  ) -> EvaluationOutcome {
    let title = samples?.evaluator.reference.title ?? "\(configuration.data.source):train"
    return EvaluationOutcome(
      figures: results.map { ($0.name, $0.value) }, rank: rank(results, against: title),
      record: Evaluation(
        subject: directory.path, step: step, seed: Self.seed, training: true, against: title,
        results: results))
  }

  /// The metric asked for; of a system that translates both ways the mean of both distances.
  private func rank(_ results: [MetricResult], against title: String) -> CheckpointFigure? {
    let names = samples == nil ? ["fid[", "kid-full["] : ["\(metric.headline)["]
    let chosen = results.filter { result in
      let name = result.name.split(separator: "/").last.map(String.init) ?? result.name
      return names.contains(where: name.hasPrefix)
    }
    guard let first = chosen.first else { return nil }
    let name = first.name.split(separator: "/").last.map(String.init) ?? first.name
    return CheckpointFigure(
      name, chosen.map(\.value).reduce(0, +) / Double(chosen.count),
      convention: first.terms(against: title),
      better: samples == nil || metric.goal == .smaller ? .smaller : .larger)
  }
}

extension EvaluationSettings {
  /// Stops where nothing can be measured, or not so much of it.
  fileprivate func check(
    _ recipe: any Recipe.Type, _ configuration: RunConfiguration, _ shape: DataShape
  ) throws {
    let makesImages =
      recipe is any GenerativeRecipe.Type || recipe is any TranslatingRecipe.Type
    guard makesImages else {
      throw RunError.field(
        "evaluateEvery", found: "\(every)",
        expected: "none, for '\(configuration.recipe)' makes no images")
    }
    guard !shape.arePoints else {
      throw RunError.field(
        "evaluateEvery", found: "\(every)",
        expected: "none, for '\(configuration.data.source)' has points, and metrics need images")
    }
    try checkField("evaluateCount", count, 1...((1 << 31) / shape.elementCount))
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
