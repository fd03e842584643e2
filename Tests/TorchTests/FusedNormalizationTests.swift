import TestSupport
import Testing

@testable import Torch

/// Normalisation with a rectifier behind it, against the definitions in float64.
@Suite("Normalisation in two passes", .reproducible)
struct FusedNormalizationTests {
  /// What is normalised together, and whose gain and offset there are.
  enum Kind: String, CaseIterable {
    case batch
    case batchPerImage
    case instance
    case instancePerImage

    var axes: [Int] { isPooled ? [0, 2, 3] : [2, 3] }
    var isPooled: Bool { self == .batch || self == .batchPerImage }
    var isPerImage: Bool { self == .batchPerImage || self == .instancePerImage }
  }

  /// Enough numbers for the passes, in one piece or several, rows that are no multiple of what a loop takes at
  /// once, and too few.
  private static let shapes = [[5, 24, 13, 11], [3, 40, 37, 31], [9, 32, 8, 8], [2, 8, 3, 3]]

  private func drawn(_ shape: [Int], _ kind: Kind) -> (images: Tensor, gain: Tensor, offset: Tensor)
  {
    let numbers = kind.isPerImage ? Array(shape.prefix(2)) : [shape[1]]
    // Means far from zero, which squares must not drown.
    let images = (Tensor.randn(shape) * 2 + 30).contiguous(.channelsLast)
    return (images, Tensor.randn(numbers) + 1, Tensor.randn(numbers))
  }

  private func composed(
    _ images: Tensor, _ gain: Tensor, _ offset: Tensor, _ kind: Kind, slope: Double
  ) -> Tensor {
    func spread(_ numbers: Tensor) -> Tensor { numbers.reshaped(to: [-1, images.size(1), 1, 1]) }
    let mean = images.mean(axes: kind.axes, keepingDimensions: true)
    let variance = images.variance(axes: kind.axes, unbiased: false, keepingDimensions: true)
    return ((images - mean) / (variance + 1e-5).sqrt() * spread(gain) + spread(offset))
      .leakyReLU(slope)
  }

  private func fused(
    _ images: Tensor, _ gain: Tensor, _ offset: Tensor, _ kind: Kind,
    then continuation: Continuation?
  ) -> Tensor {
    kind.isPooled
      ? images.batchNormalized(
        scale: gain, offset: offset, runningMean: nil, runningVariance: nil, training: true,
        momentum: 0.1, epsilon: 1e-5, then: continuation)
      : images.instanceNormalized(scale: gain, offset: offset, epsilon: 1e-5, then: continuation)
  }

  /// A cotangent that is zero where a rectifier bends: on which side of it a rounded value lies is chance.
  private func cotangent(
    _ images: Tensor, _ gain: Tensor, _ offset: Tensor, _ kind: Kind
  ) -> Tensor {
    let exact = [images, gain, offset].map { $0.cast(to: .float64) }
    let values = composed(exact[0], exact[1], exact[2], kind, slope: 1)
    return (images.randnAlike() * (values.abs() .> 1e-3).cast(to: .float32))
      .contiguous(.channelsLast)
  }

  /// Value, first derivatives by all three, and those of the square of the one by the images.
  private func derivatives(
    _ inputs: [Tensor], _ cotangent: Tensor, twice: Bool, _ function: ([Tensor]) -> Tensor
  ) -> [Tensor] {
    let inputs = inputs.map { $0.trackingGradient() }
    let output = function(inputs)
    let first = gradients(
      of: (output * cotangent).sum(), withRespectTo: inputs, createGraph: twice)
    guard twice else { return [output] + first }
    // Of the offset nothing but the rectifier's kinks depends on.
    return [output] + first
      + gradients(of: first[0].squared().sum(), withRespectTo: Array(inputs.prefix(2)))
  }

  private func expectAlike(_ found: [Tensor], _ expected: [Tensor], _ tolerance: Double) {
    for (value, reference) in zip(found, expected) {
      let largest = reference.doubles.reduce(0) { max($0, abs($1)) }
      expectClose(value, reference, relative: tolerance, absolute: tolerance * largest)
    }
  }

