import TestSupport
import Testing

@testable import Torch

/// Convolutions of bfloat16 numbers by products of pairs, against the same numbers in float64: sums
/// are float, and what comes out is rounded once.
@Suite(
  "Convolutions of bfloat16", .reproducible,
  .enabled(if: hasPairs && LinearBackend.onednn.isThere))
struct PairedConvolutionTests {
  typealias Case = ConvolutionTests.Case

  static let cases = sizes + fewWindows

  private static let sizes = [
    // Borders and corners of windows that see every other pixel, and those of every pixel.
    Case(way: .direct, images: [5, 64, 9, 7], kernel: [64, 64, 4, 4], stride: 2, padding: 1),
    Case(way: .direct, images: [2, 64, 8, 8], kernel: [128, 64, 3, 3], padding: 1),
    // Odd numbers of images, of windows and of panels.
    Case(way: .direct, images: [3, 32, 7, 5], kernel: [96, 32, 3, 3], padding: 1),
    // More windows than are computed at a time, of several images and of one.
    Case(way: .direct, images: [300, 32, 4, 4], kernel: [32, 32, 4, 4], stride: 2, padding: 1),
    Case(way: .direct, images: [2, 32, 9, 290], kernel: [32, 32, 3, 3], padding: 1),
    // Windows that are pixels, or further apart than they are large.
    Case(way: .direct, images: [3, 64, 9, 11], kernel: [96, 64, 1, 1]),
    Case(way: .direct, images: [2, 64, 7, 9], kernel: [64, 64, 1, 1], stride: 2),
    Case(way: .direct, images: [3, 64, 7, 9], kernel: [64, 64, 2, 2], stride: 3),
    // Long lines of taps, and windows that see nothing of an image.
    Case(way: .direct, images: [2, 64, 11, 9], kernel: [64, 64, 7, 7], padding: 3),
    Case(way: .direct, images: [3, 64, 5, 4], kernel: [64, 64, 3, 3], padding: 4),
    // In the other direction.
    Case(
      way: .direct, images: [9, 64, 4, 4], kernel: [64, 96, 4, 4], stride: 2, padding: 1,
      outputPadding: 0),
    Case(
      way: .direct, images: [40, 96, 3, 4], kernel: [96, 64, 5, 5], stride: 2, padding: 2,
      outputPadding: 1),
    Case(
      way: .direct, images: [3, 64, 3, 4], kernel: [64, 64, 2, 2], stride: 3, outputPadding: 2),
  ]

  /// So many windows that registers hold the sums of them all, or of some at a time.
  private static let fewWindows = (2...9).map {
    Case(way: .direct, images: [$0, 32, 1, 1], kernel: [32, 32, 1, 1])
  }

  private let definitions = ConvolutionTests()

  /// Values, their derivatives, and those of the derivative by images: sums of products of no more
  /// than two of the inputs, of which the last are like what comes out and like images.
  private func results(
    _ inputs: [Tensor], _ function: (Tensor, Tensor, Tensor) -> Tensor
  ) -> [Tensor] {
    let (x, w, b) = (
      inputs[0].trackingGradient(), inputs[1].trackingGradient(), inputs[2].trackingGradient()
    )
    let g = inputs[3].trackingGradient()
    let value = function(x, w, b)
    let first = gradients(of: (value * g).sum(), withRespectTo: [x, w], createGraph: true)
    return [value] + first
      + gradients(of: (first[0] * inputs[4]).sum(), withRespectTo: [w, g])
  }

  private func inputs(_ spec: Case) -> [Tensor] {
    let x = Tensor.randn(spec.images)
    let w = Tensor.randn(spec.kernel) * 0.05
    // A transposed one adds it to what has been rounded.
    let b = spec.transposed ? Tensor.zeros([spec.kernel[1]]) : Tensor.randn([spec.kernel[0]])
    let g = Tensor.randn(definitions.computed(x, w, b, spec).shape)
    return [x, w, b, g, Tensor.randn(spec.images)].map {
      let halves = $0.cast(to: .bfloat16)
      return $0.rank == 4 ? halves.contiguous(.channelsLast) : halves
    }
  }

  private func found(
    _ inputs: [Tensor], _ spec: Case, threads: Int = LibTorch.threads
  ) -> [Tensor] {
    LibTorch.with(threads: threads, products: .onednn) {
      results(inputs) { definitions.computed($0, $1, $2, spec) }
    }
  }

  @Test("values and derivatives, once and twice, rounded once", arguments: cases)
  func values(_ spec: Case) {
    let inputs = inputs(spec)
    let expected = results(inputs.map { $0.cast(to: .float64) }) {
      definitions.defined($0, $1, $2, spec)
    }
    for (value, reference) in zip(found(inputs, spec), expected) {
      #expect(value.dtype == .bfloat16)
      let largest = reference.doubles.reduce(0) { max($0, abs($1)) }
      expectClose(value, reference, relative: 1.0 / 256, absolute: 1e-5 * largest)
    }
  }

  @Test("pairs are multiplied, and by no others", arguments: cases)
  func ways(_ spec: Case) {
    let inputs = inputs(spec)
    let log = OperationLog.record { _ = found(inputs, spec) }
    let ours = ["values", "input", "kernel"].map { "ctorch::direct16_\($0)" }
    #expect(ours.allSatisfy { own in log.contains { $0.hasPrefix(own) } })
    #expect(!log.contains { $0.hasPrefix("aten::conv") || $0.hasPrefix("aten::linear") })
  }

  @Test(
    "one image, and channels that fill no panel, are left to the library",
    arguments: [[1, 64, 17, 17], [3, 48, 9, 7]])
  func others(_ images: [Int]) {
    let spec = Case(way: .library, images: images, kernel: [64, images[1], 3, 3], padding: 1)
    let inputs = inputs(spec)
    let log = OperationLog.record { _ = found(inputs, spec) }
    #expect(!log.contains { $0.hasPrefix("ctorch::direct") })
  }

  @Test("whatever the number of threads, the same bits", arguments: cases, [2, 5])
  func threads(_ spec: Case, _ count: Int) {
    let inputs = inputs(spec)
    let areAlike =
      found(inputs, spec, threads: count).map(\.rawBytes)
      == found(inputs, spec, threads: 1).map(\.rawBytes)
    #expect(areAlike)
  }
}
