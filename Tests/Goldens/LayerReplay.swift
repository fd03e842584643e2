import FixtureFiles
import Torch
import TorchNN

extension GoldenReplay {
  /// One forward and backward pass of a layer, in training and in evaluation.
  ///
  /// - Parameter format: how images and weights lie in memory.
  package func replayLayer(_ name: String, _ format: MemoryFormat = .channelsLast) throws {
    let fixture = try Fixture("layers/\(name)", in: folder)
    guard let subject = layerTable[name]?() else { return report("no layer for \(name)") }
    try subject.module.load(fixture.group("weight/"))
    if format == .channelsLast || device != .cpu { _ = subject.module.placed(on: device) }
    let inputs = fixture.list("input/").map { input -> Tensor in
      let moved = input.moved(to: device)
      let laidOut = input.rank == 4 ? moved.contiguous(format) : moved
      return input.dtype.isFloatingPoint ? laidOut.trackingGradient() : laidOut
    }
    let output = RandomTape.replay(fixture.list("random/")) { apply(subject, inputs) }
    compare("output", output, try fixture("output"), relative: 1e-5)
    compareGradients(of: output, inputs: inputs, subject.module, fixture)
    compareBuffers(subject.module, fixture)
    let evaluated = withMode(.evaluation) { withoutGradients { apply(subject, inputs) } }
    let expected = try fixture.tensors["eval_output"] ?? fixture("output")
    compare("evaluation output", evaluated, expected, relative: 1e-5)
  }

  private func apply(_ subject: Subject, _ inputs: [Tensor]) -> Tensor {
    withAutocast(to: arithmetic.dtype, on: device) { subject.apply(inputs) }
  }

  private func compareGradients(
    of output: Tensor, inputs: [Tensor], _ module: any Module, _ fixture: Fixture
  ) {
    let floating = inputs.enumerated().filter(\.element.requiresGradient)
    let targets =
      floating.map { ("input\($0.offset)", $0.element) }
      + module.namedParameters.map { ($0.key, $0.parameter.value) }
    let expected = fixture.group("grad/")
    require(targets.map(\.0).sorted() == expected.keys.sorted(), "gradients of \(targets.map(\.0))")
    let found = gradients(
      of: output, withRespectTo: targets.map(\.1),
      cotangent: fixture.tensors["upstream"]?.moved(to: device).cast(to: output.dtype))
    let largest = expected.values.map(Self.largest).max() ?? 0
    compare(
      zip(targets, found).compactMap { target, gradient in
        expected[target.0].map {
          Pair(what: "gradient \(target.0)", found: gradient, expected: $0)
        }
      }, relative: 1e-4
    ) { reference in
      // A bias in front of a batch norm has the gradient 0: what is left is rounding in sums of
      // terms of the size of the other gradients.
      let own = Self.largest(reference)
      return own < 1e-5 * largest ? 1e-5 * largest : 1e-6 * own
    }
  }

  private func compareBuffers(_ module: any Module, _ fixture: Fixture) {
    let changed = fixture.group("after/")
    let initial = fixture.group("weight/")
    for (key, buffer) in module.namedBuffers {
      guard let expected = changed[key] ?? initial[key] else {
        report("no reference for buffer \(key)")
        continue
      }
      compare("buffer \(key)", buffer.value, expected, relative: 1e-5)
    }
  }
}
