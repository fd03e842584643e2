extension ProcessGroup {
  /// Batch normalisation by the statistics of the minibatches of all processes, which are of one size:
  /// what one process makes of the whole minibatch.
  func normalized(
    _ input: Tensor, scale: Tensor?, offset: Tensor?, runningMean: Tensor?,
    runningVariance: Tensor?, momentum: Double, epsilon: Double
  ) -> Tensor {
    let axes = (0..<input.rank).filter { $0 != 1 }
    let number = Double(Self.total(input.count / input.size(1)))
    let values = input.atLeastFloat32()
    // One after the other: the difference of large squares would leave nothing of small variances.
    let mean = sum(values.sum(axes: axes)) / number
    let centred = values - mean.alongChannels(of: input)
    let variance = sum(centred.squared().sum(axes: axes)) / number
    if let runningMean, let runningVariance {
      withoutGradients {
        let unbiased = variance.detached() * (number / (number - 1))
        InPlace.interpolate(
          [runningMean, runningVariance], to: [mean.detached(), unbiased], by: momentum)
      }
    }
    var gain = (variance + epsilon).reciprocalSqrt()
    if let scale { gain = gain * scale }
    var result = centred * gain.alongChannels(of: input)
    if let offset { result = result + offset.alongChannels(of: input) }
    return result.cast(to: input.dtype)
  }
}

extension Tensor {
  /// `[C]` as `[1, C, 1, 1]`, or `[1, C]` of rows; every image's own `[N, C]` as `[N, C, 1, 1]`.
  fileprivate func alongChannels(of input: Tensor) -> Tensor {
    reshaped(to: [-1, input.size(1)] + [Int](repeating: 1, count: input.rank - 2))
  }
}
