import Testing

@testable import GANData

@Suite("Random order and toy distributions")
struct OrderTests {
  @Test("SplitMix64 gives the published sequence")
  func reference() {
    // The first outputs for seed 1234567 of the authors' C code.
    var generator = SplitMix64(seed: 1_234_567)
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
    #expect(generator.next() == 9_817_491_932_198_370_423)
  }

  @Test("Bounded numbers are equally likely")
  func bounded() {
    var generator = SplitMix64(seed: 4)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70000 { counts[generator.next(below: 7)] += 1 }
    // Five standard deviations of the binomial distribution.
    #expect(counts.allSatisfy { abs($0 - 10000) < 463 })
    // With a bound of 3/4 of the range, a biased method favours a third of the numbers.
    let bound = Int.max / 4 * 3
    let low = (0..<9000).count { _ in generator.next(below: bound) < bound / 3 }
    #expect(abs(low - 3000) < 224)
  }

  @Test("An epoch shows every picture once, and each epoch differs")
  func permutation() {
    let order = ShuffledOrder(count: 1000, seed: 7)
    let (first, second) = (order.permutation(epoch: 0), order.permutation(epoch: 1))
    #expect(first.sorted() == Array(0..<1000) && second.sorted() == Array(0..<1000))
    #expect(first != second && first != Array(0..<1000))
    #expect(first == ShuffledOrder(count: 1000, seed: 7).permutation(epoch: 0))
    #expect(first != ShuffledOrder(count: 1000, seed: 8).permutation(epoch: 0))
  }

  @Test("The order for a seed never changes between versions")
  func pinned() {
    // Computed by a second implementation, in Python.
    #expect(ShuffledOrder(count: 8, seed: 42).permutation(epoch: 3) == [5, 3, 7, 4, 6, 2, 1, 0])
  }

  @Test("All orders of three are equally likely")
  func uniform() {
    var counts: [[Int]: Int] = [:]
    for epoch in 0..<6000 {
      counts[ShuffledOrder(count: 3, seed: 1).permutation(epoch: epoch), default: 0] += 1
    }
    #expect(counts.count == 6 && counts.values.allSatisfy { abs($0 - 1000) < 145 })
  }

  @Test("Any step can be asked for at once: resuming equals continuing")
  func resuming() throws {
    var continuous = ShuffledOrder(count: 23, seed: 5)
    #expect(try continuous.stepsPerEpoch(batchSize: 5) == 4)
    let steps = try (0..<20).map { try continuous.indices(step: $0, batchSize: 5) }
    for step in (0..<20).reversed() {
      var resumed = ShuffledOrder(count: 23, seed: 5)
      #expect(try resumed.indices(step: step, batchSize: 5) == steps[step])
    }
    for epoch in 0..<5 {
      let seen = steps[epoch * 4..<epoch * 4 + 4].flatMap { $0 }
      #expect(seen == Array(continuous.permutation(epoch: epoch).prefix(20)))
    }
  }

  @Test("Too few pictures for a batch is an error with both numbers")
  func tooFew() throws {
    var order = ShuffledOrder(count: 3, seed: 1)
    #expect(
      message { _ = try order.indices(step: 0, batchSize: 4) }
        == "not enough images for one batch (expected at least 4, found 3)")
    #expect(try order.indices(step: 9, batchSize: 3).sorted() == [0, 1, 2])
  }

  @Test("Gaussians lie around their modes, all of them", arguments: [ToyDistribution.ring, .grid])
  func gaussians(toy: ToyDistribution) {
    let modes = toy.modes
    #expect(modes.count == (toy == .ring ? 8 : 25))
    let points = toy.points(count: 20000, seed: 3)
    var counts = [Int](repeating: 0, count: modes.count)
    var squares = 0.0
    for i in stride(from: 0, to: points.count, by: 2) {
      let distances = modes.map { mode in
        let (dx, dy) = (Double(points[i] - mode.x), Double(points[i + 1] - mode.y))
        return dx * dx + dy * dy
      }
      let nearest = distances.indices.min { distances[$0] < distances[$1] } ?? 0
      counts[nearest] += 1
      squares += distances[nearest]
    }
    let each = 20000.0 / Double(modes.count)
    #expect(counts.allSatisfy { abs(Double($0) - each) < 5 * each.squareRoot() })
    let deviation = (squares / 40000).squareRoot()
    #expect(abs(deviation / Double(toy.standardDeviation) - 1) < 0.03)
  }

  @Test("Scales are those of the literature: about unit deviation")
  func scales() {
    for toy in ToyDistribution.allCases {
      let points = toy.points(count: 20000, seed: 6).map(Double.init)
      let mean = points.reduce(0, +) / 40000
      let variance = points.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40000
      #expect((0.8...1.1).contains(variance.squareRoot()), "\(toy)")
    }
    #expect(abs(ToyDistribution.ring.modes[0].x - 2 / 1.414) < 1e-6)
    #expect(ToyDistribution.swissRoll.modes.isEmpty)
  }

  @Test("Points follow from the seed")
  func seeded() {
    let points = ToyDistribution.swissRoll.points(count: 50, seed: 1)
    #expect(points == Array(ToyDistribution.swissRoll.points(count: 90, seed: 1).prefix(100)))
    #expect(points != ToyDistribution.swissRoll.points(count: 50, seed: 2))
  }

  @Test("A choice is always the same, in order, without repetition, and no regular one")
  func choice() {
    let chosen = ShuffledOrder.choice(300, of: 1000)
    #expect(chosen == ShuffledOrder.choice(300, of: 1000))
    #expect(chosen == chosen.sorted() && Set(chosen).count == 300)
    let even = chosen.count { $0 % 2 == 0 }
    #expect((120...180).contains(even))
    #expect(ShuffledOrder.choice(7, of: 5) == [0, 1, 2, 3, 4])
  }
}
