import Testing
import Torch

@Suite("Statistics of an image's parts")
struct PooledStatisticsTests {
  /// Two parts of one image whose brightness and contrast differ.
  private let parts = [
    Tensor([0, 1, 2, 3] as [Float], shape: [1, 1, 2, 2]),
    Tensor([10, 14, 18, 22] as [Float], shape: [1, 1, 2, 2]),
  ]

  private func normalized(_ part: Tensor) -> Tensor {
    part.instanceNormalized(scale: nil, offset: nil, epsilon: 0)
  }

  @Test("Parts are normalised as the whole image would be, and alone again afterwards")
  func whole() {
    let statistics = PooledStatistics()
    for part in parts { _ = statistics.surveying { normalized(part) } }
    let found = parts.map { part in statistics.using { normalized(part) } }
    let image = Tensor.concatenated(parts, axis: 3)
    let expected = normalized(image)
    for (index, part) in found.enumerated() {
      let error = (part - expected.narrowed(3, from: 2 * index, length: 2)).abs().maximum()
      #expect(error.item() < 1e-6)
    }
    #expect(normalized(parts[0]).mean().item().magnitude < 1e-6)
  }

  @Test("So are they over pixels and channels together")
  func channels() {
    let parts = self.parts.map { Tensor.concatenated([$0, $0 * 3 + 1], axis: 1) }
    let statistics = PooledStatistics()
    for part in parts { _ = statistics.surveying { part.imageNormalized(epsilon: 0) } }
    let expected = Tensor.concatenated(parts, axis: 3).imageNormalized(epsilon: 0)
    for (index, part) in parts.enumerated() {
      let found = statistics.using { part.imageNormalized(epsilon: 0) }
      let error = (found - expected.narrowed(3, from: 2 * index, length: 2)).abs().maximum()
      #expect(error.item() < 1e-6)
    }
  }

  @Test("So are they by batch statistics, which running statistics are not")
  func batches() {
    let (mean, variance) = (Tensor([3] as [Float]), Tensor([4] as [Float]))
    func normalized(_ part: Tensor, training: Bool) -> Tensor {
      part.batchNormalized(
        scale: nil, offset: nil, runningMean: mean, runningVariance: variance, training: training,
        momentum: 0.1, epsilon: 0)
    }
    let statistics = PooledStatistics()
    for part in parts { _ = statistics.surveying { normalized(part, training: true) } }
    let found = parts.map { part in statistics.using { normalized(part, training: true) } }
    let sum = found[0].mean().item() + found[1].mean().item()
    #expect(sum.magnitude < 1e-6 && found[0].mean().item() < -0.5)
    #expect(
      statistics.using { normalized(parts[0], training: false) }.floats == [-1.5, -1, -0.5, 0])
    #expect(mean.floats == [3])
  }
}
