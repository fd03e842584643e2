import Torch

/// Batch renormalisation of images (Ioffe 2017, algorithm 1): `[N, C, H, W]`, same shape out. In training the
/// result of the batch's own statistics is corrected towards that of the running ones, as far as limits
/// allow, so that small minibatches are treated as single images are in use.
public struct BatchRenorm: Layer {
  private let weight, bias: Parameter
  private let runningMean, runningStd: Buffer
  private let numBatchesTracked = Buffer(.zeros([], dtype: .int64), staysOnProcessor: true)
  private let interval: Int
  private let epsilon = 1e-3
  private let momentum = 0.01

  /// How far the correction may go: a factor from 1/`ratio` to `ratio`, and a shift.
  private struct Limits {
    let ratio, shift: Double
    /// At first and after each interval, as in the code of Li 2018.
    static let all = [
      Limits(ratio: 1.1, shift: 0.1), Limits(ratio: 1.5, shift: 0.3),
      Limits(ratio: 2, shift: 0.5), Limits(ratio: 4, shift: 1),
    ]
  }

  /// A layer for `channels`; gains start at 1, offsets at 0.
  ///
  /// - Parameter interval: batches after which the limits widen, three times.
  public init(_ channels: Int, interval: Int) {
    (weight, bias) = (Parameter(.ones([channels])), Parameter(.zeros([channels])))
    (runningMean, runningStd) = (Buffer(.zeros([channels])), Buffer(.ones([channels])))
    self.interval = interval
  }

  /// Same shape.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    Mode.current == .training ? renormalized(input) : normalizedAsInUse(input)
  }

  private func normalizedAsInUse(_ input: Tensor) -> Tensor {
    input.batchNormalized(
      scale: weight.value, offset: bias.value, runningMean: runningMean.value,
      runningVariance: runningStd.value.squared(), training: false, momentum: 0, epsilon: 0)
  }

  /// γ(r x̂ + d) + β is a normalisation whose gain is γr and whose offset is γd + β.
  private func renormalized(_ input: Tensor) -> Tensor {
    precondition(
      input.count > input.size(1), "BatchRenorm in training needs several values per channel")
    let (ratio, shift) = withoutGradients { corrections(input) }
    return input.batchNormalized(
      scale: weight.value * ratio, offset: weight.value * shift + bias.value, runningMean: nil,
      runningVariance: nil, training: true, momentum: 0, epsilon: epsilon)
  }

  /// r and d of a batch, which then moves the running statistics.
  private func corrections(_ input: Tensor) -> (ratio: Tensor, shift: Tensor) {
    let limits = Limits.all[
      min(Int(numBatchesTracked.value.item()) / interval, Limits.all.count - 1)]
    let (mean, variance) = input.batchMoments()
    let deviation = (variance + epsilon).sqrt()
    let ratio = (deviation / runningStd.value).clamped(to: 1 / limits.ratio...limits.ratio)
    let shift = ((mean - runningMean.value) / runningStd.value)
      .clamped(to: -limits.shift...limits.shift)
    if Tracking.isOn {
      InPlace.interpolate(
        [runningMean.value, runningStd.value], to: [mean, deviation], by: momentum)
      InPlace.increment(numBatchesTracked.value)
    }
    return (ratio, shift)
  }
}
