import TestSupport
import Testing
import Torch

/// Products large enough for the faster kernel, against LibTorch's own matrix product.
@Suite("Linear maps of real size", .reproducible)
struct LinearTests {
  private let input = Tensor.randn([64, 320])
  private let weight = Tensor.randn([192, 320]) / 16
  private let bias = Tensor.randn([192])

  private func reference(_ x: Tensor, _ w: Tensor, _ b: Tensor) -> Tensor {
    x.matmul(w.transposed()) + b
  }

  @Test("Output and gradients equal those of the matrix product")
  func gradients() {
    let cotangent = Tensor.randn([64, 192])
    let leaves = [input, weight, bias].map { $0.trackingGradient() }
    let found = leaves[0].linear(leaves[1], bias: leaves[2])
    let expected = reference(leaves[0], leaves[1], leaves[2])
    expectClose(found, expected, relative: 1e-4, absolute: 1e-5)
    let pairs = zip(
      Torch.gradients(of: found, withRespectTo: leaves, cotangent: cotangent),
      Torch.gradients(of: expected, withRespectTo: leaves, cotangent: cotangent))
    for (a, b) in pairs { expectClose(a, b, relative: 1e-4, absolute: 1e-4) }
  }

  @Test("Without a bias, and with respect to one argument only")
  func partial() {
    let leaf = weight.trackingGradient()
    let found = Torch.gradients(of: input.linear(leaf).squared().sum(), withRespectTo: [leaf])
    let expected = Torch.gradients(
      of: input.matmul(leaf.transposed()).squared().sum(), withRespectTo: [leaf])
    expectClose(found[0], expected[0], relative: 1e-4, absolute: 1e-2)
  }

  @Test("Gradients of a gradient's norm, as a penalty takes them")
  func secondOrder() {
    func penalty(_ linear: (Tensor, Tensor, Tensor) -> Tensor) -> [Tensor] {
      let leaves = [weight, bias].map { $0.trackingGradient() }
      let point = input.trackingGradient()
      let output = linear(point, leaves[0], leaves[1]).tanh().sum()
      let inner = Torch.gradients(of: output, withRespectTo: [point], createGraph: true)[0]
      return Torch.gradients(of: (inner.norm(axes: [1]) - 1).squared().sum(), withRespectTo: leaves)
    }
    let pairs = zip(penalty { $0.linear($1, bias: $2) }, penalty(reference))
    for (a, b) in pairs { expectClose(a, b, relative: 1e-3, absolute: 1e-4) }
  }

  @Test("Transposed and sliced arguments")
  func strides() {
    let (x, w) = (Tensor.randn([320, 64]).transposed(), Tensor.randn([400, 320])[100..<292])
    expectClose(x.linear(w), x.matmul(w.transposed()), relative: 1e-4, absolute: 1e-4)
  }

  /// Sizes of `x·wᵀ`: rows, depth and columns.
  static let sizes = [
    [64, 320, 192], [33, 531, 96], [70, 600, 37], [1025, 64, 17], [40, 65, 600], [300, 40, 100],
  ]

  private func product(
    _ sizes: [Int], inColumns: [Bool], threads: Int = 2
  ) -> (found: Tensor, exact: Tensor) {
    func matrix(_ rows: Int, _ columns: Int, _ inColumns: Bool) -> Tensor {
      inColumns ? Tensor.randn([columns, rows]).transposed() : Tensor.randn([rows, columns])
    }
    let x = matrix(sizes[0], sizes[1], inColumns[0])
    let w = matrix(sizes[2], sizes[1], inColumns[1])
    let b = Tensor.randn([sizes[2]])
    let found = LibTorch.with(threads: threads, products: .onednn) { x.linear(w, bias: b) }
    let exact = [x, w, b].map { $0.cast(to: .float64) }
    return (found, exact[0].matmul(exact[1].transposed()) + exact[2])
  }

  @Test(
    "Every layout, and sizes that are no multiple of a vector's, against float64",
    .enabled(if: LinearBackend.onednn.isThere), arguments: sizes,
    [[false, false], [false, true], [true, false], [true, true]])
  func layouts(_ sizes: [Int], _ inColumns: [Bool]) {
    let (found, exact) = product(sizes, inColumns: inColumns)
    expectClose(found.cast(to: .float64), exact, relative: 1e-5, absolute: 1e-4)
  }

  @Test("Where there are vectors they are our own", .enabled(if: LinearBackend.onednn.isThere))
  func ours() {
    let log = OperationLog.record {
      _ = LibTorch.with(threads: 2, products: .onednn) { input.linear(weight, bias: bias) }
    }
    #expect(log.contains { $0.hasPrefix("ctorch::product") } == hasVectors)
  }

  @Test(
    "Whatever the number of threads, the same bits", .enabled(if: LinearBackend.onednn.isThere),
    arguments: sizes, [2, 40])
  func threads(_ sizes: [Int], _ count: Int) {
    let results = [1, count].map { threads in
      Randomness.seed(7)
      return product(sizes, inColumns: [false, false], threads: threads).found.rawBytes
    }
    let areAlike = results[0] == results[1]
    #expect(areAlike)
  }

  @Test(
    "Weights get gradients that lie as they do, also of a penalty",
    .enabled(if: LinearBackend.onednn.isThere))
  func layoutOfGradients() {
    let (point, leaf) = (input.trackingGradient(), weight.trackingGradient())
    let found = LibTorch.with(threads: 2, products: .onednn) {
      let output = point.linear(leaf).sum()
      let inner = Torch.gradients(of: output, withRespectTo: [point], createGraph: true)[0]
      return Torch.gradients(of: inner.squared().sum(), withRespectTo: [leaf])[0]
    }
    #expect(found.isContiguous())
  }
}
