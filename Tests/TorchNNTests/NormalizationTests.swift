import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Normalisation", .reproducible)
struct NormalizationTests {
  private func normalized(_ images: Tensor) -> Tensor {
    let mean = images.mean(axes: [2, 3], keepingDimensions: true)
    let variance = images.variance(axes: [2, 3], unbiased: false, keepingDimensions: true)
    return (images - mean) / (variance + 1e-5).sqrt()
  }

  /// Images on both sides of the size at which the kernel changes.
  @Test(
    "every image by itself, in the order in memory of the input",
    arguments: [[1, 3, 4, 4], [3, 2, 8, 8], [2, 16, 20, 20], [18, 64, 9, 8], [40, 8, 4, 4]],
    [MemoryFormat.contiguous, .channelsLast])
  func instances(_ shape: [Int], _ format: MemoryFormat) {
    let images = (Tensor.randn(shape) * 2 + 3).contiguous(format).trackingGradient()
    let layer = InstanceNorm2d(shape[1], affine: true)
    let (gain, offset) = (Tensor.randn([shape[1]]), Tensor.randn([shape[1]]))
    layer.weight?.assign(gain)
    layer.bias?.assign(offset)
    let found = layer(images)
    #expect(found.isContiguous(format))
    let expected =
      normalized(images) * gain.reshaped(to: [1, -1, 1, 1]) + offset.reshaped(to: [1, -1, 1, 1])
    expectClose(found, expected, relative: 1e-4, absolute: 1e-4)
    let cotangent = Tensor.randn(shape)
    expectClose(
      gradients(of: found, withRespectTo: [images], cotangent: cotangent)[0],
      gradients(of: expected, withRespectTo: [images], cotangent: cotangent)[0], relative: 1e-3,
      absolute: 1e-4)
  }

  @Test(
    "every image over pixels and channels, with a gain and an offset for each channel",
    arguments: [MemoryFormat.contiguous, .channelsLast])
  func images(_ format: MemoryFormat) {
    let images = (Tensor.randn([3, 4, 6, 5]) * 2 + 3).contiguous(format).trackingGradient()
    let layer = ImageLayerNorm(4)
    #expect(layer.namedParameters.map(\.key) == ["weight", "bias"])
    let axes = [1, 2, 3]
    let variance = images.variance(axes: axes, unbiased: false, keepingDimensions: true)
    let standard =
      (images - images.mean(axes: axes, keepingDimensions: true)) / (variance + 1e-5).sqrt()
    expectClose(layer(images), standard, relative: 1e-4, absolute: 1e-5)
    expectClose(
      ImageLayerNorm(4, affine: false)(images), standard, relative: 1e-4, absolute: 1e-5)
    let (gain, offset) = (Tensor.randn([4]), Tensor.randn([4]))
    layer.weight?.assign(gain)
    layer.bias?.assign(offset)
    let found = layer(images)
    #expect(found.isContiguous(.channelsLast))
    let expected = standard * gain.reshaped(to: [4, 1, 1]) + offset.reshaped(to: [4, 1, 1])
    expectClose(found, expected, relative: 1e-4, absolute: 1e-5)
    let cotangent = Tensor.randn([3, 4, 6, 5])
    expectClose(
      gradients(of: found, withRespectTo: [images], cotangent: cotangent)[0],
      gradients(of: expected, withRespectTo: [images], cotangent: cotangent)[0], relative: 1e-3,
      absolute: 1e-4)
  }

  /// One rounding of the statistic and one of the result are left.
  @Test("statistics of 16-bit maps are taken in float32")
  func halfPrecision() {
    let images = (Tensor.randn([4, 512, 4, 4]) * 3).cast(to: .bfloat16)
    let exact = images.cast(to: .float32)
    for layer in [PixelNorm(), MinibatchDeviation()] as [any Layer] {
      let found = layer(images)
      #expect(found.dtype == .bfloat16)
      expectClose(found.cast(to: .float32), layer(exact), relative: 0.008, absolute: 1e-4)
    }
  }

  @Test("batches are counted, on the processor, in training only")
  func counted() {
    let layer = BatchNorm(2).placed(on: .cpu)
    for _ in 0..<3 { _ = layer(.randn([4, 2])) }
    withMode(.evaluation) { _ = layer(.randn([4, 2])) }
    #expect(layer.stateDictionary["num_batches_tracked"]?.integers == [3])
  }

  /// σ = uᵀWv with u and v constant, made of pieces.
  private func composed(_ weight: Tensor, _ direction: Tensor) -> Tensor {
    func unit(_ vector: Tensor) -> Tensor { vector / vector.norm() }
    let matrix = weight.reshaped(to: [weight.size(0), -1])
    let right = unit(matrix.detached().transposed().matmul(direction))
    let left = unit(matrix.detached().matmul(right))
    return weight / (left * matrix.matmul(right)).sum()
  }

  @Test(
    "spectral normalisation and its derivatives, twice with respect to the weight",
    arguments: [[6, 5], [6, 3, 3, 2]], [MemoryFormat.contiguous, .channelsLast])
  func spectral(_ shape: [Int], _ format: MemoryFormat) {
    let drawn = Tensor.randn(shape, dtype: .float64)
    let weight = (shape.count == 4 ? drawn.contiguous(format) : drawn).trackingGradient()
    let direction = Tensor.randn([6], dtype: .float64)
    func derivatives(_ normalize: (Tensor) -> Tensor) -> [Tensor] {
      let output = normalize(weight)
      let first = gradients(
        of: output.tanh().sum(), withRespectTo: [weight], createGraph: true)[0]
      return [output, first] + gradients(of: first.squared().sum(), withRespectTo: [weight])
    }
    let found = derivatives { $0.spectrallyNormalized(direction / direction.norm(), moves: false) }
    for (a, b) in zip(found, derivatives { composed($0, direction / direction.norm()) }) {
      expectClose(a, b, relative: 1e-10, absolute: 1e-10)
    }
  }
}
