/// Notices in numbers of sample sheets when a generator draws nearly the same for every noise, and when a
/// translation has become a negative of its input.
///
/// It is told the numbers, so that it needs no networks.
struct SampleWatch {
  /// Samples that are less than this part as far apart as real images have collapsed. Runs that learn were measured
  /// between 0.4 and 0.9 from the first hundreds of steps on; a generator that draws one image with little variation
  /// lies below 0.1.
  static let collapsed = 0.2
  /// From here on they have recovered, or spread for the first time.
  static let spread = 0.4
  /// Before they have spread for the first time, untrained generators draw the same grey for every noise.
  static let firstSteps = 500
  /// Translations with such a correlation with their inputs are negatives of them.
  static let inverted = -0.5
  /// From here on they have recovered.
  static let upright = -0.3
  /// Mean pictures of two domains with such a correlation are negatives themselves.
  static let opposite = -0.2

  private var hasSpread = false
  private var isTold = false
  private var toldDirections: Set<String> = []

  /// Takes into account how far samples are apart, as a part of real images' distance.
  ///
  /// - Returns: what to say about it, once until they recover.
  mutating func samples(_ ratio: Double, at step: Int) -> String? {
    if ratio >= Self.spread { (hasSpread, isTold) = (true, false) }
    guard ratio < Self.collapsed, !isTold, hasSpread || step >= Self.firstSteps else { return nil }
    isTold = true
    return "collapse: samples are \(percent(ratio)) as far apart as real images; "
      + "try smaller learning rates, another --seed, or a system that seldom collapses, such as wgan-gp"
  }

  /// Takes into account how a translation's brightness goes with its input's.
  ///
  /// - Parameters:
  ///   - correlation: of inputs and outputs, pixel by pixel.
  ///   - expected: of the mean pictures of both domains.
  ///   - direction: which translation, such as `ab`.
  /// - Returns: what to say about it, once until it recovers.
  mutating func translation(
    _ correlation: Double, expected: Double, direction: String
  ) -> String? {
    if correlation > Self.upright { toldDirections.remove(direction) }
    guard correlation < Self.inverted, expected > Self.opposite,
      toldDirections.insert(direction).inserted
    else { return nil }
    let found = (correlation * 100).rounded() / 100
    return "inversion: translations \(direction) are like negatives of their inputs (correlation "
      + "\(found)); try another --seed, or a weight for the identity where the system has one"
  }

  private func percent(_ ratio: Double) -> String { "\(Int((ratio * 100).rounded())) %" }
}
