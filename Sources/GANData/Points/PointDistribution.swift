import Foundation

/// What systems learn from in the place of images: points of the plane or of a line.
public enum PointDistribution: Sendable, Equatable {
  /// Of the plane.
  case plane(ToyDistribution)
  /// Of a line.
  case line(LineDensity)

  /// The names of everything built in.
  public static let names = ToyDistribution.allCases.map(\.rawValue) + [LineDensity.cosine.name]

  /// The distribution that a data set's name or path means; `nil` for images.
  ///
  /// - Throws: `DataError` for a table that is no density.
  public static func named(_ nameOrPath: String) throws -> PointDistribution? {
    if let toy = ToyDistribution(rawValue: nameOrPath) { return .plane(toy) }
    if nameOrPath == LineDensity.cosine.name { return .line(.cosine) }
    return try isTable(nameOrPath) ? .line(LineDensity(table: nameOrPath)) : nil
  }

  /// Whether a name or path means points, whatever is in the file.
  public static func isNamed(_ nameOrPath: String) -> Bool {
    names.contains(nameOrPath) || isTable(nameOrPath)
  }

  private static func isTable(_ path: String) -> Bool {
    guard path.lowercased().hasSuffix(".csv") else { return false }
    var isFolder: ObjCBool = false
    return !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      || !isFolder.boolValue
  }

  /// The built-in name, or the path.
  public var name: String {
    switch self {
    case .plane(let toy): toy.rawValue
    case .line(let density): density.name
    }
  }

  /// Numbers of a point.
  public var dimension: Int {
    switch self {
    case .plane: 2
    case .line: 1
    }
  }

  /// The points' middle, and by how much they are scaled around it for training. Networks see and draw the
  /// plane's halved; those of a line so that it fills the half of [-1, 1], with room for samples beside it.
  public var frame: (middle: Double, scale: Double) {
    switch self {
    case .plane: return (0, 0.5)
    case .line(let density):
      let (low, high) = (density.support.lowerBound, density.support.upperBound)
      return (low / 2 + high / 2, 1 / (high - low))
    }
  }

  /// Points one after the other as networks see them, decided by the seed; a longer list begins with a shorter
  /// one.
  public func scaledPoints(count: Int, seed: UInt64) -> [Float] {
    let (middle, scale) = frame
    switch self {
    case .plane(let toy):
      return toy.points(count: count, seed: seed).map { $0 * Float(scale) }
    case .line(let density):
      return density.points(count: count, seed: seed).map { Float(($0 - middle) * scale) }
    }
  }

  /// What networks draw, in the distribution's own units.
  public func unscaled(_ values: [Float]) -> [Float] {
    let (middle, scale) = frame
    return values.map { Float(Double($0) / scale + middle) }
  }
}
