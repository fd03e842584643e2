import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Torch

/// What is to be measured and how: a run, or images beside others.
public struct EvaluationRequest {
  /// A run's folder, a folder of images, `FILE.npy` or a data set.
  public var subject: String
  /// The reference, a data set or a path; `nil` takes a run's own data.
  public var against: String?
  /// The part of the reference; `nil`: test of a built-in set, for a classifier or a translator,
  /// else all.
  public var split: Split?
  /// Some of `fid`, `kid`, `kid-full`, `is`, `prdc`, `intra-fid`, with commas; `nil`: `fid,kid,is,prdc`,
  /// of translations `fid`, or `kid-full` where the images are few.
  public var metrics: String?
  /// How many images; `nil`: 10,000 of a run, else all.
  public var count: Int?
  /// The network of features: `digits`, or a file of weights.
  public var features = "digits"
  /// The SHA-256 that the file of features must have.
  public var checksum: String?
  /// The layer of VGG whose activations are compared.
  public var layer: String?
  /// Decides the noise of a run's samples.
  public var seed: UInt64 = 1
  /// The checkpoint of a run.
  public var step = CheckpointChoice.newest
  /// Where to compute.
  public var device = Device.cpu
  /// Where features of references are kept; `nil`: in the user's caches.
  public var cache: String?
  /// Where a classifier's weights are written, with their origin.
  public var export: String?

  /// A request for a run or images.
  public init(_ subject: String) { self.subject = subject }

  /// What is found, kept in the run where it is one.
  ///
  /// - Throws: one-line errors naming the file or field.
  public func evaluation() throws -> Evaluation {
    let isRun = FileManager.default.fileExists(atPath: "\(subject)/config.json")
    return try isRun
      ? evaluation(of: Run.open(subject, step: step, on: device))
      : evaluateImages(checkedMetrics())
  }

  /// The metrics asked for, of a number of images that makes sense.
  private func checkedMetrics() throws -> [MetricSuite.Metric]? {
    if let count { try checkField("count", count, 1...10_000_000) }
    return try metrics.map(MetricNames.parse)
  }

  // MARK: - Runs

  /// What is found of an opened run: each of its comparisons, and how well its classifier does.
  func evaluation(of run: Run) throws -> Evaluation {
    let metrics = try checkedMetrics()
    let comparisons = run.recipe.comparisons(on: run.layout)
    let found =
      try comparisons.isEmpty
      ? evaluateClassifier(run) : evaluate(comparisons, of: run, metrics)
    try run.directory.appendEvaluation(found)
    return found
  }

  /// Each comparison by what the system is given. A generator's images are compared with the reference
  /// asked for, translations with held-out images of the run's own data.
  private func evaluate(
    _ comparisons: [Comparison], of run: Run, _ metrics: [MetricSuite.Metric]?
  ) throws -> Evaluation {
    try refuseExport()
    let data = run.configuration.data
    let (fromNoise, fromImages) = (
      comparisons.filter { $0.noise != nil }, comparisons.filter { $0.part != nil }
    )
    guard !fromNoise.isEmpty else {
      if let against {
        throw RunError.field(
          "against", found: "'\(against)'",
          expected: "none, for translations are compared with the run's own data")
      }
      let part = split ?? .test
      let target = NamedSet(data.target, split: part, otherwise: part, for: data)
      return Evaluation(
        subject: run.path, step: run.step, seed: seed,
        against: try heldOut(of: run).title,
        results: try translations(fromImages, of: run, metrics)
          + accuracy(of: run, on: target.resolved(trainedOn: data)))
    }
    let evaluator = try evaluator(
      metrics, against: against ?? data.source, shape: run.shape.imageShape, for: data)
    return Evaluation(
      subject: run.path, step: run.step, seed: seed, against: evaluator.reference.title,
      results: try fromNoise.flatMap { try samples($0, of: run, evaluator) }
        + translations(fromImages, of: run, metrics) + accuracy(of: run, on: evaluator.reference))
  }

