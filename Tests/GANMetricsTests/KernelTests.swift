import GANMetrics
import TestSupport
import Testing
import Torch

@Suite("The kernel distance", .reproducible)
struct KernelTests {
  @Test("is near 0 for equal distributions, on either side")
  func equal() throws {
    let values = try (0..<20).map { _ in
      try fullKernelDistance(.randn([200, 8]), reference: .randn([200, 8]))
    }
    let mean = values.reduce(0, +) / 20
    #expect(abs(mean) < 0.01)
    #expect(values.contains { $0 < 0 } && values.contains { $0 > 0 })
  }

  /// For points x and y in one dimension the discrepancy is k(x, x) + k(y, y) - 2 k(x, y).
  @Test("of two points is that of their kernels")
  func points() throws {
    let distance = try fullKernelDistance(.full([7, 1], 2), reference: .full([5, 1], -1))
    expectNear(distance, 125 + 8 - 2 * -1, relative: 1e-12)
  }

  /// With x of mean m and the kernel Σ binom(3, p) (x·y)ᵖ in one dimension, the discrepancy is
  /// 3 (Δ E x)² + 3 (Δ E x²)² + (Δ E x³)²; N(0, 1) against N(1, 1) differ by 1, 1 and 4.
  @Test("of shifted Gaussians is that of their moments")
  func shifted() throws {
    let (a, b) = (Tensor.randn([8000, 1]), Tensor.randn([8000, 1]) + 1)
    expectNear(try fullKernelDistance(a, reference: b), 3 + 3 + 16, relative: 0.15)
  }

  @Test("leaves out a sample's kernel with itself")
  func unbiased() throws {
    let (a, b) = (Tensor.randn([5, 3], dtype: .float64), Tensor.randn([4, 3], dtype: .float64))
    func mean(_ x: Tensor, _ y: Tensor, skippingDiagonal: Bool) -> Double {
      var (sum, count) = (0.0, 0.0)
      for i in 0..<x.size(0) {
        for j in 0..<y.size(0) where !(skippingDiagonal && i == j) {
          let base = (x[i] * y[j]).sum().item() / 3 + 1
          (sum, count) = (sum + base * base * base, count + 1)
        }
      }
      return sum / count
    }
    let expected =
      mean(a, a, skippingDiagonal: true) + mean(b, b, skippingDiagonal: true)
      - 2 * mean(a, b, skippingDiagonal: false)
    expectNear(try fullKernelDistance(a, reference: b), expected, relative: 1e-11)
  }

  @Test("over subsets follows from the seed and estimates the same")
  func subsets() throws {
    let (a, b) = (Tensor.randn([400, 4]), Tensor.randn([300, 4]) + 0.5)
    let settings = KernelDistanceSettings(subsets: 50, subsetSize: 100, seed: 7)
    let first = try kernelDistance(a, reference: b, settings: settings)
    #expect(try kernelDistance(a, reference: b, settings: settings) == first)
    let full = try fullKernelDistance(a, reference: b)
    #expect(abs(first.mean - full) < first.deviation && first.deviation > 0)
    // Subsets of everything, without repetition, hold the same samples every time.
    let all = KernelDistanceSettings(subsets: 3, subsetSize: 300)
    expectNear(try kernelDistance(a[0..<300], reference: b, settings: all).deviation, 0)
  }

  @Test("blocks change nothing")
  func blocks() throws {
    let a = Tensor.randn([2100, 3], dtype: .float64)
    let rows = a[0..<2000]
    let squares = rows.matmul(rows.transposed()) / 3 + 1
    let cubes = squares * squares * squares
    let diagonal = (cubes * .identity(2000, dtype: .float64)).sum().item()
    let within = (cubes.sum().item() - diagonal) / (2000 * 1999)
    let across = rows.matmul(a.transposed()) / 3 + 1
    let all = a.matmul(a.transposed()) / 3 + 1
    let allCubes = all * all * all
    let allDiagonal = (allCubes * .identity(2100, dtype: .float64)).sum().item()
    let expected =
      within + (allCubes.sum().item() - allDiagonal) / (2100 * 2099)
      - 2 * (across * across * across).mean().item()
    expectNear(
      try fullKernelDistance(rows, reference: a), expected, relative: 1e-9, absolute: 1e-9)
  }

  @Test("refusals")
  func refusals() {
    let rows = Tensor.randn([10, 2])
    let error = #expect(throws: MetricError.self) { try kernelDistance(rows, reference: rows) }
    expectLine(error, "10 samples", "at least 1000")
    #expect(throws: MetricError.self) {
      try kernelDistance(rows, reference: rows, settings: .init(subsets: 0, subsetSize: 5))
    }
    #expect(throws: MetricError.self) {
      try kernelDistance(rows, reference: rows, settings: .init(subsetSize: 1))
    }
    #expect(throws: MetricError.dimensions(2, 3)) {
      try fullKernelDistance(rows, reference: .zeros([4, 3]))
    }
    #expect(throws: MetricError.notFinite(what: "reference features")) {
      try fullKernelDistance(rows, reference: .full([4, 2], .nan))
    }
  }
}
