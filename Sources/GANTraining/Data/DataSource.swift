import GANData
import GANKit

/// Data sets as a user names them: image sets, distributions of points and paths.
public enum DataSource {
  /// The names of everything built in.
  public static var names: [String] {
    BuiltInSet.allCases.map(\.rawValue) + PointDistribution.names
  }

  /// Opens a built-in image set or what lies at a path.
  ///
  /// - Parameter attributes: what the classes are, in the place of the set's own; see
  ///   `AttributeClasses`.
  /// - Throws: `DataError`; for a name that nothing has, with the nearest of ``names``.
  public static func open(
    _ nameOrPath: String, split: Split = .train, attributes: [String]? = nil
  ) throws -> any ImageSource {
    try naming {
      guard let attributes else { return try DataSet.open(nameOrPath, split: split) }
      return try DataSet.open(nameOrPath, split: split, attributes: attributes)
    }
  }

  /// Opens the two domains of a set, or one of each.
  ///
  /// - Throws: As ``open(_:split:attributes:)``, and for attributes beside a second set.
  public static func openDomains(_ data: DataConfiguration, split: Split) throws -> TwoSources {
    try naming {
      guard let attributes = data.attributes else {
        return try DataSet.openDomains(data.source, other: data.other, split: split)
      }
      return try DataSet.openDomains(data.source, split: split, attributes: attributes)
    }.decoding(data.decoding)
  }

  /// A misspelt name gets the nearest of all names.
  static func naming<Source>(_ open: () throws -> Source) throws -> Source {
    do {
      return try open()
    } catch DataError.unknownName(let name, _) {
      throw unknown(name)
    }
  }

  /// What to say of a name that nothing has, with the nearest of ``names``.
  private static func unknown(_ name: String) -> any Error {
    guard let nearest = nearestName(to: name, among: names) else {
      return RunError.unsupported(
        "no data set or file is called '\(name)'; built in are \(names.joined(separator: ", "))")
    }
    return DataError.unknownName(name: name, suggestion: nearest)
  }
}
