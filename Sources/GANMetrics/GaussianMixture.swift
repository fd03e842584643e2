import Foundation
import GANData

/// A mixture of Gaussians with full covariances, of points of a few numbers each, fitted by maximum likelihood. A
/// model that must give all of the data some likelihood lies between modes that it has too few components for: the
/// baseline of generators, which rather leave some out.
public struct GaussianMixture: Sendable {
  /// The share of each component.
  public private(set) var weights: [Double]
  /// The components' means.
  public private(set) var means: [[Double]]
  /// The components' covariances, row after row.
  public private(set) var covariances: [[Double]]

  private var dimension: Int { means[0].count }

  /// The most likely of `starts` mixtures that expectation and maximisation find (Dempster, Laird and Rubin 1977).
  /// Each begins with points far from each other (Arthur and Vassilvitskii 2007), which the seed decides, and ends
  /// where an iteration raises the mean log-likelihood by less than 1e-6.
  ///
  /// - Parameters:
  ///   - points: one after the other, finite, at least as many as components.
  public init(
    of points: [Float], dimension: Int, components: Int, seed: UInt64, starts: Int = 3
  ) {
    let rows = stride(from: 0, to: points.count - dimension + 1, by: dimension).map { start in
      points[start..<start + dimension].map(Double.init)
    }
    precondition(
      components > 0 && rows.count >= components, "\(components) components of \(rows.count) points"
    )
    let fits = (0..<starts).map { start in
      var generator = SplitMix64(seed: seed, stream: UInt64(start))
      var mixture = GaussianMixture(rows, components, &generator)
      let likelihood = mixture.fit(rows)
      return (mixture, likelihood)
    }
    self = fits.max { $0.1 < $1.1 }?.0 ?? fits[0].0
  }

  /// Equal shares at some of the points, with the covariance of all.
  private init(_ rows: [[Double]], _ components: Int, _ generator: inout SplitMix64) {
    var centers = [rows[generator.next(below: rows.count)]]
    var squares = [Double](repeating: .infinity, count: rows.count)
    while centers.count < components {
      for (index, row) in rows.enumerated() {
        let distance = zip(row, centers[centers.count - 1]).reduce(0) {
          $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
        }
        squares[index] = min(squares[index], distance)
      }
      var rest = generator.nextUnit() * squares.reduce(0, +)
      let chosen = squares.firstIndex { square in
        rest -= square
        return rest < 0
      }
      centers.append(rows[chosen ?? generator.next(below: rows.count)])
    }
    (weights, means) = (
      [Double](repeating: 1 / Double(components), count: components), centers
    )
    let whole = Moments(of: rows, weights: [Double](repeating: 1, count: rows.count))
    covariances = [[Double]](repeating: whole.covariance, count: components)
  }

  /// - Returns: the mean log-likelihood.
  private mutating func fit(_ rows: [[Double]]) -> Double {
    var last = -Double.infinity
    for _ in 0..<200 {
      let (shares, likelihood) = responsibilities(rows)
      if likelihood - last < 1e-6 { break }
      last = likelihood
      for component in weights.indices {
        let moments = Moments(of: rows, weights: shares[component])
        // A component that no point belongs to stays where it is.
        guard moments.total > 1e-9 else { continue }
        weights[component] = moments.total / Double(rows.count)
        (means[component], covariances[component]) = (moments.mean, moments.covariance)
      }
    }
    return last
  }

  /// For each component how much each point is its own, and the mean log-likelihood.
  private func responsibilities(_ rows: [[Double]]) -> ([[Double]], Double) {
    let densities = weights.indices.map { component in
      let factor = Cholesky(covariances[component], dimension)
      return rows.map {
        log(max(weights[component], .leastNormalMagnitude))
          + factor.logDensity($0, around: means[component])
      }
    }
    var (shares, sum) = (densities, 0.0)
    for row in rows.indices {
      let largest = densities.reduce(-Double.infinity) { max($0, $1[row]) }
      let total = largest + log(densities.reduce(0) { $0 + exp($1[row] - largest) })
      for component in weights.indices {
        shares[component][row] = exp(densities[component][row] - total)
      }
      sum += total
    }
    return (shares, sum / Double(rows.count))
  }

  /// Points one after the other, decided by the seed.
  public func points(count: Int, seed: UInt64) -> [Float] {
    var generator = SplitMix64(seed: seed)
    let factors = covariances.map { Cholesky($0, dimension) }
    return (0..<count).flatMap { _ -> [Float] in
      var rest = generator.nextUnit()
      let component =
        weights.firstIndex { weight in
          rest -= weight
          return rest < 0
        } ?? weights.count - 1
      let noise = (0..<dimension).map { _ in generator.nextGaussianPair().0 }
      return factors[component].coloured(noise, around: means[component]).map { Float($0) }
    }
  }
}

/// Mean and covariance of weighted points.
private struct Moments {
  let total: Double
  let mean: [Double]
  let covariance: [Double]

  init(of rows: [[Double]], weights: [Double]) {
    let dimension = rows[0].count
    let total = weights.reduce(0, +)
    var (mean, covariance) = (
      [Double](repeating: 0, count: dimension),
      [Double](repeating: 0, count: dimension * dimension)
    )
    for (row, weight) in zip(rows, weights) {
      for i in 0..<dimension { mean[i] += weight / total * row[i] }
    }
    for (row, weight) in zip(rows, weights) {
      for i in 0..<dimension {
        for j in 0..<dimension {
          covariance[i * dimension + j] += weight / total * (row[i] - mean[i]) * (row[j] - mean[j])
        }
      }
    }
    // A component on a single point would be infinitely likely.
    for i in 0..<dimension { covariance[i * dimension + i] += 1e-9 }
    (self.total, self.mean, self.covariance) = (total, mean, covariance)
  }
}

/// The lower triangle L of a covariance L Lᵀ.
private struct Cholesky {
  private let lower: [Double]
  private let dimension: Int
  private let logNorm: Double

  init(_ covariance: [Double], _ dimension: Int) {
    var lower = [Double](repeating: 0, count: dimension * dimension)
    for i in 0..<dimension {
      for j in 0...i {
        let sum = (0..<j).reduce(covariance[i * dimension + j]) {
          $0 - lower[i * dimension + $1] * lower[j * dimension + $1]
        }
        lower[i * dimension + j] =
          i == j ? max(sum, 1e-18).squareRoot() : sum / lower[j * dimension + j]
      }
    }
    logNorm = (0..<dimension).reduce(-0.5 * Double(dimension) * log(2 * .pi)) {
      $0 - log(lower[$1 * dimension + $1])
    }
    (self.lower, self.dimension) = (lower, dimension)
  }

  func logDensity(_ row: [Double], around mean: [Double]) -> Double {
    var white = [Double](repeating: 0, count: dimension)
    for i in 0..<dimension {
      let sum = (0..<i).reduce(row[i] - mean[i]) { $0 - lower[i * dimension + $1] * white[$1] }
      white[i] = sum / lower[i * dimension + i]
    }
    return logNorm - 0.5 * white.reduce(0) { $0 + $1 * $1 }
  }

  func coloured(_ noise: [Double], around mean: [Double]) -> [Double] {
    (0..<dimension).map { i in
      (0...i).reduce(mean[i]) { $0 + lower[i * dimension + $1] * noise[$1] }
    }
  }
}
