import TestSupport
import Testing
import Torch

@Suite("Automatic differentiation", .reproducible)
struct AutogradTests {
  private struct Failure: Error {}

  @Test("gradients come for the inputs asked for, in their order")
  func restricted() {
    let (x, y) = (Tensor.scalar(3).trackingGradient(), Tensor.scalar(5).trackingGradient())
    let found = gradients(of: x * y * y, withRespectTo: [y, x])
    #expect(found.map { $0.item() } == [30, 25])
    #expect(gradients(of: x * y, withRespectTo: [x])[0].item() == 5)
    #expect(gradients(of: x * y, withRespectTo: []).isEmpty)
  }

  @Test("an input that the output does not depend on gets zeros")
  func unreached() {
    let x = Tensor.scalar(3).trackingGradient()
    let other = Tensor.ones([2, 3], dtype: .float64).trackingGradient()
    expectEqual(
      gradients(of: x * x, withRespectTo: [x, other])[1], .zeros([2, 3], dtype: .float64))
  }

  @Test("outputs that are no scalars", arguments: [DType.float32, .float64])
  func cotangents(_ dtype: DType) {
    let x = Tensor([1, 2, 3] as [Float]).cast(to: dtype).trackingGradient()
    let ones = gradients(of: x.squared(), withRespectTo: [x])[0]
    #expect(ones.doubles == [2, 4, 6])
    #expect(ones.dtype == dtype)
    let weights = Tensor([1, 0, -1] as [Float]).cast(to: dtype)
    let weighted = gradients(of: x.squared(), withRespectTo: [x], cotangent: weights)[0]
    #expect(weighted.doubles == [2, 0, -6])
  }

  @Test("second order")
  func secondOrder() {
    let x = Tensor(doubles: [2]).trackingGradient()
    let first = gradients(of: x.power(3).sum(), withRespectTo: [x], createGraph: true)[0]
    #expect(first.requiresGradient)
    #expect(gradients(of: first.sum(), withRespectTo: [x])[0].doubles == [12])
    #expect(!gradients(of: x.power(3).sum(), withRespectTo: [x])[0].requiresGradient)
  }

  @Test("a retained graph can be differentiated again")
  func retained() {
    let x = Tensor.scalar(3).trackingGradient()
    let y = x.exp()
    let first = gradients(of: y, withRespectTo: [x], retainGraph: true)[0]
    expectEqual(first, gradients(of: y, withRespectTo: [x])[0])
  }

  @Test("scopes nest and are left when a body throws")
  func scopes() {
    let x = Tensor.scalar(3).trackingGradient()
    withoutGradients {
      #expect(!(x * x).requiresGradient)
      withGradients { #expect((x * x).requiresGradient) }
      #expect(!(x * x).requiresGradient)
    }
    #expect((x * x).requiresGradient)
    #expect(throws: Failure.self) { try withoutGradients { throw Failure() } }
    #expect((x * x).requiresGradient)
  }

  @Test("detached tensors and tracked copies")
  func detached() {
    let x = Tensor.scalar(3).trackingGradient()
    #expect(!x.detached().requiresGradient)
    #expect((x * x).trackingGradient().requiresGradient)
    let y = (x * 2).trackingGradient()
    #expect(gradients(of: y * y, withRespectTo: [x, y]).map { $0.item() } == [0, 12])
  }
}

@Suite("Autocast", .reproducible)
struct AutocastTests {
  private struct Failure: Error {}
  private let a = Tensor.ones([4, 4])
  private let b = Tensor.full([4, 4], 1.001)

