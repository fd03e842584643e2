import Foundation
import GANMetrics
import Torch

/// Seconds of every metric on normal features.
func printSpeed(_ size: (samples: Int, features: Int)) throws {
  Randomness.seed(1)
  let network = FeatureNetworkInfo(
    name: "noise", checksum: "random", dimension: size.features, preparation: "none")
  func set() throws -> FeatureSet {
    var set = FeatureSet(network: network)
    for start in stride(from: 0, to: size.samples, by: 64) {
      let count = min(64, size.samples - start)
      let batch = FeatureBatch(
        features: .randn([count, size.features]), logits: .randn([count, 10]))
      try set.add(batch, labels: (start..<start + count).map { $0 % 10 })
    }
    return set
  }
  let begin = Date()
  let (fake, real) = (try set(), try set())
  print("statistics of both sets \(Date().timeIntervalSince(begin)) s")
  var suite = MetricSuite(MetricSuite.Metric.allCases)
  suite.allowsFewSamples = true
  for metric in suite.metrics {
    suite.metrics = [metric]
    let start = Date()
    let results = try suite.evaluate(fake, reference: real)
    print("\(metric.rawValue) \(Date().timeIntervalSince(start)) s")
    for result in results { print("  \(result)") }
  }
  guard let queries = fake.features?[0..<min(64, size.samples)], let base = real.features else {
    return
  }
  let start = Date()
  _ = try nearestNeighbors(of: queries, in: base, k: 5)
  print("5 nearest neighbours of \(queries.size(0)) \(Date().timeIntervalSince(start)) s")
}