  private func evaluateClassifier(_ run: Run) throws -> Evaluation {
    let classifier = try ClassifierEvaluation(run)
    let found = try classifier.evaluated(on: against, split: split, count: count)
    if let export { try classifier.export(to: export, found) }
    return found
  }

  private func translations(
    _ comparisons: [Comparison], of run: Run, _ metrics: [MetricSuite.Metric]?
  ) throws -> [MetricResult] {
    if comparisons.isEmpty { return [] }
    let evaluation = TranslationEvaluation(
      data: run.configuration.data, layout: run.layout, shape: run.shape, metrics: metrics,
      extractor: try FeatureChoice(features, checksum: checksum, layer: layer)
        .extractor(for: FeatureChoice.anyShape, on: run.device, "features"),
      device: run.device, batchSize: run.configuration.batchSize,
      cache: referenceCache(at: cache), count: count, seed: seed)
    return try evaluation.results(of: comparisons, on: heldOut(of: run).part)
  }

  /// The part of a run's own two kinds of images that is asked for, or all where none is held out.
  private func heldOut(of run: Run) throws -> (part: Split, title: String) {
    let (data, part) = (run.configuration.data, split ?? .test)
    guard try part != .test || ImageSets.holdOut(data, run.layout, seed: seed) else {
      return (.all, data.source + NamedSet.caution)
    }
    return (part, "\(data.source):\(part.rawValue)")
  }

  private func samples(
    _ comparison: Comparison, of run: Run, _ evaluator: Evaluator
  ) throws -> [MetricResult] {
    guard let (prior, classes) = comparison.noise else { return [] }
    let pictures = try Pictures(
      of: comparison, prior: prior, classes: classes,
      shares: classes > 0 ? evaluator.reference.classCounts() : nil, count: count ?? 10_000,
      shape: run.shape, seed: seed, on: run.device, name: run.path)
    return named(comparison.name, try evaluator.results(for: pictures, classes: classes))
  }

  /// How well the classifier beside other networks does, where there is one.
  private func accuracy(of run: Run, on reference: NamedSet) throws -> [MetricResult] {
    guard run.recipe is any ClassifyingRecipe else { return [] }
    // The target of an adaptation need not have labels.
    if run.layout.hasTwoKinds, try reference.classCounts() == nil { return [] }
    return [try ClassifierEvaluation(run).accuracy(on: reference, count: count)]
  }

  // MARK: - Images

  private func evaluateImages(_ metrics: [MetricSuite.Metric]?) throws -> Evaluation {
    try refuseExport()
    guard step == .newest else {
      throw RunError.field("step", found: "\(step)", expected: "none, except for a run")
    }
    guard let against else {
      throw RunError.field(
        "against", found: "nothing", expected: "a data set or a path, except for a run")
    }
    let pictures =
      try subject.lowercased().hasSuffix(".npy")
      ? Pictures(npy: subject, count: count)
      : Pictures(of: NamedSet(subject, otherwise: .train), count: count)
    let evaluator = try evaluator(
      metrics, against: against, shape: Array(pictures.shape.dropFirst()))
    return Evaluation(
      subject: pictures.name, against: evaluator.reference.title,
      results: try evaluator.results(for: pictures, classes: nil))
  }

  private func refuseExport() throws {
    guard export == nil else {
      throw RunError.field(
        "export", found: "'\(export ?? "")'", expected: "none, except for a classifier's run")
    }
  }

  private func evaluator(
    _ metrics: [MetricSuite.Metric]?, against reference: String, shape: [Int],
    for data: DataConfiguration? = nil
  ) throws -> Evaluator {
    Evaluator(
      extractor: try FeatureChoice(features, checksum: checksum, layer: layer)
        .extractor(for: shape, on: device, "features"),
      reference: NamedSet(reference, split: split, otherwise: .test, for: data)
        .resolved(trainedOn: data),
      metrics: metrics ?? MetricSuite().metrics, cache: referenceCache(at: cache))
  }
}
