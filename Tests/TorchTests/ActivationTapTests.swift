import Testing
import Torch

@Suite("Activations")
struct ActivationTapTests {
  @Test("Every activation is shown with its argument, and only inside of the body")
  func shown() {
    let x = Tensor([-1, 2] as [Float])
    var seen: [(input: [Float], output: [Float], isRectifier: Bool)] = []
    withActivations(
      {
        seen.append(($0.input.floats, $0.output.floats, $0.isRectifier))
        return $0.output
      },
      {
        _ = x.relu()
        _ = x.leakyReLU(0.5)
        _ = x.silu()
        _ = x.tanh()
      })
    _ = x.relu()
    #expect(seen.map(\.isRectifier) == [true, true, false])
    #expect(seen.allSatisfy { $0.input == [-1, 2] })
    #expect(seen[0].output == [0, 2] && seen[1].output == [-0.5, 2])
  }

  @Test("Networks go on with what is returned; an inner tap hides the outer one")
  func replaced() {
    let x = Tensor([3, -4] as [Float])
    let (inner, outer) = withActivations(
      { $0.output * 10 },
      { (withActivations({ $0.output + 1 }, { x.relu().floats }), x.relu().floats) })
    #expect(inner == [4, 1] && outer == [30, 0])
  }
}
