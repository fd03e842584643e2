import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Averaged and frozen networks", .reproducible)
struct AveragedTests {
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

  private func averaged(decay: Double) -> Averaged<Sequential> {
    Averaged(decay: decay) { network() }
  }

  @Test("starts at the network's values, and draws no random numbers")
  func start() {
    Randomness.seed(4)
    let plain = averaged(decay: 0)
    let state = Randomness.state(of: .cpu)
    Randomness.seed(4)
    let both = averaged(decay: 0.9)
    expectEqual(Randomness.state(of: .cpu), state, "generator")
    for (key, value) in both.trained.stateDictionary {
      expectEqual(value, plain.trained.stateDictionary[key] ?? .zeros([]), key)
      expectEqual(both.inUse.stateDictionary[key] ?? .zeros([]), value, key)
    }
  }

  @Test("without a decay the trained network is in use")
  func none() {
    let plain = averaged(decay: 0)
    change(plain.trained)
    plain.update()
    for (key, value) in plain.trained.stateDictionary {
      expectEqual(plain.inUse.stateDictionary[key] ?? .zeros([]), value, key)
    }
    #expect(plain.members.compactMap(\.module).count == 1)
  }

  @Test("keeps the decay of the old, less while it warms up, and adds the rest of the new")
  func formula() throws {
    let averaged = averaged(decay: 0.3)
    var expected = averaged.trained.parameters.map { $0.value.detached().doubles }
    // Two updates while it warms up, then its own decay.
    for decay in [2.0 / 11, 3.0 / 12, 0.3, 0.3] {
      change(averaged.trained)
      averaged.update()
      expected = zip(expected, averaged.trained.parameters).map { old, parameter in
        zip(old, parameter.value.detached().doubles).map { decay * $0 + (1 - decay) * $1 }
      }
    }
    for (parameter, values) in zip(averaged.inUse.parameters, expected) {
      expectClose(
        parameter.value,
        Tensor(doubles: values, shape: parameter.value.shape).cast(to: .float32), relative: 1e-5)
    }
  }

  @Test("leaves the trained network alone and takes over its buffers")
  func buffers() {
    let averaged = averaged(decay: 0.99)
    change(averaged.trained)
    let before = averaged.trained.stateDictionary.mapValues { $0.cloned() }
    averaged.update()
    for (key, value) in averaged.trained.stateDictionary {
      expectEqual(value, before[key] ?? value, key)
    }
    let own = Dictionary(
      uniqueKeysWithValues: averaged.inUse.namedBuffers.map { ($0.key, $0.buffer.value) })
    #expect(own.count == 3)
    for (key, buffer) in averaged.trained.namedBuffers {
      expectEqual(own[key] ?? .zeros([]), buffer.value, key)
    }
    // Copies, not the network's own.
    change(averaged.trained)
    #expect(
      own["1.running_mean"]?.floats != averaged.trained.stateDictionary["1.running_mean"]?.floats)
  }

  /// A module with an averaged network, as a recipe has it.
  private struct Owner: Module { let generator: Averaged<Sequential> }

  @Test("is two parts of its owner, with the network's own keys")
  func keys() {
    let names = Owner(generator: averaged(decay: 0.9)).children.map(\.name)
    #expect(names == ["generator", "generator_ema", "generator_ema_updates"])
    #expect(Owner(generator: averaged(decay: 0)).children.map(\.name) == ["generator"])
  }

  @Test("goes on identically after its state is restored")
  func restored() throws {
    let (one, two) = (
      Owner(generator: averaged(decay: 0.9)), Owner(generator: averaged(decay: 0.9))
    )
    change(one.generator.trained)
    one.generator.update()
    try two.load(one.stateDictionary)
    change(one.generator.trained)
    two.generator.trained.copyValues(from: one.generator.trained)
    one.generator.update()
    two.generator.update()
    for (key, value) in one.stateDictionary {
      expectEqual(two.stateDictionary[key] ?? .zeros([]), value, key)
    }
  }

  @Test("a frozen network leaves no trace in a state")
  func frozen() {
    struct Owner: Module { let features: Frozen<Sequential> }
    #expect(Owner(features: Frozen(network())).stateDictionary.isEmpty)
  }
}
