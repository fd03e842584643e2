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
  private let shape: DataShape
  private let device: Device
  private let metric: MetricSuite.Metric
  /// The network of features of translations.
  private let extractor: (any FeatureExtractor)?
  /// The reference of samples, tried before training.
  private let samples: (evaluator: Evaluator, reference: FeatureSet)?
  /// How often samples are of each class: as the training images are.
  private let shares: [Int]?

  /// Decides the noise; the default of an evaluation after training.
  private static let seed: UInt64 = 1

  /// The evaluator that a run asks for, or `nil`. What could be wrong with samples is tried: the
  /// features of the reference are computed or found, and the metric is computed for them.
  ///
  /// - Throws: One line naming the field.
  package init?(_ configuration: RunConfiguration, of recipe: some Recipe) throws {
    guard let settings = configuration.evaluation else { return nil }
    layout = try Self.layout(of: recipe, configuration)
    let shape = try configuration.shape().data
    let comparisons = recipe.comparisons(on: layout)
    try settings.check(comparisons, configuration, shape)
    (self.configuration, self.settings, self.shape) = (configuration, settings, shape)
    let device = try Device(named: configuration.device)
    let metric = try MetricNames.metric(settings.metric, field: "evaluateMetric")
    (self.device, self.metric) = (device, metric)
    let noise = comparisons.lazy.compactMap(\.noise).first
    shares = configuration.data.classCounts
    let features = FeatureChoice(settings.features)
    extractor =
      try comparisons.contains { $0.part != nil }
      ? features.extractor(for: FeatureChoice.anyShape, on: device, "evaluateFeatures") : nil
    samples = try noise.map { noise in
      let extractor = try features.extractor(
        for: shape.imageShape, on: device, "evaluateFeatures")
      return try Self.reference(configuration, noise.classes, metric, extractor)
    }
  }

  private static func layout<R: Recipe>(
    of _: R, _ configuration: RunConfiguration
  ) throws -> DataLayout { R.layout(try R.Config.decoded(from: configuration.config)) }

  private static func reference(
    _ configuration: RunConfiguration, _ classes: Int, _ metric: MetricSuite.Metric,
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
      side: shape.height, channels: shape.channels, keeping: true)
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
    try translations(comparisons)
      + comparisons.flatMap { comparison -> [MetricResult] in
        guard let (prior, classes) = comparison.noise, let (evaluator, reference) = samples
        else { return [] }
        let pictures = try Pictures(
          of: comparison, prior: prior, classes: classes, shares: shares, count: settings.count,
          shape: shape, seed: Self.seed, on: device, name: directory.path)
        return named(
          comparison.name,
          try evaluator.results(
            for: evaluator.features(of: pictures), classes: classes, reference))
      }
  }

  private func translations(_ comparisons: [Comparison]) throws -> [MetricResult] {
    guard let extractor else { return [] }
    let evaluation = TranslationEvaluation(
      data: configuration.data, layout: layout, shape: shape, metrics: chosenMetrics,
      extractor: extractor, device: device, batchSize: configuration.batchSize,
      cache: referenceCache(at: nil), count: settings.count, seed: Self.seed)
    return try evaluation.results(of: comparisons, on: .train)
  }

  /// The metric of translations; `nil` where `fid` may become `kid-full` because the images are few.
  private var chosenMetrics: [MetricSuite.Metric]? { metric == .fid ? nil : [metric] }

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

  /// The metric asked for; the mean of both where there are two, as of a system that translates both
  /// ways.
  private func rank(_ results: [MetricResult], against title: String) -> CheckpointFigure? {
    let stands = extractor != nil && metric == .fid ? ["kid-full["] : []
    let names = ["\(metric.headline)["] + stands
    let chosen = results.filter { result in
      let name = result.name.split(separator: "/").last.map(String.init) ?? result.name
      return names.contains(where: name.hasPrefix)
    }
    guard let first = chosen.first else { return nil }
    let name = first.name.split(separator: "/").last.map(String.init) ?? first.name
    return CheckpointFigure(
      name, chosen.map(\.value).reduce(0, +) / Double(chosen.count),
      convention: first.terms(against: title),
      better: metric.goal == .smaller ? .smaller : .larger)
  }
}

extension EvaluationSettings {
  /// Stops where nothing can be measured, or not so much of it.
  fileprivate func check(
    _ comparisons: [Comparison], _ configuration: RunConfiguration, _ shape: DataShape
  ) throws {
    guard !comparisons.isEmpty else {
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
