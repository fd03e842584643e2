import TestSupport
import Testing

@testable import Torch

/// Convolutions by products of matrices, by minimal filtering, of few channels and by what windows see, and
/// second derivatives, against sums over the taps of the kernel in float64.
@Suite("Convolutions", .reproducible)
struct ConvolutionTests {
  /// What computes a convolution, as the operations tell.
  enum Way {
    case product, winograd, folded, library, direct

    /// What does where products are made by a backend: the library's convolutions are for that of its own.
    func by(_ backend: LinearBackend) -> Way {
      backend == .onednn && hasVectors && (self == .folded || self == .library) ? .direct : self
    }
  }

  /// Sizes and steps.
  struct Case: CustomTestStringConvertible {
    let way: Way
    let images: [Int]
    let kernel: [Int]
    var stride = 1
    var padding = 0
    var outputPadding: Int?

    /// Whether it is a transposed convolution.
    var transposed: Bool { outputPadding != nil }

    var testDescription: String {
      "\(way) \(images) \(kernel) / \(stride) + \(padding)\(transposed ? " transposed" : "")"
    }
  }

  static let cases = sizes + fewWindows

  private static let sizes = [
    // Large kernels over small maps, in both directions.
    Case(way: .product, images: [2, 64, 6, 4], kernel: [160, 64, 4, 4], stride: 2, padding: 1),
    Case(way: .product, images: [1, 72, 5, 7], kernel: [80, 72, 5, 5], stride: 2, padding: 2),
    Case(
      way: .product, images: [2, 160, 2, 3], kernel: [160, 64, 4, 4], stride: 2, padding: 1,
      outputPadding: 0),
    Case(
      way: .product, images: [1, 80, 2, 2], kernel: [80, 72, 5, 5], stride: 3, outputPadding: 0),
    // The only window begins beside the image.
    Case(way: .product, images: [2, 64, 4, 4], kernel: [160, 64, 4, 4], stride: 3, padding: 1),
    // A window is all of an image.
    Case(way: .product, images: [9, 24, 4, 4], kernel: [12, 24, 4, 4]),
    Case(way: .product, images: [9, 40, 1, 1], kernel: [40, 12, 4, 4], outputPadding: 0),
    // Images of few channels, from which all of a window is computed at once.
    Case(way: .folded, images: [3, 1, 9, 7], kernel: [10, 1, 4, 4], stride: 2, padding: 1),
    // So many that several threads fold them.
    Case(way: .folded, images: [60, 1, 9, 7], kernel: [10, 1, 4, 4], stride: 2, padding: 1),
    Case(way: .folded, images: [2, 10, 5, 4], kernel: [10, 1, 4, 4], stride: 2, outputPadding: 1),
    Case(way: .folded, images: [2, 3, 6, 5], kernel: [9, 3, 3, 3], padding: 1),
    // Or a line of it.
    Case(way: .folded, images: [2, 3, 11, 9], kernel: [8, 3, 7, 7]),
    Case(way: .folded, images: [2, 3, 8, 11], kernel: [8, 3, 5, 5], stride: 2, padding: 2),
    Case(
      way: .folded, images: [2, 12, 4, 3], kernel: [12, 3, 5, 5], stride: 2, padding: 2,
      outputPadding: 1),
    Case(
      way: .folded, images: [2, 12, 4, 3], kernel: [12, 3, 4, 4], stride: 3, outputPadding: 0),
    Case(way: .folded, images: [2, 20, 6, 5], kernel: [24, 20, 5, 5], padding: 2),
    // Or which come out.
    Case(way: .folded, images: [2, 9, 22, 21], kernel: [3, 9, 7, 7]),
    Case(way: .folded, images: [2, 9, 6, 5], kernel: [3, 9, 9, 9], padding: 4),
    Case(way: .folded, images: [2, 24, 7, 6], kernel: [1, 24, 4, 4], padding: 1),
    Case(way: .folded, images: [2, 9, 6, 5], kernel: [6, 9, 3, 3], padding: 1),
    // Kernels of 3x3 to 5x5, with and without borders, and a line of tiles that ends beside the image.
    Case(way: .winograd, images: [3, 32, 11, 8], kernel: [64, 32, 3, 3], padding: 1),
    Case(way: .winograd, images: [8, 64, 9, 10], kernel: [32, 64, 3, 3]),
    Case(way: .winograd, images: [5, 32, 12, 13], kernel: [48, 32, 5, 5], padding: 2),
    Case(way: .winograd, images: [6, 32, 11, 10], kernel: [32, 32, 4, 4], padding: 1),
    Case(way: .winograd, images: [24, 32, 6, 6], kernel: [32, 32, 3, 3]),
    Case(way: .winograd, images: [8, 32, 12, 12], kernel: [32, 32, 3, 3], padding: 3),
    Case(way: .winograd, images: [40, 32, 6, 6], kernel: [32, 32, 4, 4]),
    // Of kernels that see every other pixel, some of whose phases have fewer taps than others.
    Case(way: .winograd, images: [9, 64, 16, 17], kernel: [32, 64, 4, 4], stride: 2, padding: 1),
    Case(way: .winograd, images: [9, 32, 10, 18], kernel: [32, 32, 4, 4], stride: 2),
    Case(way: .winograd, images: [9, 32, 16, 15], kernel: [32, 32, 5, 5], stride: 2, padding: 2),
    Case(way: .winograd, images: [3, 80, 32, 32], kernel: [96, 80, 3, 3], stride: 2, padding: 1),
    // In the other direction.
    Case(
      way: .winograd, images: [9, 64, 8, 8], kernel: [64, 32, 4, 4], stride: 2, padding: 1,
      outputPadding: 0),
    Case(
      way: .winograd, images: [9, 32, 8, 9], kernel: [32, 32, 5, 5], stride: 2, padding: 2,
      outputPadding: 1),
    Case(
      way: .winograd, images: [9, 32, 8, 7], kernel: [32, 64, 3, 3], padding: 1, outputPadding: 0),
    // Few windows over a large kernel, for which a product would take longer.
    Case(way: .winograd, images: [1, 64, 16, 16], kernel: [128, 64, 4, 4], stride: 2, padding: 1),
    // Channels that are no multiple of what a vector holds, and images enough for several sums.
    Case(way: .winograd, images: [4, 21, 16, 16], kernel: [37, 21, 3, 3], padding: 1),
    Case(way: .winograd, images: [6, 45, 16, 16], kernel: [61, 45, 5, 5], stride: 2, padding: 2),
    Case(way: .winograd, images: [40, 16, 8, 8], kernel: [16, 16, 3, 3], padding: 1),
    // The library's own.
    Case(way: .library, images: [3, 12, 9, 7], kernel: [14, 12, 3, 3], padding: 1),
    Case(way: .library, images: [1, 64, 4, 4], kernel: [64, 64, 3, 3], padding: 1),
    Case(way: .library, images: [3, 8, 8, 6], kernel: [5, 8, 4, 4], stride: 2, padding: 1),
    Case(way: .library, images: [3, 16, 5, 5], kernel: [1, 16, 4, 4]),
    // Lines of many windows, and windows that are pixels, or further apart than they are large.
    Case(way: .library, images: [1, 14, 5, 290], kernel: [20, 14, 3, 3], stride: 2, padding: 1),
    Case(way: .library, images: [3, 32, 9, 11], kernel: [50, 32, 1, 1]),
    Case(way: .folded, images: [3, 8, 7, 9], kernel: [12, 8, 2, 2], stride: 3),
    Case(way: .library, images: [2, 16, 7, 9], kernel: [12, 16, 1, 1], stride: 2),
    Case(way: .library, images: [5, 16, 16, 9], kernel: [12, 16, 1, 1], stride: 3),
    // Small maps of many images, of which several are gathered at a time.
    Case(way: .folded, images: [45, 18, 4, 4], kernel: [16, 18, 2, 2], stride: 2),
    // Long sums, of which the first lines of an image leave out the beginning.
    Case(way: .library, images: [1, 12, 11, 9], kernel: [32, 12, 7, 7], padding: 3),
    // Windows that see nothing of an image.
    Case(way: .library, images: [3, 12, 5, 4], kernel: [20, 12, 3, 3], padding: 4),
    // Kernels too large for several sums of them, and kernels of several panels.
    Case(way: .library, images: [4, 64, 13, 10], kernel: [300, 64, 3, 3], stride: 3),
  ]

