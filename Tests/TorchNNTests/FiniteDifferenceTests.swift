import Goldens
import TestSupport
import Testing
import Torch
import TorchNN

/// Gradients of layers with algebra of their own, and of the gradient norms that penalties take of
/// critics, against finite differences in float64.
@Suite("Finite differences", .reproducible)
struct FiniteDifferenceTests {
  private static func image(_ layer: some Layer, _ shape: [Int]) -> (Subject, [Int]) {
    (Subject(layer), shape)
  }

  static let layers: [String: @Sendable () -> (Subject, [Int])] = [
    "UpsampleConv2d": { image(UpsampleConv2d(2, 2), [1, 2, 2, 3]) },
    "ConvPool2d": { image(ConvPool2d(2, 2), [1, 2, 4, 4]) },
    "SpectralLinear": { image(SpectralLinear(4, 3), [2, 4]) },
    "SpectralConv2d": { image(SpectralConv2d(2, 3, kernel: 3, padding: 1), [1, 2, 3, 3]) },
    "SpectralConvPool2d": { image(SpectralConvPool2d(2, 2), [1, 2, 4, 4]) },
    "SpectralDownBlock": { image(DownBlock(2, 2, spectral: true), [1, 2, 4, 4]) },
    "WeightNormLinear": { image(WeightNormLinear(4, 3), [2, 4]) },
    "WeightNormConv2d": { image(WeightNormConv2d(2, 2, kernel: 3, padding: 1), [1, 2, 3, 3]) },
    "WeightNormConvTranspose2d": {
      image(
        WeightNormConvTranspose2d(
          2, 2, kernel: 4, stride: 2, padding: 1, gain: .one, epsilon: 1e-2), [1, 2, 2, 2])
    },
    "StrictWeightNormLinear": {
      image(WeightNormLinear(4, 3, bias: false, gain: .none, epsilon: 1e-2), [2, 4])
    },
    "EqualizedLinear": { image(EqualizedLinear(4, 3), [2, 4]) },
    "EqualizedConv2d": { image(EqualizedConv2d(2, 2, kernel: 3, padding: 1), [1, 2, 3, 3]) },
    "SelfAttention": { image(SelfAttention(8), [1, 8, 4, 4]) },
    "SpectralUpsampleConv2d": { image(SpectralUpsampleConv2d(2, 2), [1, 2, 2, 3]) },
    "MinibatchDeviation": { image(MinibatchDeviation(groupSize: 2), [4, 2, 2, 2]) },
    "PixelNorm": { image(PixelNorm(), [2, 3, 2, 2]) },
    "Maxout": { image(Maxout(4, 3, pieces: 3), [2, 4]) },
    "UpBlock": { image(UpBlock(2, 2), [2, 2, 2, 2]) },
    "DownBlock": { image(DownBlock(2, 2), [1, 2, 4, 4]) },
    "FirstDownBlock": { image(FirstDownBlock(2, 2), [1, 2, 4, 4]) },
    "PlainBlock": { image(PlainBlock(2), [1, 2, 3, 3]) },
    "LayerNorm": { image(LayerNorm([2, 3, 3]), [2, 2, 3, 3]) },
    "ConditionalBatchNorm": {
      let layer = ConditionalBatchNorm(2, classes: 3)
      return (Subject(layer) { layer($0[0], labels: Tensor([2, 0, 2])) }, [3, 2, 2, 2])
    },
  ]

  /// Layers that need batch statistics; they belong to generators, which no penalty looks into.
  static let normalizing: Set<String> = ["UpBlock", "ConditionalBatchNorm"]

  @Test("first order", arguments: layers.keys.sorted())
  func firstOrder(_ name: String) throws {
    try check(name, tolerance: 1e-6) { output, _, weights in (output * weights).sum() }
  }

  @Test(
    "second order, through the norm of the gradient",
    arguments: layers.keys.filter { !normalizing.contains($0) }.sorted())
  func secondOrder(_ name: String) throws {
    try check(name, tolerance: 5e-6) { output, input, weights in
      let height = (output.squared() * weights).sum()
      let slope = gradients(of: height, withRespectTo: [input], createGraph: true)[0]
      return slope.norm()
    }
  }

  @Test("the penalty-like functions of tensors themselves")
  func functions() {
    finiteDifferenceCheck(at: [.randn([2, 3], dtype: .float64), .randn([3], dtype: .float64)]) {
      ($0[0] * $0[1]).tanh().logSumExp(axis: 1).sum()
    }
  }

  /// Checks `loss` of (output, input, fixed weights) by the input and every parameter.
  private func check(
    _ name: String, tolerance: Double, _ loss: (Tensor, Tensor, Tensor) -> Tensor
  ) throws {
    let make = try #require(Self.layers[name])
    let (subject, shape) = make()
    let module = subject.module.cast(to: .float64)
    for parameter in module.parameters {
      parameter.assign(.randn(parameter.value.shape, dtype: .float64) * 0.5)
    }
    var input = Tensor.randn(shape, dtype: .float64)
    settle(subject, input)
    let weights = Tensor.randn(subject.apply([input]).shape, dtype: .float64)
    // Evaluation keeps the power iteration's vector where it has converged.
    withMode(Self.normalizing.contains(name) ? .training : .evaluation) {
      func value() -> Tensor {
        let leaf = input.trackingGradient()
        input = leaf
        return loss(subject.apply([leaf]), leaf, weights)
      }
      let result = value()
      let parameters = module.namedParameters
      let leaves = [input] + parameters.map(\.parameter.value)
      let found = gradients(of: result, withRespectTo: leaves)
      expectFiniteDifferences(
        found[0], at: input, tolerance: tolerance, "input", move: { input = $0 },
        value: { value().item() })
      for ((key, parameter), gradient) in zip(parameters, found.dropFirst()) {
        expectFiniteDifferences(
          gradient, at: parameter.value, tolerance: tolerance, key, move: parameter.assign,
          value: { value().item() })
      }
    }
  }

  /// The gradient takes the singular vectors for constants, which they are to first order once the
  /// power iteration has converged.
  private func settle(_ subject: Subject, _ input: Tensor) {
    let hasDirections = subject.module.namedBuffers.contains {
      $0.key.split(separator: ".").last == "u"
    }
    guard hasDirections else { return }
    withoutGradients { for _ in 0..<3000 { _ = subject.apply([input]) } }
  }
}
