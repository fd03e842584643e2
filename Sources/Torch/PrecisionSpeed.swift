/// What 16-bit products are worth on a processor.
///
/// Instructions alone do not tell: with AVX-512's for bfloat16 vectors networks are faster on AMD's processors and
/// slower on Intel's. So a layer is measured.
public struct PrecisionSpeed: Sendable, Equatable {
  /// How often a layer was computed forward and back in a second, in float32.
  public let float32: Double
  /// The same in bfloat16.
  public let bfloat16: Double

  /// Measured speeds.
  public init(float32: Double, bfloat16: Double) {
    (self.float32, self.bfloat16) = (float32, bfloat16)
  }

  /// Whether bfloat16 is clearly faster: on a noisy machine noise must not decide.
  public var prefersBFloat16: Bool { bfloat16 > 1.15 * float32 }

  /// Of this machine's processor, measured once, for a third of a second; on one thread, which other processes
  /// disturb the least. Without instructions for bfloat16 nothing is measured.
  public static let own: PrecisionSpeed = {
    let known = LibTorch.processor.features
    guard known.contains(.avx512BF16) || known.contains(.amxBF16) else {
      return PrecisionSpeed(float32: 1, bfloat16: 0)
    }
    let layer = MeasuredLayer()
    var speeds: [DType: [Double]] = [:]
    for _ in 0..<4 {
      for type in [DType.float32, .bfloat16] {
        speeds[type, default: []].append(layer.speed(in: type, for: .milliseconds(40)))
      }
    }
    func median(_ type: DType) -> Double { speeds[type, default: [0]].sorted()[2] }
    return PrecisionSpeed(float32: median(.float32), bfloat16: median(.bfloat16))
  }()
}

/// A convolution, batch normalisation and ReLU, of the widths of a small network.
private struct MeasuredLayer {
  private let generator = RandomGenerator(seed: 1, device: .cpu)
  private let input: Tensor
  private let weight: Tensor

  init() {
    (input, weight) = generator.run {
      (
        Tensor.randn([16, 64, 16, 16]).contiguous(.channelsLast).trackingGradient(),
        Tensor.randn([64, 64, 3, 3]).contiguous(.channelsLast).trackingGradient()
      )
    }
  }

  /// How often it was computed in a second.
  func speed(in type: DType, for duration: Duration) -> Double {
    LibTorch.with(threads: 1, products: LibTorch.linearBackend) {
      compute(type)
      let start = ContinuousClock.now
      var count = 0.0
      while ContinuousClock.now - start < duration {
        compute(type)
        count += 1
      }
      return count / ((ContinuousClock.now - start) / .seconds(1))
    }
  }

  private func compute(_ type: DType) {
    // Processes that train together measure each for itself.
    ProcessGroup.alone { computeAlone(type) }
  }

  private func computeAlone(_ type: DType) {
    let output = withAutocast(to: type, on: .cpu) {
      input.conv2d(weight, padding: 1).batchNormalized(
        scale: nil, offset: nil, runningMean: nil, runningVariance: nil, training: true,
        momentum: 0, epsilon: 1e-5, then: .relu)
    }
    _ = gradients(of: output.cast(to: .float32).sum(), withRespectTo: [input, weight])
  }
}
