import GANMetrics
import TestSupport
import Testing
import Torch

@Suite("Class coverage", .reproducible)
struct ClassCoverageTests {
  /// Scores under which the images are read as `classes`.
  private func logits(_ classes: [Int], of count: Int) -> Tensor {
    Tensor(classes).oneHot(classes: count) * 3 - 1
  }

  @Test("counts what the network reads, whatever was asked for")
  func counts() throws {
    let coverage = try ClassCoverage(logits: logits([0, 0, 2, 0, 4, 2], of: 5))
    #expect(coverage.counts == [3, 0, 2, 0, 1])
    #expect(coverage.appearing == 3 && coverage.smallestShare == 0)
    let even = try ClassCoverage(logits: logits([0, 1, 1, 2, 2], of: 3))
    #expect(even.appearing == 3 && even.smallestShare == 0.2)
  }

  @Test("results carry the classes by name and the convention")
  func results() throws {
    let set = try featureSet(.randn([4, 4]), logits: logits([0, 0, 1, 0], of: 3))
    let results = try ClassCoverage.results(of: set)
    #expect(results.map(\.name) == ["classes[plain]", "smallest-share[plain]"])
    #expect(results[0].value == 2 && results[0].perClass == ["0": 3, "1": 1, "2": 0])
    #expect(results[1].value == 0 && results[1].perClass == nil)
    for result in results {
      #expect(result.convention.samples == 4 && result.convention.references == nil)
      #expect(result.convention.settings["classes"] == "3")
    }
  }

  @Test("refusals")
  func refusals() throws {
    #expect(throws: MetricError.self) { try ClassCoverage(logits: .zeros([0, 3])) }
    #expect(throws: MetricError.self) { try ClassCoverage(logits: .zeros([3])) }
    #expect(throws: MetricError.notFinite(what: "logits")) {
      try ClassCoverage(logits: .full([2, 3], .nan))
    }
    let bare = try featureSet(.randn([4, 4]))
    let error = #expect(throws: MetricError.self) { try ClassCoverage.results(of: bare) }
    expectLine(error, "class coverage", "logits")
  }
}
