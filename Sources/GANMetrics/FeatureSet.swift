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
  private var featureRows = FeatureRows()
  private var logitRows = FeatureRows()

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
  ///
  /// This makes a second copy of them; metrics read them in blocks.
  public var features: Tensor? { featureRows.tensor }

  /// All features, as metrics read them; `nil` where they are not kept.
  var rows: FeatureRows? { featureRows.count == 0 ? nil : featureRows }

  /// All logits `[N, classes]`, float32 on the processor; `nil` where there are none.
  public var logits: Tensor? { logitRows.tensor }

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
    featureRows.append(batch.features.detached().cast(to: .float32).moved(to: .cpu))
    if let logits = batch.logits {
      logitRows.append(logits.detached().cast(to: .float32).moved(to: .cpu))
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
    guard let features = self.rows, !labels.isEmpty else {
      throw MetricError.missing(metric: "a class by itself", needs: "features and labels")
    }
    let rows = labels.indices.filter { labels[$0] == label }
    var result = FeatureSet(network: network)
    if rows.isEmpty { return result }
    let logits = logitRows.count == 0 ? nil : logitRows.gathered(rows).cast(to: .float32)
    let part = FeatureBatch(
      features: features.gathered(rows).cast(to: .float32), logits: logits)
    try result.add(part, labels: rows.map { labels[$0] })
    return result
  }
}

extension FeatureSet {
  /// The features of a whole data set, in batches.
  ///
  /// - Parameters:
  ///   - limit: At most so many images, a random choice that is always the same; `nil` takes all.
  ///   - progress: Told after every batch how many images are done.
  /// - Throws: ``MetricError``, or what the set throws for a broken file.
  public init(
    of images: any LoadedImages, using extractor: some FeatureExtractor, batchSize: Int = 64,
    limit: Int? = nil, keepingFeatures: Bool = true, progress: (Int) -> Void = { _ in }
  ) throws {
    try check("batch size", batchSize, atLeast: 1)
    self.init(network: extractor.info, keepingFeatures: keepingFeatures)
    let count = Swift.min(images.count, limit ?? images.count)
    let chosen = ShuffledOrder.choice(count, of: images.count)
    for start in stride(from: 0, to: count, by: batchSize) {
      let indices = Array(chosen[start..<Swift.min(start + batchSize, count)])
      let batch = try images.batch(indices)
      let pixels = Tensor(bytes: batch.pixels, shape: [indices.count] + images.preparation.shape)
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
    var (features, logits) = (featureRows, logitRows)
    features.join()
    logits.join()
    for (index, piece) in features.pieces.enumerated() { result["features.\(index)"] = piece }
    for (index, piece) in logits.pieces.enumerated() { result["logits.\(index)"] = piece }
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
    featureRows = try Self.rows("features", in: tensors, count: count)
    guard featureRows.dimension == mean.count else {
      throw MetricError.dimensions(featureRows.dimension, mean.count)
    }
    if tensors["logits.0"] != nil {
      logitRows = try Self.rows("logits", in: tensors, count: count)
    }
  }

  private static func rows(
    _ name: String, in tensors: [String: Tensor], count: Int
  ) throws -> FeatureRows {
    var rows = FeatureRows()
    while rows.count < count {
      guard let piece = tensors["\(name).\(rows.pieces.count)"], piece.rank == 2, piece.count > 0
      else { throw MetricError.missing(metric: "stored statistics", needs: name) }
      rows.append(piece)
      rows.join()
    }
    return rows
  }
}
