import Foundation
import Synchronization
import TestSupport
import Testing
import Torch

@Suite("Random numbers", .reproducible)
struct RandomTests {
  private func draws() -> [Tensor] {
    [
      .randn([5]), .uniform([5], -1, 1), .randomIntegers([5], below: 100),
      .bernoulli([20], probability: 0.5), .randomPermutation(10),
      Tensor.ones([20]).dropout(probability: 0.5),
    ]
  }

  @Test("the same seed gives the same numbers")
  func seeds() {
    Randomness.seed(7)
    let first = draws()
    let next = draws()
    Randomness.seed(7)
    for (a, b) in zip(first, draws()) { expectEqual(a, b) }
    for (a, b) in zip(first, next) { #expect(a.rawBytes != b.rawBytes) }
    Randomness.seed(8)
    #expect(Tensor.randn([5]).floats != first[0].floats)
  }

  /// One normal draw keeps a second one for later, which belongs to the state.
  @Test("a restored state continues the stream", arguments: [0, 1, 17])
  func states(_ drawn: Int) throws {
    _ = Tensor.randn([drawn])
    let state = Randomness.state(of: .cpu)
    #expect(state.dtype == .uint8)
    let expected = draws()
    Randomness.seed(99)
    try Randomness.restore(state, of: .cpu)
    for (a, b) in zip(expected, draws()) { expectEqual(a, b) }
  }

  @Test("a state of another size or type is refused and changes nothing")
  func wrongStates() throws {
    let state = Randomness.state(of: .cpu)
    for wrong in [Tensor(bytes: [1, 2, 3]), .zeros([4]), .zeros(state.shape, dtype: .uint8)] {
      let error = #expect(throws: RandomnessError.self) {
        try Randomness.restore(wrong, of: .cpu)
      }
      #expect(error?.description.contains("\n") == false)
    }
    expectEqual(Randomness.state(of: .cpu), state)
  }

  @Test("draws alike have the layout of the tensor", arguments: [false, true])
  func alike(_ isChannelsLast: Bool) {
    let images = Tensor.zeros([8, 16, 5, 6]).contiguous(
      isChannelsLast ? .channelsLast : .contiguous)
    let noise = images.randnAlike()
    #expect(noise.shape == images.shape)
    #expect(noise.isContiguous(.channelsLast) == isChannelsLast)
    #expect(images.adding(noise, times: 2).isContiguous(.channelsLast) == isChannelsLast)
    #expect(abs(noise.mean().item()) < 0.1)
    #expect(abs(noise.variance().item() - 1) < 0.1)
    expectEqual(images.adding(noise, times: 2), noise * 2)
  }

  @Test("distributions")
  func distributions() {
    let count = 100_000
    let normal = Tensor.randn([count])
    #expect(abs(normal.mean().item()) < 0.02)
    #expect(abs(normal.variance().item() - 1) < 0.03)
    let uniform = Tensor.uniform([count], -2, 3)
    #expect(uniform.minimum().item() >= -2 && uniform.maximum().item() < 3)
    #expect(abs(uniform.mean().item() - 0.5) < 0.03)
    let integers = Set(Tensor.randomIntegers([1000], below: 4).integers)
    #expect(integers == [0, 1, 2, 3])
    let coins = Tensor.bernoulli([count], probability: 0.3)
    #expect(abs(coins.mean().item() - 0.3) < 0.01)
    #expect(Tensor.randomPermutation(50).integers.sorted() == Array(0..<50))
    #expect(abs(Tensor.ones([count]).dropout(probability: 0.25).mean().item() - 1) < 0.02)
  }

