import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Gated optimizers", .reproducible)
struct GatedOptimizerTests {
  typealias Make = @Sendable ([Parameter]) -> any GatedOptimizer

  static let kinds: [String: Make] = [
    "Adam": { Adam($0, learningRate: 0.01, betas: (0.5, 0.999), weightDecay: 0.1) },
    "RMSProp": { RMSProp($0, learningRate: 0.01, alpha: 0.9) },
  ]

  private static var open: Tensor { .scalar(1) .> 0 }
  private static var closed: Tensor { .scalar(0) .> 0 }

  /// Parameters of several shapes with an optimizer that has moments already.
  private func started(_ kind: String) throws -> (any GatedOptimizer) {
    let parameters = [[3, 4], [5], [2, 3, 2, 2], []].map { Parameter(.randn($0)) }
    let make = try #require(Self.kinds[kind])
    let optimizer = make(parameters)
    for _ in 0..<3 { optimizer.apply(gradients(for: optimizer)) }
    return optimizer
  }

  private func gradients(for optimizer: any Optimizer) -> [Tensor] {
    optimizer.parameters.map { .randn($0.value.shape) }
  }

  /// What an update changes beside the number of updates.
  private func state(_ optimizer: any Optimizer) -> [String: [UInt8]] {
    var state = optimizer.stateDictionary.filter { $0.key != "updates.count" }
    for (index, parameter) in optimizer.parameters.enumerated() {
      state["parameter \(index)"] = parameter.value.detached()
    }
    return state.mapValues(\.rawBytes)
  }

  @Test("where the gate is closed, parameters and moments keep their bits", arguments: kinds.keys)
  func rests(_ kind: String) throws {
    let optimizer = try started(kind)
    let before = state(optimizer)
    optimizer.apply(gradients(for: optimizer), where: Self.closed)
    #expect(state(optimizer) == before)
    #expect(optimizer.updates.value == 4)
    optimizer.apply(gradients(for: optimizer), where: Self.open)
    let after = state(optimizer)
    for (key, bits) in before { #expect(after[key] != bits, "\(key)") }
  }

  @Test("where it is open, an update has the bits of one without a gate", arguments: kinds.keys)
  func moves(_ kind: String) throws {
    Randomness.seed(7)
    let plain = try started(kind)
    Randomness.seed(7)
    let gated = try started(kind)
    for _ in 0..<3 {
      let gradients = gradients(for: plain)
      // What was skipped in between has left nothing behind.
      gated.apply(self.gradients(for: gated), where: Self.closed)
      plain.apply(gradients.map { $0.cloned() })
      gated.apply(gradients, where: Self.open)
      #expect(state(gated) == state(plain))
    }
  }

  @Test("a gate may depend on what the step has computed", arguments: kinds.keys)
  func computed(_ kind: String) throws {
    let optimizer = try started(kind)
    let loss = optimizer.parameters[0].value.squared().sum()
    let before = state(optimizer)
    let gradients = optimizer.gradients(of: loss)
    optimizer.apply(gradients, where: loss.detached() .< 0)
    #expect(state(optimizer) == before)
    optimizer.apply(gradients, where: loss.detached() .> 0)
    #expect(state(optimizer) != before)
  }

  @Test("a probe records zeros for what rests")
  func probe() {
    let parameter = Parameter(.ones([1]))
    let optimizer = RMSProp([parameter], learningRate: 5.0)
    let recorded = GradientProbe.record(descendingAt: 0.5) {
      optimizer.apply([.ones([1])], where: Self.closed)
      optimizer.apply([.ones([1])], where: Self.open)
    }
    #expect(recorded.map { $0.map(\.floats) } == [[[0]], [[1]]])
    #expect(parameter.value.floats == [0.5])
    #expect(optimizer.updates.value == 2)
  }
}
