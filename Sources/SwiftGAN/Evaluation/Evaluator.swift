import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import Torch

/// Compares images with a reference.
struct Evaluator {
  let extractor: any FeatureExtractor
  let reference: NamedSet
  /// What is asked for; `nil`: what can be told of so many images.
  var metrics: [MetricSuite.Metric]?
  let cache: ReferenceCache
  /// Whether pictures of a class are compared with each other.
  var comparesClasses = false

  /// The results for `pictures`.
  ///
  /// - Parameter classes: How many classes a generator was asked for, 0 without; `nil` where nothing
  ///   but the pictures' labels is known.
  func results(for pictures: Pictures, classes: Int?) throws -> [MetricResult] {
    let generated = try features(of: pictures)
    let known = try referenceFeatures(size: pictures.size, channels: pictures.shape[1])
    if readsClasses(of: generated, classes) {
      try PictureLabels.check(
        pictures.labels, of: pictures.name, classes: generated.logits?.size(1) ?? 0,
        network: extractor.info.name)
    }
    do {
      return try results(for: generated, classes: classes, known)
        + (comparesClasses ? classSimilarities(of: pictures) : [])
    } catch let error as MetricError {
      throw RunError.unsupported("\(pictures.name): \(error)")
    }
  }

  /// How alike pictures of a class are, and real images of it.
  private func classSimilarities(of pictures: Pictures) throws -> [MetricResult] {
    let own = try ClassSimilarity(labels: pictures.labels) { pictures.tensor(of: $0) }
    let images = try reference.loadLabelled(size: pictures.size, channels: pictures.shape[1])
    let real = try ClassSimilarity(labels: images.labels.map { Int($0) }) { positions in
      Tensor(
        bytes: try images.batch(positions).pixels,
        shape: [positions.count] + pictures.shape.dropFirst()
      ).cast(to: .float32) / 255
    }
    return [own.result(), real.result("real-")]
  }

  /// The suite for two sets. By default a Fréchet distance is left out where there are too few images for
  /// a covariance.
  private func suite(for generated: FeatureSet, _ known: FeatureSet) -> MetricSuite {
    var suite = MetricSuite(metrics ?? MetricSuite().metrics)
    if metrics == nil, isTooFew(generated, known) { suite.metrics.removeAll { $0 == .fid } }
    suite.split = reference.split.rawValue
    return suite
  }

  private func isTooFew(_ generated: FeatureSet, _ known: FeatureSet) -> Bool {
    min(generated.count, known.count) <= extractor.info.dimension
  }

  /// What was left out of results, in words.
  func notes(on results: [MetricResult]) -> [String] {
    guard metrics == nil, !results.contains(where: { $0.kind == "fid" }) else { return [] }
    return [
      "no fid: the covariance of \(extractor.info.dimension) features needs at least "
        + "\(extractor.info.dimension + 1) images on both sides"
    ]
  }

  /// What the metrics need to know of pictures. Without need, no features are kept: only their
  /// statistics.
  func features(of pictures: Pictures) throws -> FeatureSet {
    let suite = MetricSuite(metrics ?? MetricSuite().metrics)
    return try pictures.features(
      by: extractor,
      keeping: suite.needsFeatures || suite.needsLogits || extractor.knowsClasses)
  }

  /// The features of the reference, prepared as the images that are compared with it.
  ///
  /// - Parameter keeping: Whether features are kept although no metric needs them.
  func referenceFeatures(
    size: ImageSize, channels: Int, keeping: Bool = false
  ) throws -> FeatureSet {
    // Distances within classes compare classes, so that these must be the run's.
    let images =
      try metrics?.contains(.intraFID) == true
      ? reference.loadLabelled(size: size, channels: channels)
      : reference.load(size: size, channels: channels)
    return try cache.referenceFeatures(
      of: images, using: extractor,
      keeping: keeping || MetricSuite(metrics ?? MetricSuite().metrics).needsFeatures)
  }

  /// The results for features.
  ///
  /// - Throws: `MetricError`.
  func results(
    for generated: FeatureSet, classes: Int?, _ known: FeatureSet
  ) throws -> [MetricResult] {
    var suite = suite(for: generated, known)
    if readsClasses(of: generated, classes) { suite.metrics.append(.accuracy) }
    let tellsClasses = extractor.knowsClasses && generated.logits != nil
    return try suite.evaluate(generated, reference: known)
      + (tellsClasses ? ClassCoverage.results(of: generated) : [])
  }

  /// Whether the network can say of the set's labels how often it sees them.
  private func readsClasses(of set: FeatureSet, _ classes: Int?) -> Bool {
    guard extractor.knowsClasses, let own = set.logits?.size(1), own > 0 else { return false }
    return !set.labels.isEmpty && (classes ?? own) == own
  }
}

extension ReferenceCache {
  /// The features of a reference; what went wrong with the cache is said on standard error.
  func referenceFeatures(
    of images: any LoadedImages, using extractor: any FeatureExtractor, keeping: Bool = true
  ) throws -> FeatureSet {
    let (known, note) = try features(
      of: images, using: extractor, batchSize: 250, keepingFeatures: keeping)
    if let note { FileHandle.standardError.write(Data("\(note)\n".utf8)) }
    return known
  }
}

/// Where reference features are kept: the folder asked for, or `swiftgan` in the user's caches.
package func referenceCache(at path: String?) -> ReferenceCache {
  if let path { return ReferenceCache(folder: URL(fileURLWithPath: path, isDirectory: true)) }
  let environment = ProcessInfo.processInfo.environment
  let base =
    environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    ?? (environment["HOME"] ?? NSHomeDirectory()) + "/.cache"
  return ReferenceCache(folder: URL(fileURLWithPath: "\(base)/swiftgan", isDirectory: true))
}

extension MetricResult {
  /// What has to be the same for values to be comparable.
  package func terms(against reference: String) -> String {
    let network = convention.network.map { " \($0.checksum.prefix(6))" } ?? ""
    return "\(convention.samples) against \(reference)\(network)"
  }
}