  /// So many windows that registers hold the sums of them all, or of some at a time.
  private static let fewWindows = (1...17).map {
    Case(way: .library, images: [1, 32, 1, $0], kernel: [48, 32, 1, 1])
  }

  func computed(_ x: Tensor, _ w: Tensor, _ b: Tensor, _ spec: Case) -> Tensor {
    spec.transposed
      ? x.convTranspose2d(
        w, bias: b, stride: spec.stride, padding: spec.padding,
        outputPadding: spec.outputPadding ?? 0)
      : x.conv2d(w, bias: b, stride: spec.stride, padding: spec.padding)
  }

  /// A convolution as the sum of what each tap of the kernel gives.
  private func summed(_ x: Tensor, _ w: Tensor, _ spec: Case) -> Tensor {
    let padded = x.padded(spec.padding)
    let sides = (2...3).map { (padded.size($0) - w.size($0)) / spec.stride + 1 }
    func seen(_ maps: Tensor, _ axis: Int, _ tap: Int) -> Tensor {
      let places = (0..<sides[axis - 2]).map { tap + $0 * spec.stride }
      return maps.gathered(Tensor(places), axis: axis)
    }
    var result = Tensor.zeros([x.size(0), w.size(0)] + sides, dtype: x.dtype)
    for i in 0..<w.size(2) {
      for j in 0..<w.size(3) {
        let rows = seen(seen(padded, 2, i), 3, j).permuted(0, 2, 3, 1)
        let tap = w.narrowed(2, from: i, length: 1).narrowed(3, from: j, length: 1)
        let weights = tap.reshaped(to: [w.size(0), w.size(1)])
        result = result + rows.matmul(weights.transposed()).permuted(0, 3, 1, 2)
      }
    }
    return result
  }

