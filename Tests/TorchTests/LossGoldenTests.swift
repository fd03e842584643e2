import TestSupport
import Testing
import Torch

@Suite("Losses against PyTorch", .reproducible)
struct LossGoldenTests {
  static let table: [String: @Sendable (Tensor, Tensor) -> Tensor] = [
    "bce-with-logits": { binaryCrossEntropy(logits: $0, targets: $1) },
    "mse": { meanSquaredError($0, $1) },
    "l1": { absoluteError($0, $1) },
    "smooth-l1": { smoothAbsoluteError($0, $1) },
    "cross-entropy": { crossEntropy(logits: $0, labels: $1) },
    "cross-entropy-smoothed": { crossEntropy(logits: $0, labels: $1, labelSmoothing: 0.1) },
    "gaussian-kl": { gaussianDivergence(mean: $0, logVariance: $1) },
  ]

  /// The other files hold both players' adversarial losses, which this module does not know.
  @Test("every plain loss is in the table")
  func tableIsComplete() throws {
    let plain = try Fixture.names(of: "losses").filter {
      try Fixture("losses/\($0)").tensors["d_loss"] == nil
    }
    #expect(plain == Self.table.keys.sorted())
  }

  @Test("value and gradients", arguments: table.keys.sorted())
  func agrees(_ name: String) throws {
    let fixture = try Fixture("losses/\(name)")
    let inputs = fixture.list("input/").map {
      $0.dtype.isFloatingPoint ? $0.trackingGradient() : $0
    }
    let function = try #require(Self.table[name])
    let loss = function(inputs[0], inputs[1])
    expectClose(loss, try fixture("output"), relative: 1e-5)
    let floating = inputs.enumerated().filter(\.element.requiresGradient)
    #expect(floating.map { "input\($0.offset)" } == fixture.group("grad/").keys.sorted())
    let found = gradients(of: loss, withRespectTo: floating.map(\.element))
    for (gradient, (index, _)) in zip(found, floating) {
      expectClose(gradient, try fixture("grad/input\(index)"), relative: 1e-4, "input \(index)")
    }
  }

  @Test("reductions")
  func reductions() {
    let (a, b) = (Tensor([1, 2, 4] as [Float]), Tensor([0, 0, 0] as [Float]))
    #expect(meanSquaredError(a, b, reduction: .none).floats == [1, 4, 16])
    #expect(meanSquaredError(a, b).item() == 7)
    #expect(meanSquaredError(a, b, reduction: .sum).item() == 21)
    #expect(absoluteError(a, b, reduction: .sum).item() == 7)
  }
}