  @Test(
    "dropout keeps its share of the numbers and their mean, and its gradient is what it kept",
    arguments: [0.5, 0.25, 0.2, 0.9, 0.0001], [DType.float32, .bfloat16, .float64])
  func dropout(_ p: Double, _ dtype: DType) {
    let shape = [7, 30, 41, 33]
    let input = Tensor.ones(shape).cast(to: dtype).contiguous(.channelsLast).trackingGradient()
    let output = input.dropout(probability: p)
    #expect(output.dtype == dtype && output.isContiguous(.channelsLast))
    let values = Set(output.floats)
    let scale = Float(1 / (1 - p))
    #expect(values.count == 2 && values.contains(0))
    #expect(
      values.allSatisfy { $0 == 0 || abs($0 / scale - 1) < (dtype == .bfloat16 ? 4e-3 : 1e-3) })
    let dropped = output.floats.count { $0 == 0 }
    let count = Double(output.count)
    // Five standard deviations, and what sixteen bits cannot say.
    let allowed = 5 * (p * (1 - p) / count).squareRoot() + 1e-5
    #expect(abs(Double(dropped) / count - p) < allowed)
    // Neighbours in memory, which share a word of bits, are dropped independently of each other.
    let kept = output.permuted(0, 2, 3, 1).flattened(from: 0).floats.map { $0 == 0 ? 0.0 : 1.0 }
    for distance in [1, 2, 3, 17] {
      let both = zip(kept, kept.dropFirst(distance)).reduce(0) { $0 + $1.0 * $1.1 } / count
      #expect(abs(both - (1 - p) * (1 - p)) < 0.01, "distance \(distance)")
    }
    let cotangent = Tensor.randn(shape).cast(to: dtype)
    let gradient = gradients(of: (output * cotangent).sum(), withRespectTo: [input])[0]
    expectClose(
      gradient, output.detached() * cotangent, relative: dtype == .bfloat16 ? 0.02 : 1e-6,
      absolute: 0)
  }

  @Test("a tape replays its draws in order, and the generator stands still")
  func tape() {
    let draws = [Tensor.full([2], 3), .full([1, 2], 4), Tensor([1, 0] as [Float])]
    let state = Randomness.state(of: .cpu)
    RandomTape.replay(draws) {
      #expect(Tensor.randn([2]).floats == [3, 3])
      RandomTape.replay([.full([1], 9)]) { #expect(Tensor.uniform([1]).floats == [9]) }
      #expect(Tensor.uniform([1, 2]).floats == [4, 4])
      #expect(Tensor.full([2], 5).dropout(probability: 0.5).floats == [10, 0])
    }
    expectEqual(Randomness.state(of: .cpu), state)
    #expect(RandomTape.current == nil)
  }

  @Test("a tape refuses another shape")
  func tapeOfWrongShape() async {
    await #expect(processExitsWith: .failure) {
      RandomTape.replay([.zeros([2])]) { _ = Tensor.randn([3]) }
    }
  }

  @Test("a tape must be used up, and no further")
  func tapeOfWrongLength() async {
    await #expect(processExitsWith: .failure) { RandomTape.replay([.zeros([2])]) {} }
    await #expect(processExitsWith: .failure) {
      RandomTape.replay([]) { _ = Tensor.randn([3]) }
    }
  }

  /// Everything that draws, large enough for vector kernels and several threads.
  private static func allDraws() -> [Tensor] {
    let leaf = Tensor.ones([3, 5, 40, 50]).contiguous(.channelsLast).trackingGradient()
    let dropped = (leaf * 3).dropout(probability: 0.3)
    return [
      .randn([5]), .randn([70_000]), .randn([20], dtype: .float64), .uniform([70_000], -1, 1),
      .randomIntegers([3000], below: 100), .bernoulli([70_000], probability: 0.3),
      .randomPermutation(3000), dropped.detached(),
      gradients(of: dropped.squared().sum(), withRespectTo: [leaf])[0],
      Tensor.ones([9]).cast(to: .bfloat16).dropout(probability: 0.5), leaf.detached().randnAlike(),
    ]
  }

  @Test("an own generator gives the numbers of the process's")
  func own() {
    Randomness.seed(7)
    let expected = Self.allDraws()
    let state = Randomness.state(of: .cpu)
    let generator = RandomGenerator(seed: 7)
    for (a, b) in zip(generator.run(Self.allDraws), expected) { expectEqual(a, b) }
    expectEqual(generator.run { Randomness.state(of: .cpu) }, state)
    generator.seed(7)
    for (a, b) in zip(generator.run(Self.allDraws), expected) { expectEqual(a, b) }
    expectEqual(Randomness.state(of: .cpu), state, "the process's generator moved")
    for (a, b) in zip(Randomness.isolated(seed: 7, on: .cpu, Self.allDraws), expected) {
      expectEqual(a, b)
    }
  }

  @Test("generators one inside the other each continue their stream")
  func nested() {
    func pair() -> [RandomGenerator] { [1, 2].map { RandomGenerator(seed: $0) } }
    let (nested, alone) = (pair(), pair())
    let found = nested[0].run {
      let first = Tensor.randn([4])
      let inside = (0..<2).map { _ in nested[1].run { Tensor.randn([4]) } }
      return [first, Tensor.randn([4])] + inside
    }
    let expected = alone.flatMap { generator in
      (0..<2).map { _ in generator.run { Tensor.randn([4]) } }
    }
    for (a, b) in zip(found, expected) { expectEqual(a, b) }
  }

  @Test("seed, state and restoring act on the generator in force, also after an error")
  func ownState() throws {
    let outside = Randomness.state(of: .cpu)
    let generator = RandomGenerator(seed: 3)
    let (state, expected) = generator.run {
      _ = Tensor.randn([3])
      return (Randomness.state(of: .cpu), draws())
    }
    try generator.run { try Randomness.restore(state, of: .cpu) }
    for (a, b) in zip(generator.run(draws), expected) { expectEqual(a, b) }
    generator.run { Randomness.seed(3) }
    generator.run { _ = Tensor.randn([3]) }
    expectEqual(generator.run { Randomness.state(of: .cpu) }, state)
    #expect(throws: RandomnessError.self) {
      try generator.run { try Randomness.restore(Tensor(bytes: [1]), of: .cpu) }
    }
    expectEqual(Randomness.state(of: .cpu), outside)
  }

  @Test("threads that draw side by side, each from its own generator")
  func threads() {
    @Sendable func alone(_ seed: UInt64) -> [[UInt8]] {
      RandomGenerator(seed: seed).run { (0..<20).flatMap { _ in Self.allDraws() } }.map(\.rawBytes)
    }
    let results = Mutex<[UInt64: [[UInt8]]]>([:])
    DispatchQueue.concurrentPerform(iterations: 2) { index in
      let found = alone(UInt64(index))
      results.withLock { $0[UInt64(index)] = found }
    }
    for seed in 0..<2 { #expect(results.withLock { $0[UInt64(seed)] } == alone(UInt64(seed))) }
  }
}
