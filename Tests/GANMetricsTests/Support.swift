import Foundation
import GANMetrics
import TestSupport
import Testing
import Torch

/// Reference values that Scripts/compare_metrics.py --write-fixtures computed with the Python
/// packages.
struct MetricFixture {
  let tensors: [String: Tensor]
  private let values: [String: String]

  init(_ name: String) throws {
    let url = Self.folder.appendingPathComponent("\(name).safetensors")
    let file = try SafetensorsFile(readingFrom: url)
    (tensors, values) = (file.tensors, file.metadata)
  }

  static var folder: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
  }

  func callAsFunction(_ key: String) throws -> Tensor { try #require(tensors[key]) }

  func value(_ key: String) throws -> Double {
    try #require(values[key].flatMap(Double.init), "the fixture has no value '\(key)'")
  }
}

/// Expects two numbers to agree relative to the larger one, or absolutely near 0.
func expectNear(
  _ actual: Double, _ expected: Double, relative: Double = 1e-9, absolute: Double = 1e-12,
  _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  let allowed = max(absolute, relative * max(abs(actual), abs(expected)))
  #expect(
    abs(actual - expected) <= allowed, "\(comment): \(actual), expected \(expected)",
    sourceLocation: sourceLocation)
}

/// Expects an error that describes itself in one line containing all of `words`.
func expectLine(
  _ error: (any Error)?, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
) {
  let text = error.map { "\($0)" } ?? "no error"
  #expect(!text.contains("\n"), sourceLocation: sourceLocation)
  for word in words { #expect(text.contains(word), "\(text)", sourceLocation: sourceLocation) }
}

/// A folder that is removed with the value.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}

/// A feature network of tests: the means of the channels, computed by nobody's weights.
let plainNetwork = FeatureNetworkInfo(
  name: "plain", checksum: "random", dimension: 4, preparation: "none")

/// A set of given features.
func featureSet(
  _ features: Tensor, logits: Tensor? = nil, labels: [Int] = [], keepingFeatures: Bool = true
) throws -> FeatureSet {
  var network = plainNetwork
  network.dimension = features.size(1)
  var set = FeatureSet(network: network, keepingFeatures: keepingFeatures)
  try set.add(FeatureBatch(features: features, logits: logits), labels: labels)
  return set
}

/// The memory of this process that lies in RAM; only Linux tells.
func residentMegabytes() throws -> Double {
  let status = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
  let pages = try #require(status.split(separator: " ").dropFirst().first.flatMap { Double($0) })
  return pages * Double(getpagesize()) / 1e6
}
