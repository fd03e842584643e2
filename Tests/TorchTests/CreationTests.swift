import TestSupport
import Testing
import Torch

@Suite("Creation, reading and conversion", .reproducible)
struct CreationTests {
  @Test("filled tensors")
  func filled() {
    #expect(Tensor.zeros([2, 3]).floats == [Float](repeating: 0, count: 6))
    #expect(Tensor.ones([2], dtype: .int64).integers == [1, 1])
    #expect(Tensor.full([3], 2.5, dtype: .float64).doubles == [2.5, 2.5, 2.5])
    #expect(Tensor.scalar(7).shape == [])
    #expect(Tensor.scalar(7).item() == 7)
    #expect(Tensor.empty([4, 0]).count == 0)
    #expect(Tensor.identity(2).floats == [1, 0, 0, 1])
    #expect(Tensor.range(2..<5).integers == [2, 3, 4])
    #expect(Tensor.linspace(0, 1, count: 5).floats == [0, 0.25, 0.5, 0.75, 1])
  }

  @Test("from arrays")
  func fromArrays() {
    let matrix = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(matrix.shape == [2, 3])
    #expect(matrix.rank == 2)
    #expect(matrix.count == 6)
    #expect(matrix.dtype == .float32)
    #expect(matrix.device == .cpu)
    #expect(matrix.size(0) == 2 && matrix.size(-1) == 3)
    #expect(Tensor([1, -2]).dtype == .int64)
    #expect(Tensor(doubles: [1e-300]).doubles == [1e-300])
    #expect(Tensor(bytes: [0, 255]).bytes == [0, 255])
    #expect(Tensor([] as [Float]).shape == [0])
    #expect(!matrix.requiresGradient)
  }

  @Test("raw bytes of every type", arguments: DType.allCases)
  func rawBytes(_ dtype: DType) {
    let original = Tensor([0, 1, 1, 0] as [Float]).cast(to: dtype)
    #expect(original.dtype == dtype)
    let bytes = original.rawBytes
    #expect(bytes.count == 4 * dtype.byteCount)
    let copy = bytes.withUnsafeBytes { Tensor(rawBytes: $0, shape: [4], dtype: dtype) }
    expectEqual(copy, original)
    #expect(copy.floats == [0, 1, 1, 0])
  }

  @Test("elements are read in row-major order whatever lies in memory")
  func nonContiguous() {
    let matrix = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    let turned = matrix.transposed()
    #expect(!turned.isContiguous())
    #expect(turned.floats == [1, 4, 2, 5, 3, 6])
    #expect(turned.rawBytes == turned.contiguous().rawBytes)
    #expect(turned.rawBytes != matrix.rawBytes)
    #expect(matrix.sliced(1, 0..<3, step: 2).rawBytes.count == 16)
    #expect(matrix.sliced(1, 0..<3, step: 2).floats == [1, 3, 4, 6])
    #expect(matrix.narrowed(1, from: 1, length: 1).expanded(to: [2, 2]).floats == [2, 2, 5, 5])
  }

  @Test("memory format keeps values and shape")
  func memoryFormat() {
    let images = Tensor.randn([2, 3, 4, 5])
    let inner = images.contiguous(.channelsLast)
    #expect(images.isContiguous() && !images.isContiguous(.channelsLast))
    #expect(inner.isContiguous(.channelsLast) && !inner.isContiguous())
    #expect(inner.shape == images.shape)
    #expect(inner.floats == images.floats)
    #expect(inner.rawBytes == images.rawBytes)
    #expect(inner.contiguous().isContiguous())
  }

  @Test("casts")
  func casts() {
    let values = Tensor([1.75, -2.25] as [Float])
    #expect(values.cast(to: .int64).integers == [1, -2])
    #expect(values.cast(to: .float64).doubles == [1.75, -2.25])
    #expect(values.cast(to: .bool).floats == [1, 1])
    #expect(Tensor([1.001] as [Float]).cast(to: .bfloat16).doubles == [1])
    #expect(values.cast(to: .int64).floats == [1, -2])
  }

  @Test("a clone has storage of its own, a moved tensor its values")
  func copies() {
    let original = Tensor([1, 2] as [Float])
    let clone = original.cloned()
    InPlace.copy(.zeros([2]), into: original)
    #expect(clone.floats == [1, 2])
    #expect(clone.moved(to: .cpu).floats == [1, 2])
  }

  @Test("descriptions")
  func descriptions() {
    #expect("\(Tensor([1] as [Float]))" == "Tensor(shape: [1], float32, cpu) [1.0]")
    #expect("\(Tensor.zeros([4, 5], dtype: .int64))" == "Tensor(shape: [4, 5], int64, cpu)")
  }
}
