import Torch

/// The metrics that compare two sets of features, with their settings.
public struct MetricSuite: Sendable {
  /// One metric, or one family computed together.
  public enum Metric: String, Sendable, CaseIterable, Codable {
    /// Fréchet distance: `fid`.
    case fid
    /// Kernel distance over subsets: `kid`.
    case kid
    /// Kernel distance over all samples: `kid-full`.
    case kidFull = "kid-full"
    /// Inception Score of the generated set: `is`.
    case inceptionScore = "is"
    /// `precision`, `recall`, `density` and `coverage`.
    case manifold
    /// Accuracy of the network on the labels of the generated set: `accuracy`.
    case accuracy
    /// Fréchet distance within each class, and its mean: `intra-fid`.
    case intraFID = "intra-fid"
  }

  /// What is computed, in this order.
  public var metrics: [Metric]
  /// Parts of the Inception Score.
  public var splits = 10
  /// Subsets of the kernel distance; smaller where a set has fewer samples.
  public var kernel = KernelDistanceSettings()
  /// Neighbours of precision, recall, density and coverage.
  public var k = 3
  /// Ties of precision, recall, density and coverage.
  public var convention = ManifoldConvention.closed
  /// Whether Fréchet distances are computed from too few samples, too.
  public var allowsFewSamples = false
  /// Where distances and kernels are computed, in float64.
  public var device = Device.cpu
  /// The part of the data set the references come from, for the record.
  public var split: String?

  /// Whether any of the metrics needs the features of both sets, beside their statistics.
  public var needsFeatures: Bool {
    metrics.contains { [.kid, .kidFull, .manifold, .intraFID].contains($0) }
  }

  /// Whether any of the metrics needs the class scores of the generated set.
  public var needsLogits: Bool {
    metrics.contains { [.inceptionScore, .accuracy].contains($0) }
  }

  /// The metrics that need no labels, with the settings their papers use.
  public init(_ metrics: [Metric] = [.fid, .kid, .inceptionScore, .manifold]) {
    self.metrics = metrics
  }

  /// Compares a generated set with a reference set.
  ///
  /// - Parameter progress: Told the name of every metric before it starts.
  /// - Throws: ``MetricError`` for the first metric that cannot be computed, or when the sets come
  ///   from different networks.
  public func evaluate(
    _ generated: FeatureSet, reference: FeatureSet, progress: (Metric) -> Void = { _ in }
  ) throws -> [MetricResult] {
    try requireSameNetwork(generated.network, reference.network)
    return try metrics.flatMap { metric in
      progress(metric)
      return try results(of: metric, generated, reference)
    }
  }

  private func results(
    of metric: Metric, _ generated: FeatureSet, _ reference: FeatureSet
  ) throws -> [MetricResult] {
    let report = Report(suite: self, generated: generated, reference: reference)
    switch metric {
    case .fid: return [try report.frechet()]
    case .kid: return [try report.kernelSubsets()]
    case .kidFull: return [try report.kernelFull()]
    case .inceptionScore: return [try report.score()]
    case .manifold: return try report.manifold()
    case .accuracy: return [try report.accuracy()]
    case .intraFID: return [try report.frechetWithinClasses()]
    }
  }
}

/// Turns values into results with their conventions.
private struct Report {
  let suite: MetricSuite
  let generated: FeatureSet
  let reference: FeatureSet

  func frechet() throws -> MetricResult {
    let value = try frechetDistance(
      generated.statistics, reference.statistics, allowingFewSamples: suite.allowsFewSamples)
    return result("fid", value, settings: fewSamples)
  }

  func frechetWithinClasses() throws -> MetricResult {
    let classes = Set(reference.labels).sorted()
    var (values, sum): ([String: Double], Double) = ([:], 0)
    for label in classes {
      let (a, b) = (try generated.subset(ofClass: label), try reference.subset(ofClass: label))
      let value = try frechetDistance(
        a.statistics, b.statistics, allowingFewSamples: suite.allowsFewSamples)
      values["\(label)"] = value
      sum += value
    }
    if values.isEmpty { throw MetricError.missing(metric: "intra-fid", needs: "labels") }
    return result(
      "intra-fid", sum / Double(values.count), perClass: values, settings: fewSamples)
  }

  private var fewSamples: [String: String] {
    let least = min(generated.count, reference.count)
    return least > generated.network.dimension ? [:] : ["covariance": "singular: too few samples"]
  }

  func kernelSubsets() throws -> MetricResult {
    let (a, b) = try features("kid")
    var settings = suite.kernel
    settings.subsetSize = min(settings.subsetSize, a.count, b.count)
    let value = try kernelDistance(a, reference: b, settings: settings)
    let record = [
      "subsets": "\(settings.subsets)", "size": "\(settings.subsetSize)",
      "seed": "\(settings.seed)",
    ]
    return result("kid", value.mean, deviation: value.deviation, settings: record)
  }

  func kernelFull() throws -> MetricResult {
    let (a, b) = try features("kid-full")
    return result("kid-full", try fullKernelDistance(a, reference: b))
  }

  func score() throws -> MetricResult {
    guard let logits = generated.logits else {
      throw MetricError.missing(metric: "is", needs: "logits")
    }
    let value = try inceptionScore(logits: logits, splits: suite.splits)
    var result = result(
      "is", value.mean, deviation: value.deviation, settings: ["splits": "\(suite.splits)"])
    (result.convention.references, result.convention.split) = (nil, nil)
    return result
  }

  func manifold() throws -> [MetricResult] {
    let (a, b) = try features("precision and recall")
    let scores = try manifoldScores(a, reference: b, k: suite.k, convention: suite.convention)
    let record = ["k": "\(suite.k)", "ties": suite.convention.rawValue]
    return [
      ("precision", scores.precision), ("recall", scores.recall), ("density", scores.density),
      ("coverage", scores.coverage),
    ].map { result($0.0, $0.1, settings: record) }
  }

  func accuracy() throws -> MetricResult {
    guard let logits = generated.logits, !generated.labels.isEmpty else {
      throw MetricError.missing(metric: "accuracy", needs: "logits and labels")
    }
    let value = try classAccuracy(logits: logits, labels: generated.labels)
    var perClass: [String: Double] = [:]
    for (label, accuracy) in value.perClass.enumerated() { perClass["\(label)"] = accuracy }
    var result = result("accuracy", value.overall, perClass: perClass)
    (result.convention.references, result.convention.split) = (nil, nil)
    return result
  }

  private func features(_ metric: String) throws -> (FeatureRows, FeatureRows) {
    guard var a = generated.rows, var b = reference.rows else {
      throw MetricError.missing(metric: metric, needs: "the features themselves")
    }
    (a.device, b.device) = (suite.device, suite.device)
    return (a, b)
  }

  private func result(
    _ name: String, _ value: Double, deviation: Double? = nil, perClass: [String: Double]? = nil,
    settings: [String: String] = [:]
  ) -> MetricResult {
    MetricResult(
      "\(name)[\(generated.network.name)]", value, deviation: deviation, perClass: perClass,
      convention: MetricConvention(
        samples: generated.count, references: reference.count, split: suite.split,
        network: generated.network, settings: settings))
  }
}
