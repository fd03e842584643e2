import TestSupport
import Testing
import Torch

@Suite("Arithmetic, shapes and reductions", .reproducible)
struct OperationTests {
  private let matrix = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])

  @Test("broadcasting")
  func broadcasting() {
    let row = Tensor([10, 20, 30] as [Float])
    let column = Tensor([100, 200] as [Float], shape: [2, 1])
    #expect((matrix + row).floats == [11, 22, 33, 14, 25, 36])
    #expect((matrix - row).floats == [-9, -18, -27, -6, -15, -24])
    #expect((column + row).shape == [2, 3])
    #expect((column * row).floats == [1000, 2000, 3000, 2000, 4000, 6000])
    #expect((row / Tensor.scalar(10)).floats == [1, 2, 3])
  }

  @Test("numbers on either side")
  func scalars() {
    let x = Tensor([1, 2, 4] as [Float])
    #expect((x + 1).floats == [2, 3, 5])
    #expect((1 + x).floats == [2, 3, 5])
    #expect((x - 1).floats == [0, 1, 3])
    #expect((1 - x).floats == [0, -1, -3])
    #expect((x * 2).floats == [2, 4, 8])
    #expect((2 * x).floats == [2, 4, 8])
    #expect((x / 2).floats == [0.5, 1, 2])
    #expect((2 / x).floats == [2, 1, 0.5])
    #expect((-x).floats == [-1, -2, -4])
  }

  @Test("integers add, and can be counted up in place")
  func integers() {
    let sum = Tensor([1, 2]) + Tensor([3, 4])
    #expect(sum.dtype == .int64)
    #expect(sum.integers == [4, 6])
    let counter = Tensor.zeros([], dtype: .int64)
    for _ in 0..<3 { InPlace.increment(counter) }
    #expect(counter.dtype == .int64 && counter.integers == [3])
  }

  @Test("functions of one element")
  func pointwise() {
    let x = Tensor(doubles: [0.25, 1, 2.5])
    expectClose(x.exp().log(), x, relative: 1e-12)
    expectClose(x.log1p(), (x + 1).log(), relative: 1e-12)
    expectClose(x.sqrt().squared(), x, relative: 1e-12)
    expectClose(x.reciprocalSqrt(), x.power(-0.5), relative: 1e-12)
    expectClose(x.sin().squared() + x.cos().squared(), .ones([3], dtype: .float64))
    #expect((-x).abs().doubles == x.doubles)
    #expect(Tensor(doubles: [-2, 0, 3]).sign().doubles == [-1, 0, 1])
    #expect(Tensor(doubles: [-1.5, 2.5, 0.5]).rounded().doubles == [-2, 2, 0])
    #expect(Tensor(doubles: [-1.5, 2.5]).floor().doubles == [-2, 2])
    #expect(Tensor(doubles: [.nan, .infinity, 1]).isFinite().integers == [0, 0, 1])
  }

  @Test("bounds beyond the type's range bound nothing", arguments: [DType.float32, .float16])
  func clamped(_ dtype: DType) {
    let x = Tensor([-3, 0.5, 60000] as [Float]).cast(to: dtype)
    let largest = Double.greatestFiniteMagnitude
    #expect(x.clamped(to: 0...1).doubles == [0, 0.5, 1])
    #expect(x.clamped(to: 0...largest).doubles == [0, 0.5, x.doubles[2]])
    #expect(x.clamped(to: -largest...0).doubles == [-3, 0, 0])
  }

  @Test("comparison and choice")
  func comparison() {
    let (a, b) = (Tensor([1, 2, 3] as [Float]), Tensor([3, 2, 1] as [Float]))
    #expect((a .< b).integers == [1, 0, 0])
    #expect((a .<= b).integers == [1, 1, 0])
    #expect((a .== b).integers == [0, 1, 0])
    #expect((a .> 1.5).integers == [0, 1, 1])
    #expect((a .< b).and((a .== b).logicalNot()).or(a .> b).integers == [1, 0, 1])
    #expect(a.maximum(b).floats == [3, 2, 3])
    #expect(a.minimum(b).floats == [1, 2, 1])
    #expect(a.replacing(where: a .> 1.5, with: b).floats == [1, 2, 1])
    #expect(a.filled(where: a .> 1.5, with: 9).floats == [1, 9, 9])
    #expect(a.interpolated(to: b, by: 0.25).floats == [1.5, 2, 2.5])
    #expect(a.interpolated(to: b, by: Tensor([0, 1, 0.5] as [Float])).floats == [1, 2, 2])
  }

  @Test("slices")
  func slices() {
    #expect(matrix[1].floats == [4, 5, 6])
    #expect(matrix[0..<1].shape == [1, 3])
    #expect(matrix.selected(1, -1).floats == [3, 6])
    #expect(matrix.narrowed(1, from: 1, length: 2).floats == [2, 3, 5, 6])
    #expect(matrix.gathered(Tensor([2, 0]), axis: 1).floats == [3, 1, 6, 4])
    #expect(matrix.picked(Tensor([2, 0], shape: [2, 1]), axis: 1).floats == [3, 4])
    #expect(matrix.flipped(0).floats == [4, 5, 6, 1, 2, 3])
    #expect(matrix.rolled(by: 1, axis: 1).floats == [3, 1, 2, 6, 4, 5])
  }

  @Test("shapes")
  func shapes() {
    #expect(matrix.reshaped(to: [3, -1]).shape == [3, 2])
    #expect(matrix.permuted(1, 0).floats == [1, 4, 2, 5, 3, 6])
    #expect(matrix.unsqueezed(1).shape == [2, 1, 3])
    #expect(matrix.unsqueezed(1).squeezed(1).shape == [2, 3])
    #expect(Tensor.zeros([2, 3, 4]).flattened(from: 1).shape == [2, 12])
    #expect(Tensor.concatenated([matrix, matrix], axis: 1).shape == [2, 6])
    #expect(Tensor.stacked([matrix, matrix], axis: 1).shape == [2, 2, 3])
    #expect(Tensor([1, 2]).repeated([2]).integers == [1, 2, 1, 2])
    #expect(Tensor([1, 2]).repeatedElements(2, axis: 0).integers == [1, 1, 2, 2])
    #expect(Tensor([1, 0]).oneHot(classes: 3).floats == [0, 1, 0, 1, 0, 0])
    #expect(Tensor.ones([2, 2]).lowerTriangle().floats == [1, 0, 1, 1])
  }

  @Test("reductions over all axes, some, and kept")
  func reductions() {
    #expect(matrix.sum().item() == 21)
    #expect(matrix.mean().item() == 3.5)
    #expect(matrix.maximum().item() == 6)
    #expect(matrix.minimum().item() == 1)
    #expect(matrix.sum(axes: [0]).floats == [5, 7, 9])
    #expect(matrix.mean(axes: [-1], keepingDimensions: true).shape == [2, 1])
    #expect(matrix.variance().item() == 3.5)
    expectClose(matrix.variance(axes: [1], unbiased: false), Tensor([2 / 3, 2 / 3] as [Float]))
    expectClose(matrix.norm(), Tensor.scalar(91.0.squareRoot()))
    expectClose(matrix.norm(1, axes: [1]), Tensor([6, 15] as [Float]))
    #expect(matrix.product(axis: 1).floats == [6, 120])
    #expect(matrix.cumulativeSum(axis: 1).floats == [1, 3, 6, 4, 9, 15])
    #expect(matrix.argmax(axis: 1).integers == [2, 2])
    #expect(matrix.argmin(axis: 0).integers == [0, 0, 0])
    expectClose((matrix * 1000).logSumExp(axis: 1), Tensor([3000, 6000] as [Float]))
    #expect((matrix .> 5).any().item() == 1)
    #expect((matrix .> 5).all().item() == 0)
  }

  @Test("order")
  func order() {
    let x = Tensor([3, 1, 2] as [Float])
    #expect(x.sorted().values.floats == [1, 2, 3])
    #expect(x.sorted(descending: true).indices.integers == [0, 2, 1])
    #expect(x.top(2).values.floats == [3, 2])
    #expect(x.top(1, largest: false).indices.integers == [1])
    #expect(Tensor([0, 2, 2]).binCounts(minimumLength: 4).integers == [1, 0, 2, 0])
  }

  @Test("the largest of an axis gives a tie's gradient once")
  func ties() {
    let x = Tensor([2, 2, 1] as [Float], shape: [1, 3]).trackingGradient()
    let gradient = gradients(of: x.maximum(axis: 1).sum(), withRespectTo: [x])[0]
    #expect(gradient.sum().item() == 1)
    #expect(gradient.floats[2] == 0)
  }

  @Test("linear algebra")
  func linearAlgebra() {
    #expect(matrix.matmul(matrix.transposed()).floats == [14, 32, 32, 77])
    expectClose(
      Tensor([0, 0, 3, 4] as [Float], shape: [2, 2]).distances(to: .zeros([1, 2])),
      Tensor([0, 5] as [Float], shape: [2, 1]))
    let symmetric = Tensor(doubles: [2, 1, 1, 2], shape: [2, 2])
    let eigen = symmetric.symmetricEigen()
    expectClose(eigen.values, Tensor(doubles: [1, 3]), relative: 1e-12)
    let rebuilt = (eigen.vectors * eigen.values).matmul(eigen.vectors.transposed())
    expectClose(rebuilt, symmetric, relative: 1e-12)
  }
}
