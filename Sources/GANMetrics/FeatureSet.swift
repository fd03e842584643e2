import GANData
import Torch

/// What one pass of a feature network over a set of images leaves behind; every metric starts from
/// it, so no image is looked at twice.
///
/// The statistics take memory of D² only. Features and logits themselves, which all metrics but the
/// FID need, take N·(D + classes)·4 bytes and are kept on request.
public struct FeatureSet {
  /// The network that computed the features.
  public let network: FeatureNetworkInfo
  /// Mean and covariance of the features.
  public private(set) var statistics: FeatureStatistics
  /// The class of every image, or nothing for an unlabelled set.
  public private(set) var labels: [Int] = []
  private let keepsFeatures: Bool
  private var featureBatches: [Tensor] = []
  private var logitBatches: [Tensor] = []

  /// No images yet.
  ///
  /// - Parameter keepingFeatures: Whether features and logits are kept besides their statistics.
  public init(network: FeatureNetworkInfo, keepingFeatures: Bool = true) {
    self.network = network
    statistics = FeatureStatistics(dimension: network.dimension)
    keepsFeatures = keepingFeatures
  }

  /// How many images there are.
  public var count: Int { statistics.count }

  /// All features `[N, D]`, float32 on the processor; `nil` where they are not kept.
  public var features: Tensor? { featureBatches.isEmpty ? nil : .concatenated(featureBatches) }

  /// All logits `[N, classes]`, float32 on the processor; `nil` where there are none.
  public var logits: Tensor? { logitBatches.isEmpty ? nil : .concatenated(logitBatches) }

  /// Adds a batch that the network has seen.
  ///
  /// - Parameter labels: Its classes, one for each image, in every batch or in none.
  /// - Throws: ``MetricError``; nothing is added then.
  public mutating func add(_ batch: FeatureBatch, labels: [Int] = []) throws {
    guard labels.isEmpty || labels.count == batch.features.size(0),
      count == 0 || labels.isEmpty == self.labels.isEmpty
    else {
      throw MetricError.shape(
        what: "labels", found: [labels.count],
        expected: "[\(batch.features.size(0))], in every batch or in none")
    }
    try statistics.add(batch.features)
    self.labels += labels
    guard keepsFeatures else { return }
    featureBatches.append(batch.features.detached().cast(to: .float32).moved(to: .cpu))
    if let logits = batch.logits {
      logitBatches.append(logits.detached().cast(to: .float32).moved(to: .cpu))
    }
  }

  /// Runs `extractor` over images `[N, C, H, W]` in [0, 1] and adds what it finds.
  ///
  /// - Throws: ``MetricError``.
  public mutating func add(
    images: Tensor, labels: [Int] = [], using extractor: some FeatureExtractor
  ) throws {
    try requireSameNetwork(network, extractor.info)
    try add(try extractor.outputs(of: images), labels: labels)
  }

  /// The images of one class, which must have kept their features.
  ///
  /// - Throws: ``MetricError`` when features or labels were not kept.
  public func subset(ofClass label: Int) throws -> FeatureSet {
    guard let features, !labels.isEmpty else {
      throw MetricError.missing(metric: "a class by itself", needs: "features and labels")
    }
    let rows = labels.indices.filter { labels[$0] == label }
    var result = FeatureSet(network: network)
    if rows.isEmpty { return result }
    let index = Tensor(rows)
    let part = FeatureBatch(
      features: features.gathered(index), logits: logits.map { $0.gathered(index) })
    try result.add(part, labels: rows.map { labels[$0] })
    return result
  }
}

extension FeatureSet {
  /// The features of a whole data set, in batches.
  ///
  /// - Parameters:
  ///   - limit: At most so many images, the first ones; `nil` takes all.
  ///   - progress: Told after every batch how many images are done.
  /// - Throws: ``MetricError``, or what the set throws for a broken file.
  public init(
    of images: any LoadedImages, using extractor: some FeatureExtractor, batchSize: Int = 64,
    limit: Int? = nil, keepingFeatures: Bool = true, progress: (Int) -> Void = { _ in }
  ) throws {
    try check("batch size", batchSize, atLeast: 1)
    self.init(network: extractor.info, keepingFeatures: keepingFeatures)
    let count = Swift.min(images.count, limit ?? images.count)
    let (channels, side) = (images.preparation.channels, images.preparation.size)
    for start in stride(from: 0, to: count, by: batchSize) {
      let indices = Array(start..<Swift.min(start + batchSize, count))
      let batch = try images.batch(indices)
      let pixels = Tensor(bytes: batch.pixels, shape: [indices.count, channels, side, side])
      let scaled = pixels.cast(to: .float32) / 255
      try add(images: scaled, labels: batch.labels.map { Int($0) }, using: extractor)
      progress(start + indices.count)
    }
  }
}

/// Throws unless both sets of features come from the same weights and preparation.
func requireSameNetwork(_ a: FeatureNetworkInfo, _ b: FeatureNetworkInfo) throws {
  if a != b {
    throw MetricError.differentNetworks(
      "\(a), \(a.preparation)", "\(b), \(b.preparation)")
  }
}

// MARK: - Storage

extension FeatureSet {
  /// Everything as named tensors.
  var tensors: [String: Tensor] {
    var result = [
      "count": Tensor([count]), "mean": statistics.mean.moved(to: .cpu),
      "covariance": statistics.covariance.moved(to: .cpu),
    ]
    if !labels.isEmpty { result["labels"] = Tensor(labels) }
    result["features"] = features
    result["logits"] = logits
    return result
  }

  /// The set that ``tensors`` describes.
  ///
  /// - Throws: ``MetricError`` when they do not fit each other.
  init(tensors: [String: Tensor], network: FeatureNetworkInfo, keepingFeatures: Bool) throws {
    self.init(network: network, keepingFeatures: keepingFeatures)
    guard let count = tensors["count"]?.integers.first, let mean = tensors["mean"],
      let covariance = tensors["covariance"]
    else { throw MetricError.missing(metric: "stored statistics", needs: "mean and covariance") }
    statistics = try FeatureStatistics(count: count, mean: mean, covariance: covariance)
    guard statistics.dimension == network.dimension else {
      throw MetricError.dimensions(statistics.dimension, network.dimension)
    }
    labels = tensors["labels"]?.integers ?? []
    guard keepingFeatures else { return }
    guard let features = tensors["features"], features.shape == [count, mean.count] else {
      throw MetricError.missing(metric: "stored statistics", needs: "features")
    }
    featureBatches = [features]
    logitBatches = tensors["logits"].map { [$0] } ?? []
  }
}
