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
  private let ranking: RankingMetric
  /// The networks of features of translations, by the part that they should look like.
  private let extractors: [Int: any FeatureExtractor]
  /// The reference of samples, tried before training.
  private let samples: (evaluator: Evaluator, reference: FeatureSet)?
  /// How often samples are of each class: as the training images are.
  private let shares: [Int]?

  /// Decides the noise; the default of an evaluation after training.
  private static let seed: UInt64 = 1

  /// The evaluator that a run asks for, or `nil`. What could be wrong is tried: the features of the
  /// reference are computed or found, and the metric is computed for them.
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
    self.device = device
    shares = configuration.data.classCounts
    let ranking = try RankingMetric(named: settings.metric, for: comparisons, layout)
    self.ranking = ranking
    let (features, source) = (FeatureChoice(settings.features), configuration.data.source)
    extractors = try features.extractors(
      for: comparisons, shape, of: source, on: device, "evaluateFeatures")
    samples = try comparisons.first { $0.noise != nil }.map { [layout] comparison in
      let reference = ReferenceOfSamples(
        configuration: configuration, settings: settings, layout: layout, comparison: comparison,
        image: shape.image(of: comparison.target))
      return try reference.tried(
        ranking,
        by: features.extractor(
          for: reference.image.dimensions, of: source, on: device, "evaluateFeatures"))
    }
    if !extractors.isEmpty { try tryTranslations(comparisons, settings) }
  }

  private func tryTranslations(
    _ comparisons: [Comparison], _ settings: EvaluationSettings
  ) throws {
    do {
      try translations.tryMetrics(of: comparisons, on: .train)
    } catch let error as MetricError {
      throw settings.cannotCompute(error)
    }
  }

  private static func layout<R: Recipe>(
    of _: R, _ configuration: RunConfiguration
  ) throws -> DataLayout { R.layout(try R.Config.decoded(from: configuration.config)) }

  /// Numbers for a system in its present state, and that by which the checkpoint is ranked.
  package func evaluate(
    _ recipe: any Recipe, at step: Int, in directory: RunDirectory
  ) throws -> EvaluationOutcome {
    do {
      let results = try results(of: recipe.comparisons(on: layout), directory)
      return outcome(results, step, directory)
    } catch let error as NothingToMeasure {
      return EvaluationOutcome(note: "not evaluated at step \(step): \(error)")
    } catch let error as MetricError {
      return EvaluationOutcome(note: "not evaluated at step \(step): \(error)")
    }
  }

  private func results(
    of comparisons: [Comparison], _ directory: RunDirectory
  ) throws -> [MetricResult] {
    try (extractors.isEmpty ? [] : translations.results(of: comparisons, on: .train))
      + comparisons.flatMap { comparison -> [MetricResult] in
        guard let (prior, classes) = comparison.noise, let (evaluator, reference) = samples
        else { return [] }
        let pictures = try Pictures(
          of: comparison, prior: prior, classes: classes, shares: shares, count: settings.count,
          shape: shape.image(of: comparison.target), seed: Self.seed, on: device,
          name: directory.path)
        return named(
          comparison.name,
          try evaluator.results(
            for: evaluator.features(of: pictures), classes: classes, reference))
      } + reconstructions(comparisons)
  }

  /// Of the images that samples are compared with.
  private func reconstructions(_ comparisons: [Comparison]) throws -> [MetricResult] {
    guard let reference = samples?.evaluator.reference else { return [] }
    return try ReconstructionEvaluation(
      set: reference, image: shape.image, device: device, count: settings.count
    ).results(of: comparisons)
  }

  private var translations: TranslationEvaluation {
    TranslationEvaluation(
      data: configuration.data, layout: layout, shape: shape, metrics: ranking.suite,
      extractors: extractors, device: device, batchSize: configuration.batchSize,
      cache: referenceCache(at: nil), count: settings.count, seed: Self.seed)
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

  /// The metric asked for; the mean of both where there are two, as of a system that translates both
  /// ways.
  private func rank(_ results: [MetricResult], against title: String) -> CheckpointFigure? {
    let chosen = results.filter { ranking.kinds.contains($0.kind) }
    guard let first = chosen.first, let goal = first.goal else { return nil }
    let name = first.name.split(separator: "/").last.map(String.init) ?? first.name
    return CheckpointFigure(
      name, chosen.map(\.value).reduce(0, +) / Double(chosen.count),
      convention: first.terms(against: title), better: goal == .smaller ? .smaller : .larger)
  }
}

/// What samples are compared with while a generator is trained: the training images.
private struct ReferenceOfSamples {
  let configuration: RunConfiguration
  let settings: EvaluationSettings
  let layout: DataLayout
  let comparison: Comparison
  let image: ImageShape

  /// The features of the reference, of which the metric has been computed once.
  func tried(
    _ ranking: RankingMetric, by extractor: any FeatureExtractor
  ) throws -> (Evaluator, FeatureSet) {
    var evaluator = Evaluator(
      extractor: extractor,
      reference: NamedSet(comparison.target, of: configuration, layout, split: .train)
        .moved(toGreyLevels: comparison.greyLevels),
      metrics: ranking.suite ?? [.kidFull], cache: referenceCache(at: nil))
    let reference = try evaluator.referenceFeatures(
      size: image.size, channels: image.channels, keeping: true)
    let isEnough = min(settings.count, reference.count) > extractor.info.dimension
    evaluator.metrics = ranking.suite ?? [isEnough ? .fid : .kidFull]
    do {
      _ = try evaluator.results(
        for: reference.resized(to: settings.count, classes: comparison.noise?.classes ?? 0),
        classes: 0, reference)
    } catch let error as MetricError {
      throw settings.cannotCompute(error)
    }
    return (evaluator, reference)
  }
}

extension EvaluationSettings {
  fileprivate func cannotCompute(_ error: MetricError) -> RunError {
    .field(
      "evaluateMetric", found: "\(metric.map { "\($0) of " } ?? "")\(count)",
      expected: "a metric that can be computed (\(error))")
  }

  /// Stops where nothing can be measured, or not so much of it.
  fileprivate func check(
    _ comparisons: [Comparison], _ configuration: RunConfiguration, _ shape: DataShape
  ) throws {
    guard !comparisons.isEmpty else {
      throw RunError.field(
        "evaluateEvery", found: "\(every)",
        expected: "none, for '\(configuration.recipe)' is measured after training alone")
    }
    guard !shape.arePoints else {
      throw RunError.field(
        "evaluateEvery", found: "\(every)",
        expected:
          "none, for '\(configuration.data.source)' has points, which are measured after training")
    }
    try checkField("evaluateCount", count, 1...((1 << 31) / shape.elementCount))
  }
}