  /// By the definition: a transposed convolution is the gradient of a convolution by its images.
  func defined(_ x: Tensor, _ w: Tensor, _ b: Tensor, _ spec: Case) -> Tensor {
    let bias = b.reshaped(to: [1, -1, 1, 1])
    guard spec.transposed else { return summed(x, w, spec) + bias }
    let sides = (2...3).map {
      (x.size($0) - 1) * spec.stride - 2 * spec.padding + w.size($0) + (spec.outputPadding ?? 0)
    }
    let point = Tensor.zeros([x.size(0), w.size(1)] + sides, dtype: x.dtype).trackingGradient()
    let product = (summed(point, w, spec) * x).sum()
    return gradients(of: product, withRespectTo: [point], createGraph: true)[0] + bias
  }

  /// Value, first derivatives by all three, and those of what a gradient penalty takes by images and kernel.
  private func derivatives(
    _ inputs: [Tensor], _ cotangent: Tensor, _ function: ([Tensor]) -> Tensor
  ) -> [Tensor] {
    let inputs = inputs.map { $0.trackingGradient() }
    let output = function(inputs)
    let product = (output.squared() * cotangent).sum()
    let first = gradients(of: product, withRespectTo: inputs, createGraph: true)
    let penalty = first[0].squared().sum() + first[1].squared().sum()
    return [output] + first + gradients(of: penalty, withRespectTo: inputs)
  }

  private static let backends = LinearBackend.allCases.filter(\.isThere)

  @Test("values and derivatives, once and twice", arguments: cases, backends)
  func definitions(_ spec: Case, _ backend: LinearBackend) {
    let x = Tensor.randn(spec.images).settled(.channelsLast)
    let w = (Tensor.randn(spec.kernel) * 0.05).settled(.channelsLast)
    let b = Tensor.randn([spec.kernel[spec.transposed ? 1 : 0]])
    let cotangent = Tensor.randn(computed(x, w, b, spec).shape)
    let found = LibTorch.with(threads: LibTorch.threads, products: backend) {
      derivatives([x, w, b], cotangent) { computed($0[0], $0[1], $0[2], spec) }
    }
    let exact = [x, w, b].map { $0.cast(to: .float64) }
    let expected = derivatives(exact, cotangent.cast(to: .float64)) {
      defined($0[0], $0[1], $0[2], spec)
    }
    for (value, reference) in zip(found, expected) {
      let largest = reference.doubles.reduce(0) { max($0, abs($1)) }
      expectClose(value, reference, relative: 1e-4, absolute: 1e-5 * largest)
    }
    #expect(found[0].isContiguous(.channelsLast))
    #expect(found[2].isContiguous(.channelsLast))
  }

