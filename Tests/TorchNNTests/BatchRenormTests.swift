import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Batch renormalisation", .reproducible)
struct BatchRenormTests {
  private let images = Tensor.randn([3, 4, 5, 6]) * 2 + 1

  /// A layer with other gains, offsets and statistics than those that it starts with.
  private func layer(after batches: Int) throws -> BatchRenorm {
    let layer = BatchRenorm(4, interval: 10)
    try layer.load([
      "weight": Tensor([0.5, -1, 2, 1.5]).cast(to: .float32),
      "bias": Tensor([0, 1, -2, 0.5]).cast(to: .float32),
      "running_mean": Tensor([0.9, -3, 1, 1.2]).cast(to: .float32),
      "running_std": Tensor([2.1, 1, 9, 0.4]).cast(to: .float32),
      "num_batches_tracked": Tensor([batches]).squeezed(0),
    ])
    return layer
  }

  private func state(_ layer: BatchRenorm, _ key: String) throws -> Tensor {
    try #require(layer.stateDictionary[key])
  }

  private func perChannel(_ values: Tensor) -> Tensor { values.reshaped(to: [1, 4, 1, 1]) }

  /// Ioffe 2017, algorithm 1, with r and d that no gradient reaches.
  @Test(
    "the batch's normalisation is corrected within limits that widen",
    arguments: [(9, 1.1, 0.1), (10, 1.5, 0.3), (29, 2, 0.5), (30, 4, 1), (1_000_000, 4, 1)])
  func formula(_ batches: Int, _ ratio: Double, _ shift: Double) throws {
    let layer = try layer(after: batches)
    let (gain, offset) = (try state(layer, "weight"), try state(layer, "bias"))
    let (mean, std) = (
      try state(layer, "running_mean").cloned(), try state(layer, "running_std").cloned()
    )
    let input = images.contiguous(.channelsLast).trackingGradient()
    let own = input.mean(axes: [0, 2, 3])
    let deviation = (input.variance(axes: [0, 2, 3], unbiased: false) + 1e-3).sqrt()
    let r = (deviation / std).detached().clamped(to: 1 / ratio...ratio)
    let d = ((own - mean) / std).detached().clamped(to: -shift...shift)
    let normalized = (input - perChannel(own)) / perChannel(deviation)
    let expected =
      (normalized * perChannel(r) + perChannel(d)) * perChannel(gain) + perChannel(offset)
    let found = layer(input)
    expectClose(found, expected, relative: 1e-4, absolute: 1e-5)
    let cotangent = Tensor.randn(images.shape)
    expectClose(
      gradients(of: found, withRespectTo: [input], cotangent: cotangent)[0],
      gradients(of: expected, withRespectTo: [input], cotangent: cotangent)[0], relative: 1e-3,
      absolute: 1e-5)
    expectClose(
      try state(layer, "running_mean"), mean * 0.99 + own.detached() * 0.01, relative: 1e-5)
    expectClose(
      try state(layer, "running_std"), std * 0.99 + deviation.detached() * 0.01, relative: 1e-5)
    #expect(try state(layer, "num_batches_tracked").item() == Double(batches + 1))
  }

  @Test("in use every image is normalised by the running statistics, which stay")
  func use() throws {
    let layer = try layer(after: 5)
    let before = layer.stateDictionary.mapValues { $0.cloned() }
    let found = evaluating { layer(images) }
    let normalized =
      (images - perChannel(try state(layer, "running_mean")))
      / perChannel(try state(layer, "running_std"))
    let expected =
      normalized * perChannel(try state(layer, "weight"))
      + perChannel(try state(layer, "bias"))
    expectClose(found, expected.detached(), relative: 1e-4, absolute: 1e-5)
    expectClose(evaluating { layer(images[1..<2]) }, found[1..<2], relative: 1e-5)
    for (key, value) in layer.stateDictionary { expectEqual(value, before[key] ?? value, key) }
  }

  @Test("batches that are not tracked give the same and leave the statistics")
  func untracked() throws {
    let (layer, other) = (try layer(after: 5), try layer(after: 5))
    let before = layer.stateDictionary.mapValues { $0.cloned() }
    expectEqual(layer.untracked(images), other(images))
    for (key, value) in layer.stateDictionary { expectEqual(value, before[key] ?? value, key) }
    #expect(try state(other, "num_batches_tracked").item() == 6)
  }

  @Test("statistics of 16-bit maps are taken in float32")
  func halfPrecision() {
    let half = images.cast(to: .bfloat16)
    let found = BatchRenorm(4, interval: 1)(half)
    #expect(found.dtype == .bfloat16)
    expectClose(
      found.cast(to: .float32), BatchRenorm(4, interval: 1)(half.cast(to: .float32)),
      relative: 0.01, absolute: 0.02)
  }
}
