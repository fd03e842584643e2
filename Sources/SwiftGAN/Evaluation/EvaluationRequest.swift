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
  /// Some of `fid`, `kid`, `kid-full`, `is`, `prdc`, `intra-fid`, `intra-ms-ssim`, with commas;
  /// `nil`: `fid,kid,is,prdc`, without `fid` where the images are few; of translations `fid`, or
  /// `kid-full` where they are few.
  public var metrics: String?
  /// How many images; `nil`: 10,000 of a run, else all.
  public var count: Int?
  /// The network of features: `digits`, `efficientnet-lite0` or a file of weights; `nil`: `digits` for
  /// the built-in sets and grey images up to 64x64, `efficientnet-lite0` for all others.
  public var features: String?
  /// The SHA-256 that the file of features must have.
  public var checksum: String?
  /// The layer of VGG whose activations are compared.
  public var layer: String?
  /// Gaussians of the mixture that a run of points is measured beside, 1 to 32; `nil`: 2.
  public var components: Int?
  /// Decides the noise of a run's samples, and which images of a set are taken.
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
    if FileManager.default.fileExists(atPath: "\(subject)/config.json") {
      return try evaluation(of: Run.open(subject, step: step, on: device))
    }
    try checkPlace()
    return try evaluateImages(checkedMetrics())
  }

  /// Throws where the subject is a path that leads nowhere.
  private func checkPlace() throws {
    let name = NamedSet(subject, otherwise: .all).name
    if FileManager.default.fileExists(atPath: name) { return }
    do {
      _ = try NamedSet(subject, otherwise: .all).open()
      return
    } catch {
      guard subject.contains("/") else { throw error }
    }
    let place = URL(fileURLWithPath: name)
    let folder = place.deletingLastPathComponent().path
    let beside = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let nearest = nearestName(to: place.lastPathComponent, among: beside.sorted())
      .map { "; did you mean '\($0)'?" }
    throw RunError.unsupported(
      "\(subject): no such run, folder, archive or FILE.npy\(nearest ?? "")")
  }

  /// The metrics asked for, of a number of images that makes sense.
  private func checkedMetrics() throws -> AskedMetrics? {
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
  /// asked for, translations with images of the run's own data, by default
  /// those that are held out.
  private func evaluate(
    _ comparisons: [Comparison], of run: Run, _ metrics: AskedMetrics?
  ) throws -> Evaluation {
    try refuseExport()
    let data = run.configuration.data
    if run.shape.arePoints, let points = try PointDistribution.named(data.source) {
      try refuseOptionsOfImages()
      return try PointEvaluation(
        run: run, points: points, count: count ?? 10_000,
        components: components ?? PointEvaluation.components, seed: seed
      ).evaluated(comparisons[0])
    }
    try refuseComponents()
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
    let found = try fromNoise.map { try samples($0, of: run, metrics) }
    let reference = try reference(for: fromNoise[0], of: run)
    return Evaluation(
      subject: run.path, step: run.step, seed: seed, against: reference.title,
      results: found.flatMap(\.results) + (try translations(fromImages, of: run, metrics))
        + (try reconstructions(comparisons, of: run, on: reference))
        + (try accuracy(of: run, on: reference)), notes: found.flatMap(\.notes))
  }

  private func refuseOptionsOfImages() throws {
    for (field, value) in [
      ("against", against), ("split", split?.rawValue), ("metrics", self.metrics),
      ("features", features), ("checksum", checksum), ("layer", layer),
    ] {
      guard let value else { continue }
      throw RunError.field(
        field, found: "'\(value)'", expected: "none, for the run draws points, not images")
    }
  }

  private func refuseComponents() throws {
    guard let components else { return }
    throw RunError.field(
      "components", found: "\(components)", expected: "none, except for a run that draws points")
  }

  /// How well images are given back, by a system that encodes them.
  private func reconstructions(
    _ comparisons: [Comparison], of run: Run, on reference: NamedSet
  ) throws -> [MetricResult] {
    try ReconstructionEvaluation(
      set: reference, image: run.shape.image, device: run.device, count: count ?? 10_000
    ).results(of: comparisons)
  }

  /// What samples are compared with: the set asked for, else the images of the run's own data that they
  /// should look like.
  private func reference(for comparison: Comparison, of run: Run) throws -> NamedSet {
    let data = run.configuration.data
    let set =
      against.map { NamedSet($0, split: split, otherwise: .test, for: data) }
      ?? NamedSet(comparison.target, of: run.configuration, run.layout, split: split)
    return set.resolved(trainedOn: data).moved(toGreyLevels: comparison.greyLevels)
  }

  private func evaluateClassifier(_ run: Run) throws -> Evaluation {
    try refuseComponents()
    let classifier = try ClassifierEvaluation(run)
    let found = try classifier.evaluated(on: against, split: split, count: count)
    if let export { try classifier.export(to: export, found) }
    return found
  }

  private func translations(
    _ comparisons: [Comparison], of run: Run, _ metrics: AskedMetrics?
  ) throws -> [MetricResult] {
    if comparisons.isEmpty { return [] }
    guard metrics?.ofClasses != true else {
      throw RunError.field(
        "metrics", found: "'\(ClassSimilarity.name)'",
        expected: "none of classes, for translations have none")
    }
    let data = run.configuration.data
    let evaluation = TranslationEvaluation(
      data: data, layout: run.layout, shape: run.shape, metrics: metrics?.ofFeatures,
      extractors: try featureChoice.extractors(
        for: comparisons, run.shape, of: data.source, on: run.device, "features"),
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
    _ comparison: Comparison, of run: Run, _ metrics: AskedMetrics?
  ) throws -> (results: [MetricResult], notes: [String]) {
    guard let (prior, classes) = comparison.noise else { return ([], []) }
    let evaluator = try evaluator(
      metrics, against: reference(for: comparison, of: run),
      shape: run.shape.image(of: comparison.target).dimensions)
    let pictures = try Pictures(
      of: comparison, prior: prior, classes: classes,
      shares: classes > 0 ? evaluator.reference.classCounts() : nil, count: count ?? 10_000,
      shape: run.shape.image(of: comparison.target), seed: seed, on: run.device, name: run.path)
    let results = try evaluator.results(for: pictures, classes: classes)
    return (named(comparison.name, results), evaluator.notes(on: results))
  }

  /// How well the classifier beside other networks does, where there is one.
  private func accuracy(of run: Run, on reference: NamedSet) throws -> [MetricResult] {
    guard run.recipe is any ClassifyingRecipe, run.shape.classes > 0 else { return [] }
    // The target of an adaptation need not have labels.
    if run.layout.hasTwoKinds, try reference.classCounts() == nil { return [] }
    return [try ClassifierEvaluation(run).accuracy(on: reference, count: count)]
  }

  // MARK: - Images

  private func evaluateImages(_ metrics: AskedMetrics?) throws -> Evaluation {
    try refuseExport()
    try refuseComponents()
    guard step == .newest else {
      throw RunError.field("step", found: "\(step)", expected: "none, except for a run")
    }
    guard let against else {
      throw RunError.field(
        "against", found: "nothing", expected: "a data set or a path, except for a run")
    }
    let reference = NamedSet(against, split: split, otherwise: .test).resolved()
    let pictures =
      try subject.lowercased().hasSuffix(".npy")
      ? Pictures(npy: subject, count: count, seed: seed)
      : Pictures(
        of: NamedSet(subject, otherwise: .train), count: count, seed: seed,
        size: reference.nativeSize())
    let evaluator = try evaluator(
      metrics, against: reference, shape: Array(pictures.shape.dropFirst()))
    let results = try evaluator.results(for: pictures, classes: nil)
    let resized = try [pictures.resizing, reference.resizing(to: pictures.size)]
    return Evaluation(
      subject: pictures.name, against: reference.title, results: results,
      notes: resized.compactMap { $0 } + evaluator.notes(on: results))
  }

  private func refuseExport() throws {
    guard export == nil else {
      throw RunError.field(
        "export", found: "'\(export ?? "")'", expected: "none, except for a classifier's run")
    }
  }

  private var featureChoice: FeatureChoice {
    FeatureChoice(features, checksum: checksum, layer: layer)
  }

  private func evaluator(
    _ metrics: AskedMetrics?, against reference: NamedSet, shape: [Int]
  ) throws -> Evaluator {
    Evaluator(
      extractor: try featureChoice.extractor(
        for: shape, of: reference.name, on: device, "features"),
      reference: reference, metrics: metrics?.ofFeatures, cache: referenceCache(at: cache),
      comparesClasses: metrics?.ofClasses ?? false)
  }
}