  @Test("sizes say which way is taken", arguments: cases, backends)
  func ways(_ spec: Case, _ backend: LinearBackend) {
    // Without vectors the library does what would be filtered.
    guard spec.way != .winograd || hasVectors else { return }
    let way = spec.way.by(backend)
    let x = Tensor.randn(spec.images).contiguous(.channelsLast).trackingGradient()
    let w = Tensor.randn(spec.kernel).contiguous(.channelsLast)
    let b = Tensor.randn([spec.kernel[spec.transposed ? 1 : 0]])
    // Of some only the gradient of the images is computed otherwise.
    let log = OperationLog.record {
      LibTorch.with(threads: LibTorch.threads, products: backend) {
        _ = gradients(of: computed(x, w, b, spec).sum(), withRespectTo: [x])
      }
    }
    func has(_ operations: String...) -> Bool {
      log.contains { entry in operations.contains { entry.hasPrefix($0) } }
    }
    #expect(
      has("aten::linear", "mkldnn::_linear", "ctorch::product") == (way == .product))
    #expect(has("aten::conv_transpose2d") == (way == .folded))
    #expect(has("ctorch::winograd") == (way == .winograd))
    #expect(has("ctorch::direct") == (way == .direct))
  }

  @Test(
    "whatever the number of threads, the same bits",
    .enabled(if: hasVectors && LinearBackend.onednn.isThere),
    arguments: cases.filter { $0.way != .product }, [2, 5])
  func threads(_ spec: Case, _ count: Int) {
    let x = Tensor.randn(spec.images).contiguous(.channelsLast).trackingGradient()
    let w = (Tensor.randn(spec.kernel) * 0.05).contiguous(.channelsLast).trackingGradient()
    let b = Tensor.randn([spec.kernel[spec.transposed ? 1 : 0]])
    func results(_ threads: Int) -> [Tensor] {
      LibTorch.with(threads: threads, products: .onednn) {
        let value = computed(x, w, b, spec)
        return [value] + gradients(of: value.squared().sum(), withRespectTo: [x, w])
      }
    }
    let areAlike = results(count).map(\.rawBytes) == results(1).map(\.rawBytes)
    #expect(areAlike)
  }

  @Test("an activation may overwrite what comes out", arguments: cases)
  func overwritten(_ spec: Case) {
    let x = Tensor.randn(spec.images).contiguous(.channelsLast).trackingGradient()
    let w = (Tensor.randn(spec.kernel) * 0.05).contiguous(.channelsLast).trackingGradient()
    let b = Tensor.randn([spec.kernel[spec.transposed ? 1 : 0]]).trackingGradient()
    let kept = computed(x, w, b, spec).relu()
    let found = computed(x, w, b, spec).overwritten(by: .relu)
    let pairs = zip(
      gradients(of: found.sum(), withRespectTo: [x, w, b]),
      gradients(of: kept.sum(), withRespectTo: [x, w, b]))
    #expect(found.rawBytes == kept.rawBytes && pairs.allSatisfy { $0.rawBytes == $1.rawBytes })
  }

  @Test(
    "16-bit numbers come out as 16-bit numbers", arguments: cases, [DType.bfloat16, .float16])
  func sixteenBits(_ spec: Case, _ type: DType) {
    let x = Tensor.randn(spec.images).contiguous(.channelsLast).trackingGradient()
    let w = (Tensor.randn(spec.kernel) * 0.05).contiguous(.channelsLast).trackingGradient()
    let b = Tensor.randn([spec.kernel[spec.transposed ? 1 : 0]]).trackingGradient()
    let found = withAutocast(to: type, on: .cpu) { computed(x, w, b, spec) }
    #expect(found.dtype == type)
    let exact = computed(x, w, b, spec)
    let largest = exact.floats.reduce(0) { max($0, abs($1)) }
    expectClose(found, exact, relative: 0.02, absolute: 0.02 * Double(largest))
    let derived = gradients(of: found.sum(), withRespectTo: [x, w, b])
    #expect(derived.map(\.dtype) == [.float32, .float32, .float32])
  }
}
