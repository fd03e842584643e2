import Foundation
import GANMetrics
import Torch

/// The memory of this process that lies in RAM with two sets of features made, and the most that it
/// ever took while they were compared.
func printMemory(_ metric: String, _ size: (samples: Int, features: Int)) throws {
  Randomness.seed(1)
  let network = FeatureNetworkInfo(
    name: "noise", checksum: "random", dimension: size.features, preparation: "none")
  let suite = MetricSuite([MetricSuite.Metric(rawValue: metric) ?? .kid])
  // What every process takes, libraries and all.
  let empty = try peakMegabytes()
  let (fake, real) = (
    try noise(network, size.samples, suite), try noise(network, size.samples, suite)
  )
  // One tensor of all features is the caller's, not the search's.
  let base = metric == "neighbors" ? real.features : nil
  let before = try peakMegabytes()
  if let base {
    _ = try nearestNeighbors(of: base[0..<min(64, size.samples)], in: base, k: 3)
  } else {
    var suite = suite
    suite.allowsFewSamples = true
    for result in try suite.evaluate(fake, reference: real) {
      FileHandle.standardError.write(Data("\(result)\n".utf8))
    }
  }
  let values = ["empty": empty, "before": before, "peak": try peakMegabytes()]
  let data = try JSONSerialization.data(withJSONObject: values, options: .sortedKeys)
  print(String(decoding: data, as: UTF8.self))
}

private func noise(
  _ network: FeatureNetworkInfo, _ samples: Int, _ suite: MetricSuite
) throws -> FeatureSet {
  var set = FeatureSet(network: network, keepingFeatures: suite.needsFeatures)
  for start in stride(from: 0, to: samples, by: 250) {
    let count = min(250, samples - start)
    try set.add(FeatureBatch(features: .randn([count, network.dimension]), logits: nil))
  }
  return set
}

/// The largest resident size of this process so far. `getrusage` would count what its parent took
/// before this program was started in its place.
private func peakMegabytes() throws -> Double {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  guard
    let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({
      Double($0)
    })
  else { throw Usage() }
  return kilobytes * 1024 / 1e6
}