  @Test("products are bfloat16 inside and float32 outside")
  func types() {
    withAutocast(to: .bfloat16, on: .cpu) {
      #expect(a.matmul(b).dtype == .bfloat16)
      #expect((a + b).dtype == .float32)
      withAutocast(to: .bfloat16, on: .cpu) { #expect(a.matmul(b).dtype == .bfloat16) }
      #expect(a.matmul(b).dtype == .bfloat16)
    }
    #expect(a.matmul(b).dtype == .float32)
    withAutocast(to: .float32, on: .cpu) { #expect(a.matmul(b).dtype == .float32) }
  }

  @Test("switched off inside full precision and on again after it")
  func fullPrecision() {
    withFullPrecision(on: .cpu) { #expect(a.matmul(b).dtype == .float32) }
    withAutocast(to: .bfloat16, on: .cpu) {
      withFullPrecision(on: .cpu) {
        #expect(a.matmul(b).dtype == .float32)
        withFullPrecision(on: .cpu) { #expect(a.matmul(b).dtype == .float32) }
        withAutocast(to: .bfloat16, on: .cpu) { #expect(a.matmul(b).dtype == .bfloat16) }
        #expect(a.matmul(b).dtype == .float32)
      }
      #expect(a.matmul(b).dtype == .bfloat16)
      #expect(throws: Failure.self) { try withFullPrecision(on: .cpu) { throw Failure() } }
      #expect(a.matmul(b).dtype == .bfloat16)
    }
    #expect(a.matmul(b).dtype == .float32)
  }

  /// The products of differentiation must not be rounded just because an autocast is around them.
  @Test("a float32 graph has float32 gradients also when differentiated inside")
  func differentiationInside() {
    let (input, weight) = (Tensor.randn([8, 8]), Tensor.randn([8, 8]).trackingGradient())
    let expected = gradients(of: input.matmul(weight).squared().sum(), withRespectTo: [weight])[0]
    let found = withAutocast(to: .bfloat16, on: .cpu) {
      let loss = withFullPrecision(on: .cpu) { input.matmul(weight).squared().sum() }
      return gradients(of: loss, withRespectTo: [weight])[0]
    }
    expectEqual(found, expected)
  }

  @Test("losses of 16-bit predictions are in float32")
  func losses() {
    let (x, y) = (Tensor.randn([4, 3]).cast(to: .bfloat16), Tensor.uniform([4, 3]))
    let wide = x.cast(to: .float32)
    expectEqual(meanSquaredError(x, y), meanSquaredError(wide, y))
    expectEqual(absoluteError(x, y), absoluteError(wide, y))
    expectEqual(smoothAbsoluteError(x, y), smoothAbsoluteError(wide, y))
    expectEqual(
      binaryCrossEntropy(logits: x, targets: y), binaryCrossEntropy(logits: wide, targets: y))
    let labels = Tensor([0, 2, 1, 1])
    expectEqual(crossEntropy(logits: x, labels: labels), crossEntropy(logits: wide, labels: labels))
    expectEqual(
      gaussianDivergence(mean: x, logVariance: x), gaussianDivergence(mean: wide, logVariance: wide)
    )
    #expect(x.atLeastFloat32().dtype == .float32)
    #expect(Tensor(doubles: [1]).atLeastFloat32().dtype == .float64)
  }

  @Test("left when a body throws")
  func throwing() {
    #expect(throws: Failure.self) {
      try withAutocast(to: .bfloat16, on: .cpu) { throw Failure() }
    }
    #expect(a.matmul(b).dtype == .float32)
  }

  @Test("gradients of float32 weights are float32")
  func gradientTypes() {
    let weight = b.trackingGradient()
    let loss = withAutocast(to: .bfloat16, on: .cpu) { a.matmul(weight) }.cast(to: .float32).sum()
    let gradient = gradients(of: loss, withRespectTo: [weight])[0]
    #expect(gradient.dtype == .float32)
    #expect(gradient.floats == [Float](repeating: 4, count: 16))
  }

  /// A cache of converted weights would answer with the old ones.
  @Test("a weight changed inside is seen")
  func changedWeights() {
    let weight = b.trackingGradient()
    withAutocast(to: .bfloat16, on: .cpu) {
      #expect(a.matmul(weight).maximum().item() == 4)
      InPlace.copy(.zeros([4, 4]), into: weight)
      #expect(a.matmul(weight).maximum().item() == 0)
      withoutGradients { _ = a.matmul(weight) }
      #expect(a.matmul(weight).requiresGradient)
    }
  }
}
