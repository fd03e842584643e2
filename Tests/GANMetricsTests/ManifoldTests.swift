import GANMetrics
import TestSupport
import Testing
import Torch

@Suite("Precision, recall, density and coverage", .reproducible)
struct ManifoldTests {
  /// Points on a line, as features of length 1.
  private func line(_ values: Double...) -> Tensor {
    Tensor(doubles: values, shape: [values.count, 1])
  }

  /// Real balls with k = 1: [-1, 1], [0, 2] and [8, 12] and [8, 12]; generated ones as computed.
  @Test("of constructed points")
  func constructed() throws {
    let real = line(0, 1, 10, 12)
    let fake = line(0.5, 5, 11, 11.5)
    let scores = try manifoldScores(fake, reference: real, k: 1, convention: .open)
    // 0.5 lies in two balls, 11 and 11.5 in both of theirs, 5 in none.
    #expect(scores.precision == 0.75)
    #expect(scores.density == 6.0 / 4)
    #expect(scores.coverage == 1)
    // Balls of the generated: 0.5 ± 4.5, 5 ± 4.5, 11 ± 0.5, 11.5 ± 0.5: 0 and 1, not 10 and 12.
    #expect(scores.recall == 0.5)
  }

  @Test("a point on the surface counts by convention")
  func ties() throws {
    let (real, fake) = (line(0, 1, 10, 11), line(2, 2.25, 20, 20.25))
    // 2 lies on the surface of 1's ball of radius 1, and in none.
    let closed = try manifoldScores(fake, reference: real, k: 1)
    let open = try manifoldScores(fake, reference: real, k: 1, convention: .open)
    #expect(closed.precision == 0.25 && open.precision == 0)
    #expect(closed.coverage == 0.25 && open.coverage == 0)
  }

  @Test("of equal sets are 1, of distant ones 0")
  func extremes() throws {
    let rows = Tensor.randn([60, 5])
    for convention in ManifoldConvention.allCases {
      let same = try manifoldScores(rows, reference: rows, convention: convention)
      #expect(same.precision == 1 && same.recall == 1 && same.coverage == 1)
      let far = try manifoldScores(rows + 1000, reference: rows, convention: convention)
      #expect(far.precision == 0 && far.recall == 0 && far.density == 0 && far.coverage == 0)
    }
  }

  /// A generator that found one mode of two: precise, but half of the real samples are missed.
  @Test("tell a lost mode")
  func lostMode() throws {
    let modes = Tensor.concatenated([.randn([100, 4]), .randn([100, 4]) + 100])
    let scores = try manifoldScores(.randn([200, 4]), reference: modes)
    #expect(scores.precision > 0.8 && abs(scores.recall - 0.5) < 0.1 && scores.coverage < 0.55)
  }

  @Test("duplicates lie at distance 0 however far from the origin")
  func duplicates() throws {
    let rows = Tensor.randn([5, 30], dtype: .float64).repeated([4, 1]) + 1e4
    let scores = try manifoldScores(rows, reference: rows)
    #expect(scores.precision == 1 && scores.recall == 1)
    let open = try manifoldScores(rows, reference: rows, convention: .open)
    #expect(open.precision == 0 && open.coverage == 0)
  }

  @Test("refusals")
  func refusals() {
    let rows = Tensor.randn([3, 2])
    let error = #expect(throws: MetricError.self) { try manifoldScores(rows, reference: rows) }
    expectLine(error, "3 samples", "at least 4")
    #expect(throws: MetricError.self) { try manifoldScores(rows, reference: rows, k: 0) }
    #expect(throws: MetricError.self) { try manifoldScores(rows, reference: .zeros([9, 3]), k: 1) }
    #expect(throws: MetricError.self) {
      try manifoldScores(.full([9, 2], .infinity), reference: rows, k: 1)
    }
  }
}

@Suite("Nearest neighbours", .reproducible)
struct NeighborTests {
  /// More than one block in both directions.
  @Test("in blocks are those of all distances at once", arguments: [false, true])
  func blocks(_ excludingSelf: Bool) throws {
    let base = Tensor.randn([8200, 3], dtype: .float64)
    let queries = excludingSelf ? base : Tensor.randn([1030, 3], dtype: .float64)
    let found = try nearestNeighbors(of: queries, in: base, k: 3, excludingSelf: excludingSelf)
    #expect(found.indices.shape == [queries.size(0), 3] && found.indices.dtype == .int64)
    for row in [0, 5, 1023, 1024, queries.size(0) - 1] {
      let squares = (base - queries[row]).squared().sum(axes: [1])
      let order = squares.sorted().indices.integers.prefix(4)
      let expected = Array(excludingSelf ? order.dropFirst() : order.prefix(3))
      #expect(found.indices[row].integers == expected, "row \(row)")
      expectClose(
        found.distances[row], squares.gathered(Tensor(expected)).sqrt(), relative: 1e-10)
    }
  }

  @Test("of copies are their originals, at distance 0")
  func copies() throws {
    let base = Tensor.uniform([50, 30])
    let found = try nearestNeighbors(of: base.gathered(Tensor([7, 7, 30])), in: base)
    #expect(found.indices.integers == [7, 7, 30])
    #expect(found.distances.doubles == [0, 0, 0])
  }

  @Test("refusals")
  func refusals() {
    let base = Tensor.randn([3, 2])
    #expect(throws: MetricError.self) { try nearestNeighbors(of: base, in: base, k: 4) }
    #expect(throws: MetricError.self) {
      try nearestNeighbors(of: base, in: base, k: 3, excludingSelf: true)
    }
    #expect(throws: MetricError.self) {
      try nearestNeighbors(of: base[0..<2], in: base, excludingSelf: true)
    }
    #expect(throws: MetricError.self) { try nearestNeighbors(of: .zeros([0, 2]), in: base) }
    #expect(throws: MetricError.self) { try nearestNeighbors(of: .zeros([2]), in: base) }
  }
}
