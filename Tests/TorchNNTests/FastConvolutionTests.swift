import TestSupport
import Testing
import Torch
import TorchNN

/// The rewritten convolutions against what they are defined as, in float64: borders included.
@Suite("Fast convolutions equal their literal compositions", .reproducible)
struct FastConvolutionTests {
  static let sizes = [
    [1, 1], [1, 4], [2, 2], [2, 3], [3, 3], [4, 4], [5, 8], [7, 6], [9, 9],
  ]

  private func weights() -> (weight: Tensor, bias: Tensor) {
    (.randn([3, 2, 3, 3], dtype: .float64), .randn([3], dtype: .float64))
  }

  @Test("doubling, then a convolution", arguments: sizes, [false, true])
  func upsampled(_ size: [Int], channelsLast: Bool) {
    let images = Tensor.randn([2, 2] + size, dtype: .float64)
    let (weight, bias) = weights()
    let doubled = images.resized(height: 2 * size[0], width: 2 * size[1], by: .nearest)
    let format: MemoryFormat = channelsLast ? .channelsLast : .contiguous
    expectClose(
      images.contiguous(format).upsampledConv2d(weight.contiguous(format), bias: bias),
      doubled.conv2d(weight, bias: bias, padding: 1), relative: 1e-12, absolute: 1e-12)
  }

  @Test("a convolution, then averages", arguments: sizes.filter { $0[0] > 1 }, [false, true])
  func pooled(_ size: [Int], channelsLast: Bool) {
    let images = Tensor.randn([2, 2] + size, dtype: .float64)
    let (weight, bias) = weights()
    let format: MemoryFormat = channelsLast ? .channelsLast : .contiguous
    expectClose(
      images.contiguous(format).pooledConv2d(weight.contiguous(format), bias: bias),
      images.conv2d(weight, bias: bias, padding: 1).averagePooled(2), relative: 1e-12,
      absolute: 1e-12)
  }

  @Test("without a bias")
  func withoutBias() {
    let images = Tensor.randn([1, 2, 4, 4], dtype: .float64)
    let weight = weights().weight
    expectClose(
      images.upsampledConv2d(weight, bias: nil),
      images.resized(height: 8, width: 8, by: .nearest).conv2d(weight, padding: 1),
      relative: 1e-12, absolute: 1e-12)
  }

  @Test("the residual blocks equal theirs in evaluation and training")
  func blocks() {
    let images = Tensor.randn([3, 4, 4, 6], dtype: .float64)
    let up = UpBlock(4, 2).cast(to: .float64)
    let state = up.stateDictionary.mapValues { $0.cloned() }
    func conv(_ name: String, _ input: Tensor, padding: Int = 1) -> Tensor? {
      guard let weight = state["\(name).weight"] else { return nil }
      return input.conv2d(weight, bias: state["\(name).bias"], padding: padding)
    }
    func normalized(_ input: Tensor) -> Tensor {
      let mean = input.mean(axes: [0, 2, 3], keepingDimensions: true)
      let variance = input.variance(axes: [0, 2, 3], unbiased: false, keepingDimensions: true)
      return (input - mean) / (variance + 1e-5).sqrt()
    }
    func doubled(_ input: Tensor) -> Tensor { input.resized(height: 8, width: 12, by: .nearest) }
    let residual = conv("conv1", doubled(normalized(images).relu()))
      .flatMap { conv("conv2", normalized($0).relu()) }
    guard let residual, let shortcut = conv("shortcut", doubled(images), padding: 0) else {
      Issue.record("a weight is missing")
      return
    }
    expectClose(up(images), residual + shortcut, relative: 1e-10, absolute: 1e-10)
  }
}
