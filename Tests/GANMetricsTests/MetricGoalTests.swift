import GANMetrics
import TestSupport
import Testing
import Torch

@Suite("Which values are better", .reproducible)
struct MetricGoalTests {
  private let labels = (0..<60).map { $0 % 3 }

  /// Features around a centre, with class scores that say the right class or nothing.
  private func set(_ shift: Double, confidence: Double) throws -> FeatureSet {
    let logits = Tensor(labels).oneHot(classes: 3) * confidence
    return try featureSet(.randn([60, 4]) + shift, logits: logits, labels: labels)
  }

  /// The headline of a metric, and that it is one result.
  private func headline(
    _ metric: MetricSuite.Metric, _ generated: FeatureSet, _ reference: FeatureSet
  ) throws -> Double {
    let results = try MetricSuite([metric]).evaluate(generated, reference: reference)
    let found = results.filter { $0.name == "\(metric.headline)[plain]" }
    #expect(found.count == 1, "\(metric)")
    return try #require(found.first).value
  }

  @Test(
    "Samples like the reference beat shifted ones of no class",
    arguments: MetricSuite.Metric.allCases)
  func goal(metric: MetricSuite.Metric) throws {
    let reference = try set(0, confidence: 5)
    let good = try headline(metric, try set(0, confidence: 5), reference)
    // No class at all would be class 0 by the first of equal scores, a third of it right.
    let bad = try headline(metric, try set(4, confidence: 0), reference)
    switch metric.goal {
    case .smaller: #expect(good < bad, "\(metric)")
    case .larger: #expect(good > bad, "\(metric)")
    }
  }
}
