import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Moving averages", .reproducible)
struct MovingAverageTests {
  private func network() -> Sequential {
    Sequential {
      Linear(3, 4)
      BatchNorm(4)
    }
  }

  /// New weights, and other running statistics, as a training step leaves them.
  private func change(_ network: Sequential) {
    for parameter in network.parameters { parameter.assign(.randn(parameter.value.shape)) }
    _ = network(.randn([8, 3]))
  }

  @Test("starts at the network's values")
  func start() {
    let source = network()
    change(source)
    let average = MovingAverage(network(), of: source, decay: 0.9)
    for (key, value) in source.stateDictionary {
      expectEqual(average.stateDictionary[key] ?? .zeros([]), value, key)
    }
  }

  @Test("keeps the decay of the old and adds the rest of the new")
  func formula() throws {
    let source = network()
    let average = MovingAverage(network(), of: source, decay: 0.9)
    var expected = source.parameters.map { $0.value.detached().doubles }
    for _ in 0..<4 {
      change(source)
      average.update(from: source)
      expected = zip(expected, source.parameters).map { old, parameter in
        zip(old, parameter.value.detached().doubles).map { 0.9 * $0 + 0.1 * $1 }
      }
    }
    for (parameter, values) in zip(average.network.parameters, expected) {
      expectClose(
        parameter.value,
        Tensor(doubles: values, shape: parameter.value.shape).cast(to: .float32), relative: 1e-5)
    }
  }

  @Test("leaves the trained network alone and takes over its buffers")
  func buffers() {
    let source = network()
    let average = MovingAverage(network(), of: source, decay: 0.99)
    change(source)
    let before = source.stateDictionary.mapValues { $0.cloned() }
    average.update(from: source)
    for (key, value) in source.stateDictionary { expectEqual(value, before[key] ?? value, key) }
    let own = Dictionary(
      uniqueKeysWithValues: average.namedBuffers.map { ($0.key, $0.buffer.value) })
    #expect(own.count == 3)
    for (key, buffer) in source.namedBuffers {
      expectEqual(own[key] ?? .zeros([]), buffer.value, key)
    }
    // Copies, not the network's own.
    change(source)
    #expect(own["1.running_mean"]?.floats != source.stateDictionary["1.running_mean"]?.floats)
  }

  @Test("has the network's own keys")
  func keys() {
    let average = MovingAverage(network(), of: network(), decay: 0.9)
    #expect(average.leaves.map(\.key) == network().leaves.map(\.key))
  }

  @Test("goes on identically after its state is restored")
  func restored() throws {
    let source = network()
    let average = MovingAverage(network(), of: source, decay: 0.9)
    change(source)
    average.update(from: source)
    let other = MovingAverage(network(), of: network(), decay: 0.9)
    try other.load(average.stateDictionary)
    change(source)
    average.update(from: source)
    other.update(from: source)
    for (key, value) in average.stateDictionary {
      expectEqual(other.stateDictionary[key] ?? .zeros([]), value, key)
    }
  }
}
