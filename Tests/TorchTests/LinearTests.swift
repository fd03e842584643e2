import Testing
import TestSupport
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
}
