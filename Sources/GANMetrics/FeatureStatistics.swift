import Torch

/// Mean and covariance of features, gathered batch by batch in float64.
///
/// Memory is a few matrices of D² and one block of a batch, whatever the number of samples: 50,000
/// features of length 2048 take some 200 MB. Batches are merged by their means and centred second
/// moments (Chan, Golub, LeVeque 1979, "Updating formulae and a pairwise algorithm for computing
/// sample variances"), so nothing cancels however far the features lie from 0, and the result does
/// not depend on how the samples were split, up to rounding.
public struct FeatureStatistics {
  /// How many samples were added.
  public private(set) var count: Int
  /// The mean `[D]`, float64; zeros before the first sample.
  public private(set) var mean: Tensor
  /// The sum of outer products of the centred samples, `[D, D]`.
  private var moment: Tensor

  /// Rows that are centred and multiplied at a time.
  private static let blockSize = 4096
  /// Sums of squares of larger numbers could overflow.
  private static let largest = 1e150

  /// No samples of features of length `dimension`.
  ///
  /// - Precondition: `dimension` is positive.
  public init(dimension: Int) {
    precondition(dimension > 0, "features of length \(dimension)")
    count = 0
    mean = .zeros([dimension], dtype: .float64)
    moment = .zeros([dimension, dimension], dtype: .float64)
  }

  /// Statistics known from elsewhere: mean `[D]` and unbiased covariance `[D, D]` of `count` samples.
  ///
  /// - Throws: ``MetricError`` for shapes that do not fit or numbers that are not finite.
  public init(count: Int, mean: Tensor, covariance: Tensor) throws {
    try check("count of samples", count, atLeast: 1)
    guard mean.rank == 1, mean.count > 0 else {
      throw MetricError.shape(what: "mean", found: mean.shape, expected: "[features]")
    }
    guard covariance.shape == [mean.count, mean.count] else {
      throw MetricError.shape(
        what: "covariance", found: covariance.shape, expected: "[\(mean.count), \(mean.count)]")
    }
    self.count = count
    self.mean = try mean.detached().inDoublePrecision().checkedFinite("mean")
    let matrix = try covariance.detached().inDoublePrecision().checkedFinite("covariance")
    moment = matrix * Double(count - 1)
  }

  /// The statistics of all rows of `[N, D]`.
  ///
  /// - Throws: As ``add(_:)``.
  public init(of features: Tensor) throws {
    guard features.rank == 2, features.size(1) > 0 else {
      throw MetricError.shape(
        what: "features", found: features.shape, expected: "[samples, features]")
    }
    self.init(dimension: features.size(1))
    try add(features)
  }

  /// The length D of a feature.
  public var dimension: Int { mean.count }

  /// The covariance `[D, D]`, float64, divided by `count` - 1 as NumPy's `cov`; zeros for one sample.
  public var covariance: Tensor { moment / Double(Swift.max(count - 1, 1)) }

  /// Adds a batch of features `[N, D]`, of any floating-point type.
  ///
  /// - Throws: ``MetricError`` when the batch has another shape or holds NaN or infinity; nothing is
  ///   added then.
  public mutating func add(_ features: Tensor) throws {
    guard features.rank == 2, features.size(1) == dimension else {
      throw MetricError.shape(
        what: "features", found: features.shape, expected: "[samples, \(dimension)]")
    }
    var sum = self
    for block in features.rowBlocks(of: Self.blockSize) {
      try sum.addBlock(try features[block].checkedRows("features"))
    }
    self = sum
  }

  private mutating func addBlock(_ block: Tensor) throws {
    let rows = block.moved(to: mean.device)
    guard rows.abs().maximum().item() < Self.largest else {
      throw MetricError.notFinite(what: "covariance of the features")
    }
    let center = rows.mean(axes: [0])
    let weight = Double(count) * Double(rows.size(0)) / Double(count + rows.size(0))
    // The shift of the mean is one more row, so that one product does for both terms.
    let shift = (center - mean) * weight.squareRoot()
    let all = Tensor.concatenated([rows - center, shift.unsqueezed(0)])
    moment = moment + all.transposed().matmul(all)
    moveMean(to: center, count: rows.size(0))
  }

  /// Adds the samples that `other` has seen.
  ///
  /// - Throws: ``MetricError/dimensions(_:_:)``.
  public mutating func merge(_ other: FeatureStatistics) throws {
    guard other.dimension == dimension else {
      throw MetricError.dimensions(dimension, other.dimension)
    }
    if other.count == 0 { return }
    let weight = Double(count) * Double(other.count) / Double(count + other.count)
    let shift = other.mean - mean
    moment = moment + other.moment + shift.unsqueezed(1) * (shift * weight).unsqueezed(0)
    moveMean(to: other.mean, count: other.count)
  }

  /// Takes the mean of `added` more samples into the mean of all.
  private mutating func moveMean(to center: Tensor, count added: Int) {
    mean = mean + (center - mean) * (Double(added) / Double(count + added))
    count += added
  }
}