  @Test(
    "values and derivatives, once and twice", arguments: Kind.allCases,
    [nil, 0, 0.2] as [Double?])
  func definitions(_ kind: Kind, _ slope: Double?) {
    let activation = slope.map { $0 == 0 ? Continuation.relu : .leakyReLU($0) }
    for shape in Self.shapes {
      let (images, gain, offset) = drawn(shape, kind)
      let cotangent = cotangent(images, gain, offset, kind)
      let exact = [images, gain, offset].map { $0.cast(to: .float64) }
      for twice in [false, true] {
        let found = derivatives([images, gain, offset], cotangent, twice: twice) {
          fused($0[0], $0[1], $0[2], kind, then: activation)
        }
        let expected = derivatives(exact, cotangent.cast(to: .float64), twice: twice) {
          composed($0[0], $0[1], $0[2], kind, slope: slope ?? 1)
        }
        expectAlike(found, expected, 2e-4)
        #expect(found[0].isContiguous(.channelsLast))
      }
    }
  }

  @Test(
    "learned slopes, one or each channel's own, and maps that are added",
    arguments: Kind.allCases, [false, true])
  func continuations(_ kind: Kind, _ isSum: Bool) {
    for shape in Self.shapes {
      let (images, gain, offset) = drawn(shape, kind)
      for count in isSum ? [shape[1]] : [1, shape[1]] {
        let more =
          isSum
          ? Tensor.randn(shape).contiguous(.channelsLast) : Tensor.uniform([count]) * 0.5 - 0.1
        let cotangent = cotangent(images, gain, offset, kind)
        let inputs = [images, gain, offset, more]
        for twice in [false, true] {
          let found = derivatives(inputs, cotangent, twice: twice) {
            fused($0[0], $0[1], $0[2], kind, then: isSum ? .sum($0[3]) : .prelu($0[3]))
          }
          let exact = inputs.map { $0.cast(to: .float64) }
          let expected = derivatives(exact, cotangent.cast(to: .float64), twice: twice) {
            let plain = composed($0[0], $0[1], $0[2], kind, slope: 1)
            return isSum ? plain + $0[3] : plain.prelu($0[3])
          }
          expectAlike(found, expected, 2e-4)
        }
        let short = inputs.enumerated().map {
          $1.cast(to: $0 == 0 || isSum && $0 == 3 ? .bfloat16 : .float32)
        }
        let rounded = fused(
          short[0], gain, offset, kind, then: isSum ? .sum(short[3]) : .prelu(more))
        #expect(rounded.dtype == .bfloat16)
      }
    }
  }

  @Test("what follows values by running statistics")
  func inUse() {
    let images = Tensor.randn([3, 24, 9, 7]).contiguous(.channelsLast)
    let (mean, variance) = (Tensor.randn([24]), Tensor.uniform([24], 1, 2))
    let (slopes, more) = (Tensor.uniform([24]), images.randnAlike())
    func normalized(_ continuation: Continuation?) -> Tensor {
      images.batchNormalized(
        scale: nil, offset: nil, runningMean: mean, runningVariance: variance, training: false,
        momentum: 0, epsilon: 1e-5, then: continuation)
    }
    let plain = normalized(nil)
    expectAlike([normalized(.prelu(slopes))], [plain.prelu(slopes)], 1e-6)
    expectAlike([normalized(.sum(more))], [plain + more], 1e-6)
    expectAlike([normalized(.activation(.tanh))], [plain.tanh()], 1e-6)
  }

  @Test("leaky rectifiers with learned slopes, once and twice", arguments: [1, 24])
  func slopes(_ count: Int) {
    for shape in [[5, 24, 13, 11], [700, 24]] {
      let maps = Tensor.randn(shape)
      let images = shape.count == 4 ? maps.contiguous(.channelsLast) : maps
      let cotangent = Tensor.randn(shape)
      let inputs = [images, Tensor.uniform([count]) * 0.5 - 0.1]
      for twice in [false, true] {
        let found = derivatives(inputs, cotangent, twice: twice) { $0[0].prelu($0[1]) }
        let exact = inputs.map { $0.cast(to: .float64) }
        let expected = derivatives(exact, cotangent.cast(to: .float64), twice: twice) {
          let slopes = $0[1].reshaped(to: [1, -1] + [Int](repeating: 1, count: shape.count - 2))
          return $0[0].relu() - (-$0[0]).relu() * slopes
        }
        expectAlike(found, expected, 1e-5)
      }
    }
  }

