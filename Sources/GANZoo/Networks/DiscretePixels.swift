import Torch

/// Pixels that are drawn, each by itself, from evenly spaced grey levels, of which a generator says how
/// likely each is. The levels' indices `0..<levels` are images from -1 (black) to 1 (white).
enum DiscretePixels: Equatable {
  /// Black or white: one logit `[N, C, H, W]` for each pixel, that of white.
  case binary
  /// One of so many levels: a logit `[N, levels·C, H, W]` for each, the channels of a level together.
  case categorical(levels: Int)

  /// How many levels there are.
  var levels: Int {
    switch self {
    case .binary: 2
    case .categorical(let levels): levels
    }
  }

  /// Logits for each channel of a pixel.
  var logitCount: Int { self == .binary ? 1 : levels }

  /// Images in [-1, 1] of indices.
  func images(_ indices: Tensor) -> Tensor { indices * (2 / Double(levels - 1)) - 1 }

  /// Images in [-1, 1] with each value moved to the nearest level.
  func quantized(_ images: Tensor) -> Tensor {
    self.images(((images + 1) * (Double(levels - 1) / 2)).rounded())
  }

  /// Indices `[..., N, C, H, W]`, drawn by inverting the distribution of each pixel at a threshold from
  /// U(-1, 1) of the same shape. The middle, 0, draws the median.
  func drawn(from logits: Tensor, by thresholds: Tensor) -> Tensor {
    switch self {
    case .binary:
      return (thresholds .< (2 * logits.atLeastFloat32().sigmoid() - 1)).cast(to: .float32)
    case .categorical:
      let cumulative = 2 * byLevel(logits).softmax(axis: 1).cumulativeSum(axis: 1) - 1
      // Level by level: all comparisons at once would take as much memory as there are levels.
      return (0..<levels - 1).map { cumulative.selected(1, $0) }.reduce(thresholds.zerosAlike()) {
        $0 + (thresholds .>= $1).cast(to: .float32)
      }
    }
  }

  /// -Σ w log g(x|z), summed over the M draws of a noise and averaged over the N noises: what the policy
  /// gradient of constant weights descends.
  ///
  /// As the weights of a noise add up to 1, this is the cross-entropy between the weighted shares of the
  /// levels among the draws and the logits, so that only one likelihood is differentiated.
  ///
  /// - Parameters:
  ///   - indices: the draws, `[M, N, C, H, W]`.
  ///   - weights: `[M, N]`.
  func weightedLoss(_ indices: Tensor, weights: Tensor, logits: Tensor) -> Tensor {
    let each = weights.reshaped(to: weights.shape + [1, 1, 1])
    let total: Tensor
    switch self {
    case .binary:
      let white = (each * indices).sum(axes: [0])
      total = binaryCrossEntropy(logits: logits, targets: white, reduction: .sum)
    case .categorical:
      let shares = (0..<levels).map { level in
        (each * (indices .== Double(level)).cast(to: .float32)).sum(axes: [0])
      }
      total = -(Tensor.stacked(shares, axis: 1) * byLevel(logits).logSoftmax(axis: 1)).sum()
    }
    return total / Double(logits.size(0))
  }

  /// The images that thresholds decide, from logits `[N, ...]`. Where a gradient is asked for, as in a search
  /// of the noise, it is that of the expected image.
  func images(from logits: Tensor, by thresholds: Tensor) -> Tensor {
    let drawn = images(drawn(from: logits.detached(), by: thresholds.detached()))
    guard logits.requiresGradient else { return drawn }
    let expected = expectation(of: logits)
    return drawn + (expected - expected.detached())
  }

  private func expectation(of logits: Tensor) -> Tensor {
    switch self {
    case .binary: return 2 * logits.sigmoid() - 1
    case .categorical:
      let shares = byLevel(logits).softmax(axis: 1)
      let values = images(Tensor.range(0..<levels, on: logits.device).cast(to: .float32))
      return (shares * values.reshaped(to: [levels, 1, 1, 1])).sum(axes: [1])
    }
  }

  /// `[N, levels·C, H, W] -> [N, levels, C, H, W]`.
  private func byLevel(_ logits: Tensor) -> Tensor {
    let shape = logits.shape
    return logits.atLeastFloat32()
      .reshaped(to: [shape[0], levels, shape[1] / levels, shape[2], shape[3]])
  }
}
