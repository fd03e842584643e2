import Foundation

/// The shares of a distribution in bins, and how far two of them are from each other.
public enum Histogram {
  /// How many samples are added to every bin before a divergence, so that none is empty: a half (Krichevsky and
  /// Trofimov 1981).
  public static let smoothing = 0.5

  /// The shares of values in `bins` equal bins of [-1, 1] along each axis; values beyond count for the outermost
  /// bins.
  ///
  /// - Parameters:
  ///   - points: one after the other, of `dimension` numbers each.
  ///   - bins: along one axis.
  /// - Throws: ``MetricError`` for no points, or one that is not finite.
  public static func shares(of points: [Float], dimension: Int, bins: Int) throws -> [Double] {
    guard points.count >= dimension else {
      throw MetricError.shape(what: "points", found: [points.count], expected: "at least one")
    }
    guard points.allSatisfy(\.isFinite) else { throw MetricError.notFinite(what: "points") }
    func bin(_ value: Float) -> Int {
      Int(min(max((Double(value) + 1) / 2 * Double(bins), 0), Double(bins - 1)))
    }
    let size = (0..<dimension).reduce(1) { product, _ in product * bins }
    var counts = [Int](repeating: 0, count: size)
    for start in stride(from: 0, to: points.count - dimension + 1, by: dimension) {
      counts[points[start..<start + dimension].reduce(0) { $0 * bins + bin($1) }] += 1
    }
    return counts.map { Double($0) / Double(points.count / dimension) }
  }

  /// Shares as they would be with ``smoothing`` more samples in every bin.
  ///
  /// - Parameter count: how many samples the shares stand for.
  public static func smoothed(_ shares: [Double], count: Int) -> [Double] {
    let total = Double(count) + smoothing * Double(shares.count)
    return shares.map { ($0 * Double(count) + smoothing) / total }
  }

  /// The Kullback-Leibler divergence Σ p log(p / q) in nats of `q` from `p`; infinite where `q` is 0 and `p` is not.
  public static func divergence(_ p: [Double], from q: [Double]) -> Double {
    precondition(p.count == q.count, "\(p.count) bins and \(q.count)")
    return zip(p, q).reduce(0) { sum, pair in
      pair.0 > 0 ? sum + pair.0 * log(pair.0 / pair.1) : sum
    }
  }

  /// The total variation distance Σ |p - q| / 2, from 0 to 1.
  public static func totalVariation(_ p: [Double], _ q: [Double]) -> Double {
    precondition(p.count == q.count, "\(p.count) bins and \(q.count)")
    return zip(p, q).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
  }

  /// Three numbers of samples beside data, both as shares of the same bins:
  /// - `kl`, the divergence of the samples from the data, D(data ‖ samples), large where samples miss some of the
  ///   data;
  /// - `reverse-kl`, D(samples ‖ data), large where samples lie beside the data;
  /// - `total-variation`.
  ///
  /// The divergences are of shares ``smoothed(_:count:)`` by as many samples as there are, those of the data as
  /// well; the total variation is of the shares as they are.
  ///
  /// - Parameters:
  ///   - prefix: stands in front of the names.
  ///   - convention: with the number of samples.
  public static func results(
    _ prefix: String = "", samples: [Double], data: [Double], _ convention: MetricConvention
  ) -> [MetricResult] {
    var smooth = convention
    smooth.settings["smoothing"] = "\(smoothing) in each bin"
    let (p, q) = (
      smoothed(data, count: convention.samples), smoothed(samples, count: convention.samples)
    )
    return [
      MetricResult("\(prefix)kl", divergence(p, from: q), convention: smooth),
      MetricResult("\(prefix)reverse-kl", divergence(q, from: p), convention: smooth),
      MetricResult(
        "\(prefix)total-variation", totalVariation(samples, data), convention: convention),
    ]
  }
}
