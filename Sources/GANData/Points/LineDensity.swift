import Foundation

/// A probability density on a line: one that is built in, or the straight lines between the points of a
/// table.
public struct LineDensity: Sendable, Equatable {
  /// The built-in one: the arch of a cosine on [-2, 0] and a flat part on [1, 2] of half the mass each.
  /// Between them is a gap, where a sample cannot come from the data.
  public static let cosine = LineDensity(name: "cosine", support: -2...2, shape: .cosine)

  /// The built-in name, or the path of the table.
  public let name: String
  /// Where the density is not 0, gaps included.
  public let support: ClosedRange<Double>
  private let shape: Shape

  private enum Shape: Equatable {
    case cosine
    case table(DensityTable)
  }

  private init(name: String, support: ClosedRange<Double>, shape: Shape) {
    (self.name, self.support, self.shape) = (name, support, shape)
  }

  /// The straight lines between the points of a table, which need not enclose an area of 1.
  ///
  /// - Throws: `DataError` naming the file and what is wrong with it.
  public init(table path: String) throws {
    let table = try DensityTable(readingFrom: path)
    self.init(name: path, support: table.support, shape: .table(table))
  }

  /// The density at a point.
  public func density(at x: Double) -> Double {
    guard support.contains(x) else { return 0 }
    switch shape {
    case .cosine:
      if x < 0 { return .pi / 8 * cos(.pi / 2 * (x + 1)) }
      return x < 1 ? 0 : 0.5
    case .table(let table): return table.density(at: x)
    }
  }

  /// The mass up to a point.
  public func cumulative(at x: Double) -> Double {
    if x <= support.lowerBound { return 0 }
    if x >= support.upperBound { return 1 }
    switch shape {
    case .cosine:
      if x < 0 { return (1 + sin(.pi / 2 * (x + 1))) / 4 }
      return x < 1 ? 0.5 : 0.5 + (x - 1) / 2
    case .table(let table): return table.cumulative(at: x)
    }
  }

  /// The point up to which there is so much mass, from 0 to 1: the inverse of ``cumulative(at:)``.
  public func quantile(_ mass: Double) -> Double {
    switch shape {
    case .cosine: mass < 0.5 ? 2 / .pi * asin(4 * mass - 1) - 1 : 1 + 2 * (mass - 0.5)
    case .table(let table): table.quantile(mass)
    }
  }

  /// Points by the inverse of the distribution function, decided by the seed; a longer list begins with a
  /// shorter one.
  public func points(count: Int, seed: UInt64) -> [Double] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in quantile(generator.nextUnit()) }
  }
}
