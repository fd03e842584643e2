import Foundation
import GANMetrics
import TestSupport
import Testing
import Torch

@Suite("The Fréchet distance", .reproducible)
struct FrechetTests {
  private func gaussian(_ mean: [Double], _ covariance: Tensor) throws -> FeatureStatistics {
    try FeatureStatistics(count: 1000, mean: Tensor(doubles: mean), covariance: covariance)
  }

  private func diagonal(_ values: [Double]) -> Tensor {
    .identity(values.count, dtype: .float64) * Tensor(doubles: values)
  }

  @Test("of diagonal Gaussians is the sum over coordinates")
  func diagonals() throws {
    let a = try gaussian([0, 1, 2], diagonal([1, 4, 9]))
    let b = try gaussian([1, 1, 0], diagonal([4, 4, 1]))
    // Σ (Δm)² + (σ₁ - σ₂)²: 1 + 1, 0 + 0, 4 + 4.
    expectNear(try frechetDistance(a, b), 10, relative: 1e-12)
    expectNear(try frechetDistance(b, a), 10, relative: 1e-12)
  }

  @Test("does not change under a common rotation")
  func rotations() throws {
    let axes = Tensor.randn([3, 3], dtype: .float64)
    let rotation = (axes + axes.transposed()).symmetricEigen().vectors
    func rotated(_ values: [Double]) -> Tensor {
      rotation.matmul(diagonal(values)).matmul(rotation.transposed())
    }
    let a = try gaussian([0, 0, 0], rotated([1, 4, 9]))
    let b = try gaussian([0, 0, 0], rotated([4, 4, 1]))
    expectNear(try frechetDistance(a, b), 5, relative: 1e-12)
  }

  /// tr (A^½ B A^½)^½ for 2x2 matrices is √(tr AB + 2 √(det A det B)).
  @Test("of Gaussians with different axes")
  func general() throws {
    let a = try gaussian([0, 0], Tensor(doubles: [2, 1, 1, 3], shape: [2, 2]))
    let b = try gaussian([0, 0], Tensor(doubles: [1, -0.5, -0.5, 2], shape: [2, 2]))
    let root = (2.0 - 0.5 - 0.5 + 6 + 2 * (5.0 * 1.75).squareRoot()).squareRoot()
    expectNear(try frechetDistance(a, b), 5 + 3 - 2 * root, relative: 1e-12)
  }

  @Test("of a set to itself is 0, to its shift the square of the shift")
  func shifts() throws {
    let rows = Tensor.randn([200, 12], dtype: .float64).matmul(.randn([12, 12], dtype: .float64))
    let a = try FeatureStatistics(of: rows)
    expectNear(try frechetDistance(a, a), 0, absolute: 1e-9)
    let b = try FeatureStatistics(of: rows + 0.5)
    expectNear(try frechetDistance(a, b), 12 * 0.25, relative: 1e-9)
  }

  @Test("of degenerate covariances is finite and exact")
  func degenerate() throws {
    let flat = try gaussian([0, 0, 0], diagonal([4, 0, 0]))
    let other = try gaussian([0, 0, 0], diagonal([0, 9, 0]))
    let point = try gaussian([1, 0, 0], diagonal([0, 0, 0]))
    expectNear(try frechetDistance(flat, other), 13, relative: 1e-12)
    expectNear(try frechetDistance(flat, flat), 0)
    expectNear(try frechetDistance(flat, point), 5, relative: 1e-12)
    expectNear(try frechetDistance(point, flat), 5, relative: 1e-12)
    expectNear(try frechetDistance(point, point), 0)
    // Far fewer samples than features, where a square root of the product turns complex.
    let few = try FeatureStatistics(of: .randn([10, 64]))
    expectNear(try frechetDistance(few, few, allowingFewSamples: true), 0, absolute: 1e-7)
  }

  @Test("needs more samples than features unless asked explicitly")
  func fewSamples() throws {
    let few = try FeatureStatistics(of: .randn([64, 64]))
    let enough = try FeatureStatistics(of: .randn([65, 64]))
    let error = #expect(throws: MetricError.self) { try frechetDistance(enough, few) }
    expectLine(error, "64 samples", "at least 65")
    #expect(throws: MetricError.self) { try frechetDistance(few, enough) }
    #expect(try frechetDistance(enough, enough) < 1e-6)
    #expect(try frechetDistance(few, enough, allowingFewSamples: true) > 0)
    let one = try FeatureStatistics(of: .randn([1, 64]))
    #expect(throws: MetricError.self) {
      try frechetDistance(one, enough, allowingFewSamples: true)
    }
    let longer = try FeatureStatistics(of: .randn([70, 65]))
    #expect(throws: MetricError.dimensions(64, 65)) { try frechetDistance(enough, longer) }
  }
}
