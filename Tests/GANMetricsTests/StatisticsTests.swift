import Foundation
import GANMetrics
import TestSupport
import Testing
import Torch

@Suite("Streaming statistics", .reproducible)
struct StatisticsTests {
  /// The covariance by its definition, all samples at once.
  private func covariance(of rows: Tensor) -> Tensor {
    let centred = rows - rows.mean(axes: [0])
    return centred.transposed().matmul(centred) / Double(rows.size(0) - 1)
  }

  @Test("are those of all samples at once, however they are split", arguments: [1, 2, 7, 50, 101])
  func splits(_ batch: Int) throws {
    let rows = Tensor.randn([101, 6], dtype: .float64) * 3 + 1000
    var statistics = FeatureStatistics(dimension: 6)
    for start in stride(from: 0, to: 101, by: batch) {
      try statistics.add(rows[start..<min(start + batch, 101)])
    }
    #expect(statistics.count == 101)
    expectClose(statistics.mean, rows.mean(axes: [0]), relative: 1e-13)
    expectClose(statistics.covariance, covariance(of: rows), relative: 1e-10)
  }

  @Test("of parts can be merged")
  func merging() throws {
    let rows = Tensor.randn([40, 3], dtype: .float64)
    var left = try FeatureStatistics(of: rows[0..<13])
    try left.merge(try FeatureStatistics(of: rows[13..<40]))
    expectClose(left.covariance, covariance(of: rows), relative: 1e-12)
    try left.merge(FeatureStatistics(dimension: 3))
    #expect(left.count == 40)
    #expect(throws: MetricError.dimensions(3, 4)) {
      try left.merge(FeatureStatistics(dimension: 4))
    }
  }

  /// E[x²] - E[x]² would lose every digit here.
  @Test("do not cancel far from 0")
  func cancellation() throws {
    let rows = Tensor(doubles: [1e9 - 1, 1e9, 1e9 + 1], shape: [3, 1])
    var statistics = FeatureStatistics(dimension: 1)
    for index in 0..<3 { try statistics.add(rows[index..<index + 1]) }
    expectNear(statistics.covariance.item(), 1, relative: 1e-12)
  }

  @Test("are values: a copy does not follow")
  func copies() throws {
    var statistics = try FeatureStatistics(of: .randn([5, 2]))
    let copy = statistics
    let before = copy.covariance.doubles
    try statistics.add(.randn([5, 2]))
    #expect(copy.count == 5 && copy.covariance.doubles == before)
  }

  @Test("of constant images are a point")
  func constant() throws {
    let statistics = try FeatureStatistics(of: .full([9, 3], 0.25))
    #expect(statistics.covariance.doubles.allSatisfy { $0 == 0 })
    #expect(statistics.mean.doubles.allSatisfy { $0 == 0.25 })
  }

  @Test("refuse what is no finite batch of their length, and keep what they have")
  func refusals() throws {
    var statistics = try FeatureStatistics(of: .randn([5, 2]))
    let before = statistics.mean.doubles
    let broken: [Tensor] = [
      Tensor([1, .nan], shape: [1, 2]), Tensor([1, .infinity], shape: [1, 2]), .zeros([3, 3]),
      .zeros([2]), Tensor(doubles: [1e200, -1e200], shape: [2, 1]).expanded(to: [2, 2]),
    ]
    for features in broken {
      let error = #expect(throws: MetricError.self) { try statistics.add(features) }
      expectLine(error)
    }
    #expect(statistics.count == 5 && statistics.mean.doubles == before)
    #expect(throws: MetricError.self) { try FeatureStatistics(of: .zeros([4])) }
    #expect(throws: MetricError.self) { try FeatureStatistics(of: .zeros([4, 0])) }
    try statistics.add(.zeros([0, 2]))
    #expect(statistics.count == 5)
  }

  @Test("known from elsewhere must fit")
  func stored() throws {
    let known = try FeatureStatistics(of: .randn([30, 3]))
    let again = try FeatureStatistics(
      count: known.count, mean: known.mean, covariance: known.covariance)
    expectClose(again.covariance, known.covariance, relative: 1e-14)
    #expect(throws: MetricError.self) {
      try FeatureStatistics(count: 3, mean: .zeros([2]), covariance: .zeros([3, 3]))
    }
    #expect(throws: MetricError.self) {
      try FeatureStatistics(count: 0, mean: .zeros([2]), covariance: .zeros([2, 2]))
    }
    #expect(throws: MetricError.notFinite(what: "mean")) {
      try FeatureStatistics(count: 3, mean: .full([2], .nan), covariance: .zeros([2, 2]))
    }
  }

  /// 40,000 x 256 in float32 are 41 MB; one-shot arithmetic in float64 would take 160 MB more.
  @Test(
    "take memory that does not grow with the samples",
    .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/statm")))
  func memory() throws {
    var statistics = FeatureStatistics(dimension: 256)
    try statistics.add(.randn([64, 256]))
    let before = try residentMegabytes()
    for _ in 0..<625 { try statistics.add(.randn([64, 256])) }
    #expect(statistics.count == 64 * 626)
    #expect(try residentMegabytes() - before < 20)
  }
}
