import Foundation

/// Two-dimensional distributions on which a GAN's coverage can be seen and counted.
///
/// Shapes and scales are those of the toy experiments of "Improved Training of Wasserstein GANs"
/// (Gulrajani et al., 2017): about unit standard deviation in each coordinate.
public enum ToyDistribution: String, Sendable, CaseIterable, Codable {
  /// Eight Gaussians evenly on a circle of radius 2 with deviation 0.02, all divided by 1.414.
  case ring
  /// 25 Gaussians at -4, -2, 0, 2, 4 in both directions with deviation 0.05, divided by 2.828.
  case grid
  /// A spiral from 1.5π to 4.5π with Gaussian noise of 0.25, divided by 7.5; it has no modes.
  case swissRoll

  /// The centres of the Gaussians, empty for a distribution that has none.
  public var modes: [(x: Float, y: Float)] {
    switch self {
    case .ring:
      return (0..<8).map { i in
        let angle = Double(i) * .pi / 4
        return (Float(2 * cos(angle) / scale), Float(2 * sin(angle) / scale))
      }
    case .grid:
      let line = [-4.0, -2, 0, 2, 4].map { Float($0 / scale) }
      return line.flatMap { x in line.map { y in (x, y) } }
    case .swissRoll:
      return []
    }
  }

  /// The deviation of each Gaussian, or of the noise around the spiral, in each coordinate.
  public var standardDeviation: Float {
    switch self {
    case .ring: Float(0.02 / scale)
    case .grid: Float(0.05 / scale)
    case .swissRoll: Float(0.25 / scale)
    }
  }

  /// Points as x, y, x, y, ..., decided by the seed; a longer list begins with a shorter one.
  public func points(count: Int, seed: UInt64) -> [Float] {
    var generator = SplitMix64(seed: seed)
    let modes = modes
    var points: [Float] = []
    points.reserveCapacity(2 * count)
    for _ in 0..<count {
      let center =
        modes.isEmpty ? spiralPoint(&generator) : modes[generator.next(below: modes.count)]
      let noise = generator.nextGaussianPair()
      points.append(center.x + standardDeviation * Float(noise.0))
      points.append(center.y + standardDeviation * Float(noise.1))
    }
    return points
  }

  private var scale: Double {
    switch self {
    case .ring: 1.414
    case .grid: 2.828
    case .swissRoll: 7.5
    }
  }

  private func spiralPoint(_ generator: inout SplitMix64) -> (x: Float, y: Float) {
    let t = 1.5 * .pi * (1 + 2 * generator.nextUnit())
    return (Float(t * cos(t) / scale), Float(t * sin(t) / scale))
  }
}

extension SplitMix64 {
  /// Two independent numbers of the standard normal distribution (Box and Muller, 1958).
  package mutating func nextGaussianPair() -> (Double, Double) {
    // 1 - u is never 0, whose logarithm is infinite.
    let radius = (-2 * log(1 - nextUnit())).squareRoot()
    let angle = 2 * .pi * nextUnit()
    return (radius * cos(angle), radius * sin(angle))
  }
}
