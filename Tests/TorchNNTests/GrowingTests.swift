import TestSupport
import Testing
import Torch

@testable import TorchNN

/// What networks need that grow while they are trained.
@Suite("Growing", .reproducible)
struct GrowingTests {
  private func layer(_ value: Float) -> Linear {
    let layer = Linear(2, 1, bias: false)
    layer.weight.assign(Tensor([value, value], shape: [1, 2]))
    return layer
  }

  @Test("an update of some parameters is Adam's of these alone")
  func subset() {
    let (a, b, alone) = (layer(1), layer(2), layer(2))
    let input = Tensor([3, -4] as [Float], shape: [1, 2])
    let both = Adam(a.parameters + b.parameters, learningRate: 0.1)
    let single = Adam(alone, learningRate: 0.1)
    let positions = both.positions(of: b.parameters)
    #expect(positions == [1])
    for _ in 0..<3 {
      both.minimize((a(input) + b(input)).squared().sum(), only: positions)
      single.minimize((a(input) + alone(input)).squared().sum())
    }
    expectEqual(b.weight.value.detached(), alone.weight.value.detached(), "trained")
    #expect(a.weight.value.floats == [1, 1] && both.updates.value == 3)
    let state = both.stateDictionary
    #expect(state["first.0"]?.floats == [0, 0] && state["first.1"]?.floats != [0, 0])
  }

  @Test("a probe sees zeros for the others, and moves only these")
  func probe() {
    let (a, b) = (layer(1), layer(2))
    let both = Adam(a.parameters + b.parameters, learningRate: 0.1)
    let updates = GradientProbe.record(descendingAt: 1) {
      both.minimize((a(.ones([1, 2])) + b(.ones([1, 2]))).sum(), only: [1])
    }
    #expect(updates.map { $0.map(\.floats) } == [[[0, 0], [1, 1]]])
    #expect(a.weight.value.floats == [1, 1] && b.weight.value.floats == [1, 1])
  }

  @Test("a counter goes on by any amount")
  func counter() {
    let counter = Counter()
    counter.advance(by: 40)
    counter.advance()
    #expect(counter.value == 41)
  }

  @Test("minibatches behind each other have deviations of their own", arguments: [4, 6, 8])
  func deviation(count: Int) {
    let layer = MinibatchDeviation(groupSize: 4)
    let sets = (0..<3).map { _ in Tensor.randn([count, 3, 2, 2]) }
    expectClose(
      layer(.concatenated(sets), sets: 3), .concatenated(sets.map { layer($0) }), relative: 1e-6,
      absolute: 1e-7)
    // Image i belongs to group i mod M: changing one changes the maps of its group alone.
    guard count == 8 else { return }
    let changed = Tensor.concatenated([sets[0][0..<1] + 1, sets[0][1..<8]])
    let maps = (layer(sets[0]) - layer(changed)).selected(1, 3).abs().maximum(axes: [1, 2])
    #expect(maps.floats.map { $0 > 0 } == (0..<8).map { $0 % 2 == 0 })
  }

  @Test("doubling with an equalised kernel is enlarging and an equalised convolution")
  func upsampling() throws {
    let (fast, slow) = (
      EqualizedUpsampleConv2d(3, 2, gain: 0.7),
      EqualizedConv2d(3, 2, kernel: 3, padding: 1, gain: 0.7)
    )
    try slow.load(fast.stateDictionary)
    let images = Tensor.randn([2, 3, 5, 4])
    expectClose(
      fast(images), slow(images.resized(height: 10, width: 8, by: .nearest)), relative: 1e-5,
      absolute: 1e-5)
    let weight = EqualizedUpsampleConv2d(40, 40).stateDictionary["weight"] ?? .zeros([1])
    #expect(abs(weight.squared().mean().item() - 1) < 0.05)
  }
}