  @Test("rows of numbers, their running statistics, and values by those")
  func rows() {
    let rows = Tensor.randn([700, 40]) * 3 + 20
    let (mean, variance) = (Tensor.full([40], 2), Tensor.full([40], 3))
    func normalized(training: Bool) -> Tensor {
      rows.batchNormalized(
        scale: nil, offset: nil, runningMean: mean, runningVariance: variance, training: training,
        momentum: 0.25, epsilon: 1e-5, then: .relu)
    }
    let exact = rows.cast(to: .float64)
    let own = (mean: exact.mean(axes: [0]), variance: exact.variance(axes: [0], unbiased: false))
    let expected = ((exact - own.mean) / (own.variance + 1e-5).sqrt()).relu()
    expectAlike([normalized(training: true)], [expected], 1e-5)
    expectAlike([mean], [own.mean * 0.25 + 1.5], 1e-6)
    expectAlike([variance], [own.variance * (700.0 / 699) * 0.25 + 2.25], 1e-5)
    let (center, spread) = (mean.cast(to: .float64), variance.cast(to: .float64))
    let moved = ((exact - center) / (spread + 1e-5).sqrt()).relu()
    expectAlike([normalized(training: false)], [moved], 1e-5)
  }

  @Test("mean and variance alone", arguments: shapes + [[700, 40], [3, 5, 4]])
  func moments(_ shape: [Int]) {
    let maps = Tensor.randn(shape) * 2 + 30
    let axes = [0] + Array(2..<shape.count)
    for images in [maps, shape.count == 4 ? maps.contiguous(.channelsLast) : maps] {
      for (images, tolerance) in [(images, 1e-5), ((images - 30).cast(to: .bfloat16), 1e-4)] {
        let exact = images.cast(to: .float64)
        let found = images.batchMoments()
        expectAlike([found.mean], [exact.mean(axes: axes)], tolerance)
        expectAlike([found.variance], [exact.variance(axes: axes, unbiased: false)], tolerance)
      }
    }
  }

  @Test("16-bit numbers are computed in float32 and rounded once", arguments: Kind.allCases)
  func sixteenBits(_ kind: Kind) {
    let (images, gain, offset) = drawn(Self.shapes[0], kind)
    let short = (images - 30).cast(to: .bfloat16)
    let cotangent = Tensor.randn(Self.shapes[0]).contiguous(.channelsLast).cast(to: .bfloat16)
    let found = derivatives([short, gain, offset], cotangent, twice: false) {
      fused($0[0], $0[1], $0[2], kind, then: .leakyReLU(0.2))
    }
    #expect(found.map(\.dtype) == [.bfloat16, .bfloat16, .float32, .float32])
    let exact = [short, gain, offset].map { $0.cast(to: .float64) }
    let expected = derivatives(exact, cotangent.cast(to: .float64), twice: false) {
      composed($0[0], $0[1], $0[2], kind, slope: 0.2)
    }
    expectAlike(found, expected, 0.005)
  }

  @Test("bits do not depend on the number of threads", arguments: Kind.allCases)
  func threads(_ kind: Kind) {
    let before = LibTorch.threads
    defer { LibTorch.threads = before }
    let (images, gain, offset) = drawn(Self.shapes[1], kind)
    let cotangent = Tensor.randn(Self.shapes[1]).contiguous(.channelsLast)
    let found = [1, 2].map { threads in
      LibTorch.threads = threads
      return derivatives([images, gain, offset], cotangent, twice: false) {
        fused($0[0], $0[1], $0[2], kind, then: .relu)
      }
    }
    #expect(found[0].map(\.rawBytes) == found[1].map(\.rawBytes))
  }

  @Test("who looks at activations sees what the normalisation gives")
  func watched() {
    let (images, gain, offset) = drawn(Self.shapes[0], .batch)
    let plain = fused(images, gain, offset, .batch, then: nil)
    var seen: [Tensor] = []
    let found = withActivations({ activation in
      seen.append(activation.input)
      return activation.output
    }) { fused(images, gain, offset, .batch, then: .relu) }
    #expect(seen.count == 1)
    #expect(seen.first?.rawBytes == plain.rawBytes && found.rawBytes == plain.relu().rawBytes)
  }

  @Test("nothing to normalise stays nothing", arguments: [[0, 16, 4, 4], [3, 16, 0, 4]])
  func nothing(_ shape: [Int]) {
    let images = Tensor.zeros(shape).contiguous(.channelsLast)
    let found = images.batchNormalized(
      scale: .ones([16]), offset: nil, runningMean: .zeros([16]), runningVariance: .ones([16]),
      training: false, momentum: 0.1, epsilon: 1e-5)
    #expect(found.shape == shape)
  }
}
