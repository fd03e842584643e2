import TestSupport
import Testing
import Torch
import TorchNN

/// What the goldens of single layers do not show.
@Suite("Learned rectifiers", .reproducible)
struct RectifierTests {
  @Test("slopes of translated rectifiers are kept in [0, 1], and nothing else is")
  func clamping() {
    let rectifier = TPReLU(3)
    let network = Sequential {
      Linear(3, 3)
      rectifier
      PReLU(3)
    }
    for parameter in network.parameters { parameter.assign(.full(parameter.value.shape, -2)) }
    rectifier.slope.assign(Tensor([-0.5, 0.3, 1.5] as [Float]))
    RectifierSlopes(of: network).clamp()
    for (key, parameter) in network.namedParameters {
      if key == "1.slope" {
        #expect(parameter.value.floats == [0, 0.3, 1])
      } else {
        #expect(parameter.value.floats.allSatisfy { $0 == -2 }, "\(key)")
      }
      #expect(parameter.value.requiresGradient)
    }
    RectifierSlopes(of: PReLU()).clamp()
  }

  @Test("who looks at activations sees what lies before and behind the translation")
  func activations() {
    let layer = TPReLU(2)
    layer.threshold.assign(Tensor([1, -1] as [Float]))
    var seen: [Activation] = []
    let input = Tensor([2, -3, 0, 0] as [Float], shape: [2, 2])
    let output = withActivations({
      seen.append($0)
      return $0.output
    }) { layer(input) }
    #expect(output.floats == [2, -1.5, 0.75, 0])
    #expect(seen.map { $0.input.floats } == [input.floats])
    #expect(seen.map { $0.output.floats } == [output.floats])
  }
}
