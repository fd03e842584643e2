import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Layers against PyTorch", .reproducible)
struct LayerGoldenTests {
  @Test("every fixture has a layer")
  func tableIsComplete() throws {
    #expect(try Fixture.names(of: "layers") == layerTable.keys.sorted())
  }

  @Test("forward, gradients, buffers, evaluation", arguments: layerTable.keys.sorted())
  func agrees(_ name: String) throws {
    try compare(name) { $0 }
  }

  @Test("the same with channels innermost", arguments: layerTable.keys.sorted())
  func agreesInOtherLayout(_ name: String) throws {
    try compare(name) { $0.rank == 4 ? $0.contiguous(.channelsLast) : $0 }
  }

  private func compare(_ name: String, laidOut: (Tensor) -> Tensor) throws {
    let fixture = try Fixture("layers/\(name)")
    let make = try #require(layerTable[name])
    let subject = make()
    try subject.module.load(fixture.group("weight/"))
    if laidOut(.zeros([2, 2, 2, 2])).isContiguous(.channelsLast) {
      _ = subject.module.placed(on: .cpu)
    }
    let inputs = fixture.list("input/").map {
      $0.dtype.isFloatingPoint ? laidOut($0).trackingGradient() : $0
    }
    let output = RandomTape.replay(fixture.list("random/")) { subject.apply(inputs) }
    expectClose(output, try fixture("output"), relative: 1e-5, "output")
    expectGradients(of: output, inputs: inputs, subject.module, fixture)
    expectBuffers(subject.module, fixture)
    let evaluated = withMode(.evaluation) { withoutGradients { subject.apply(inputs) } }
    let expected = try fixture.tensors["eval_output"] ?? fixture("output")
    expectClose(evaluated, expected, relative: 1e-5, "evaluation output")
  }

  private func expectGradients(
    of output: Tensor, inputs: [Tensor], _ module: any Module, _ fixture: Fixture
  ) {
    let floating = inputs.enumerated().filter(\.element.requiresGradient)
    let targets =
      floating.map { ("input\($0.offset)", $0.element) }
      + module.namedParameters.map { ($0.key, $0.parameter.value) }
    let expected = fixture.group("grad/")
    #expect(targets.map(\.0).sorted() == expected.keys.sorted())
    let found = gradients(
      of: output, withRespectTo: targets.map(\.1), cotangent: fixture.tensors["upstream"])
    for ((key, _), gradient) in zip(targets, found) {
      guard let reference = expected[key] else { continue }
      let floor = gradientFloor(expected, key)
      expectClose(gradient, reference, relative: 1e-4, absolute: floor, "gradient \(key)")
    }
  }

  /// A bias in front of a batch norm has the gradient 0: what is left is rounding in sums of terms
  /// of the size of the other gradients.
  private func gradientFloor(_ gradients: [String: Tensor], _ key: String) -> Double {
    let sizes = gradients.mapValues { $0.abs().maximum().item() }
    let own = sizes[key] ?? 0
    let largest = sizes.values.max() ?? 0
    return own < 1e-5 * largest ? 1e-5 * largest : 1e-6 * own
  }

  private func expectBuffers(_ module: any Module, _ fixture: Fixture) {
    let changed = fixture.group("after/")
    let initial = fixture.group("weight/")
    for (key, buffer) in module.namedBuffers {
      guard let expected = changed[key] ?? initial[key] else {
        Issue.record("no reference for buffer \(key)")
        continue
      }
      expectClose(buffer.value, expected, relative: 1e-5, "buffer \(key)")
    }
  }
}
