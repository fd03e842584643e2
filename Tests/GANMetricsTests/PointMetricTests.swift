import Foundation
import GANData
import GANMetrics
import Testing

@Suite("Metrics of points")
struct PointMetricTests {
  private func isClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12) -> Bool {
    abs(a - b) <= tolerance
  }

  @Test("Divergences of known shares")
  func divergences() {
    let (p, q) = ([0.5, 0.5], [0.25, 0.75])
    #expect(isClose(Histogram.divergence(p, from: q), 0.5 * log(2) + 0.5 * log(2.0 / 3)))
    #expect(isClose(Histogram.divergence(q, from: p), 0.25 * log(0.5) + 0.75 * log(1.5)))
    #expect(isClose(Histogram.totalVariation(p, q), 0.25))
    #expect(Histogram.divergence([1, 0], from: [0.5, 0.5]) == log(2))
    #expect(Histogram.divergence([0.5, 0.5], from: [1, 0]) == .infinity)
    #expect(Histogram.totalVariation([1, 0], [0, 1]) == 1)
    #expect(Histogram.divergence(p, from: p) == 0 && Histogram.totalVariation(p, p) == 0)
  }

  @Test("Smoothing adds half a sample to every bin")
  func smoothing() {
    #expect(Histogram.smoothed([1, 0], count: 9) == [0.95, 0.05])
    #expect(Histogram.smoothed([0.25, 0.75], count: 8) == [2.5 / 9, 6.5 / 9])
  }

  @Test("Points are counted in their bins, those beyond in the outermost")
  func bins() throws {
    let line = try Histogram.shares(of: [-1, -0.6, 0.1, 0.9], dimension: 1, bins: 4)
    #expect(line == [0.5, 0, 0.25, 0.25])
    #expect(try Histogram.shares(of: [-7, 1, 1e30, 0], dimension: 1, bins: 2) == [0.25, 0.75])
    // The first coordinate is the slow one.
    let plane = try Histogram.shares(of: [-0.5, 0.5, 0.5, -0.5], dimension: 2, bins: 2)
    #expect(plane == [0, 0.5, 0.5, 0])
    #expect(throws: MetricError.self) {
      try Histogram.shares(of: [0, .nan], dimension: 1, bins: 2)
    }
    #expect(throws: MetricError.self) { try Histogram.shares(of: [], dimension: 2, bins: 2) }
  }

  @Test("The directions are told apart: missing data is dear forwards, stray samples backwards")
  func directions() {
    let data = [0.5, 0.5, 0, 0]
    func numbers(_ samples: [Double]) -> [String: Double] {
      let results = Histogram.results(
        "x/", samples: samples, data: data, MetricConvention(samples: 1000))
      #expect(results.allSatisfy { $0.goal == .smaller })
      return Dictionary(uniqueKeysWithValues: results.map { ($0.kind, $0.value) })
    }
    let (missing, stray) = (numbers([1, 0, 0, 0]), numbers([0.25, 0.25, 0.25, 0.25]))
    #expect((missing["kl"] ?? 0) > 2 && (missing["reverse-kl"] ?? 9) < 0.7)
    #expect((stray["kl"] ?? 9) < 0.7 && (stray["reverse-kl"] ?? 0) > 2)
    #expect(missing["total-variation"] == 0.5 && stray["total-variation"] == 0.5)
  }
}

@Suite("Mixtures of Gaussians")
struct GaussianMixtureTests {
  /// Two Gaussians of the plane: a quarter at (-3, 1), wide and leaning, the rest at (2, 0).
  private var points: [Float] {
    var generator = SplitMix64(seed: 2)
    return (0..<8000).flatMap { index -> [Float] in
      let (a, b) = generator.nextGaussianPair()
      let point = index % 4 == 0 ? (-3 + a, 1 + 0.8 * a + 0.6 * b) : (2 + 0.5 * a, 0.2 * b)
      return [Float(point.0), Float(point.1)]
    }
  }

  @Test("are found again: shares, means and covariances")
  func recovered() {
    let mixture = GaussianMixture(of: points, dimension: 2, components: 2, seed: 1)
    let left = mixture.means[0][0] < mixture.means[1][0] ? 0 : 1
    func check(_ found: [Double], _ expected: [Double], _ tolerance: Double) {
      for (a, b) in zip(found, expected) { #expect(abs(a - b) < tolerance, "\(found)") }
    }
    check(mixture.weights, left == 0 ? [0.25, 0.75] : [0.75, 0.25], 0.005)
    check(mixture.means[left], [-3, 1], 0.06)
    check(mixture.means[1 - left], [2, 0], 0.03)
    check(mixture.covariances[left], [1, 0.8, 0.8, 1], 0.08)
    check(mixture.covariances[1 - left], [0.25, 0, 0, 0.04], 0.02)
    let again = GaussianMixture(of: points, dimension: 2, components: 2, seed: 1)
    #expect(again.means == mixture.means)
  }

  @Test("one component has the mean and the covariance of all points, and lies between modes")
  func single() {
    let line: [Float] = [-1, -1, 1, 1, 1, 3]
    let mixture = GaussianMixture(of: line, dimension: 1, components: 1, seed: 1)
    #expect(abs(mixture.means[0][0] - 2 / 3.0) < 1e-12 && mixture.weights == [1])
    #expect(abs(mixture.covariances[0][0] - 17 / 9.0) < 1e-6)
  }

  @Test("points are drawn from it, decided by the seed")
  func drawn() {
    let mixture = GaussianMixture(of: points, dimension: 2, components: 2, seed: 1)
    let drawn = mixture.points(count: 20_000, seed: 3)
    #expect(drawn.count == 40_000 && drawn == mixture.points(count: 20_000, seed: 3))
    let found = GaussianMixture(of: drawn, dimension: 2, components: 1, seed: 1)
    let all = GaussianMixture(of: points, dimension: 2, components: 1, seed: 1)
    for (a, b) in zip(
      found.means[0] + found.covariances[0], all.means[0] + all.covariances[0])
    { #expect(abs(a - b) < 0.12, "\(found)") }
  }

  @Test("equal points and components without any do not end in infinities")
  func degenerate() {
    let mixture = GaussianMixture(
      of: [1, 1, 1, 1, 5], dimension: 1, components: 3, seed: 1)
    #expect(mixture.means.allSatisfy { $0[0].isFinite })
    #expect(mixture.points(count: 50, seed: 1).allSatisfy { $0.isFinite })
  }
}
