/// Means and variances that the parts of one image have in common, where a normalisation would
/// otherwise take them from the part that it is given (instance normalisation, and batch normalisation
/// by the batch's own statistics).
///
/// An image too large for one pass is put together from parts. Normalised each by its own statistics,
/// equal places of two parts would come out different, and seams would show. So all parts are surveyed
/// first, and then normalised by the average of what was found.
public final class PooledStatistics {
  /// Sums over parts per channel `[C]`, in float64, of which differences lose nothing.
  private struct Moments {
    var mean: Tensor
    var square: Tensor
  }

  private var layers: [Moments] = []
  private var parts = 0
  private var layer = 0
  private var isSurvey = true
  private static let scope = ThreadScope<PooledStatistics>("PooledStatistics")

  /// Nothing is known yet.
  public init() {}

  /// Whether no normalisation has asked for any: then parts are normalised alike as it is.
  public var isEmpty: Bool { layers.isEmpty }

  /// Runs a network on one part, a batch of one image, by its own statistics, and takes them down.
  public func surveying<Result>(_ body: () throws -> Result) rethrows -> Result {
    parts += 1
    return try run(isSurvey: true, body)
  }

  /// Runs the network on one part, normalised as every other part.
  ///
  /// - Precondition: the parts were surveyed.
  public func using<Result>(_ body: () throws -> Result) rethrows -> Result {
    precondition(parts > 0, "parts must be surveyed before their statistics are used")
    return try run(isSurvey: false, body)
  }

  private func run<Result>(isSurvey: Bool, _ body: () throws -> Result) rethrows -> Result {
    (layer, self.isSurvey) = (0, isSurvey)
    return try Self.scope.with(self, body)
  }

  static var current: PooledStatistics? { scope.current }

  /// `input` normalised as the next layer of the part under way.
  func normalized(_ input: Tensor, scale: Tensor?, offset: Tensor?, epsilon: Double) -> Tensor {
    precondition(input.size(0) == 1, "statistics are pooled over parts of one image")
    let moments = isSurvey ? surveyed(input) : average
    layer += 1
    return input.batchNormalized(
      scale: scale, offset: offset, runningMean: moments.mean.cast(to: .float32),
      runningVariance: (moments.square - moments.mean.squared()).cast(to: .float32),
      training: false, momentum: 0, epsilon: epsilon)
  }

  private func surveyed(_ input: Tensor) -> Moments {
    let axes = [0] + (2..<input.rank)
    let mean = input.mean(axes: axes).cast(to: .float64)
    let variance = input.variance(axes: axes, unbiased: false).cast(to: .float64)
    let own = Moments(mean: mean, square: variance + mean.squared())
    if layer == layers.count {
      layers.append(own)
    } else {
      layers[layer].mean = layers[layer].mean + own.mean
      layers[layer].square = layers[layer].square + own.square
    }
    return own
  }

  private var average: Moments {
    let share = 1 / Double(parts)
    return Moments(mean: layers[layer].mean * share, square: layers[layer].square * share)
  }
}
