import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import Torch

/// What one evaluation found: a line of `evaluation.jsonl`.
struct Evaluation: Codable {
  /// What was evaluated.
  let subject: String
  /// The checkpoint, for a run.
  var step: Int?
  /// What decided the noise, for a run.
  var seed: UInt64?
  /// The reference images.
  let against: String
  /// The numbers, each with its convention.
  let results: [MetricResult]

  /// A title, then one line for each number and one for its classes.
  var text: String {
    let place = step.map { " at step \($0)" } ?? ""
    return (["\(subject)\(place) against \(against)"] + results.flatMap(Self.lines))
      .joined(separator: "\n")
  }

  private static func lines(of result: MetricResult) -> [String] {
    let line = "\(result.name)=" + result.description.dropFirst(result.name.count + 1)
    guard let perClass = result.perClass else { return [line] }
    let parts = perClass.sorted { $0.key.localizedStandardCompare($1.key) == .orderedAscending }
      .map { "\($0.key): \(String(format: "%.4g", $0.value))" }
    return [line, "  by class: \(parts.joined(separator: ", "))"]
  }
}

/// Compares images with a reference.
struct Evaluator {
  let extractor: any FeatureExtractor
  let reference: NamedSet
  let metrics: [MetricSuite.Metric]
  let cache: ReferenceCache

  /// The results for `pictures`.
  ///
  /// - Parameter classes: How many classes a generator was asked for, 0 without; `nil` where nothing
  ///   but the pictures' labels is known.
  func results(for pictures: Pictures, classes: Int?) throws -> [MetricResult] {
    var suite = MetricSuite(metrics)
    suite.split = reference.split.rawValue
    // Without need, neither set's features are kept: only their statistics.
    let generated = try pictures.features(
      by: extractor,
      keeping: suite.needsFeatures || suite.needsLogits || extractor.knowsClasses)
    let images = try reference.load(side: pictures.shape[2], channels: pictures.shape[1])
    let (known, note) = try cache.features(
      of: images, using: extractor, batchSize: 250, keepingFeatures: suite.needsFeatures)
    if let note { Console.complain(note) }
    let networkClasses = generated.logits?.size(1) ?? 0
    let tellsClasses = extractor.knowsClasses && networkClasses > 0
    if tellsClasses, !pictures.labels.isEmpty, (classes ?? networkClasses) == networkClasses {
      try PictureLabels.check(
        pictures.labels, of: pictures.name, classes: networkClasses, network: extractor.info.name)
      suite.metrics.append(.accuracy)
    }
    do {
      return try suite.evaluate(generated, reference: known)
        + (tellsClasses ? ClassCoverage.results(of: generated) : [])
    } catch let error as MetricError {
      throw CommandError("\(pictures.name): \(error)")
    }
  }
}

/// Where reference features are kept: the folder asked for, or `swiftgan` in the user's caches.
func referenceCache(at path: String?) -> ReferenceCache {
  if let path { return ReferenceCache(folder: URL(fileURLWithPath: path, isDirectory: true)) }
  let environment = ProcessInfo.processInfo.environment
  let base =
    environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    ?? (environment["HOME"] ?? NSHomeDirectory()) + "/.cache"
  return ReferenceCache(folder: URL(fileURLWithPath: "\(base)/swiftgan", isDirectory: true))
}
