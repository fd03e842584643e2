import GANData
import GANKit

/// Data sets as a user names them: image sets, toy distributions and paths.
public enum DataSource {
  /// The names of everything built in.
  public static var names: [String] {
    BuiltInSet.allCases.map(\.rawValue) + ToyDistribution.allCases.map(\.rawValue)
  }

  /// Opens a built-in image set or what lies at a path.
  ///
  /// - Throws: `DataError`; for a name that nothing has, with the nearest of ``names``.
  public static func open(_ nameOrPath: String, split: Split = .train) throws -> any ImageSource {
    do {
      return try DataSet.open(nameOrPath, split: split)
    } catch DataError.unknownName(let name, _) {
      throw unknown(name)
    }
  }

  /// What to say of a name that nothing has, with the nearest of ``names``.
  static func unknown(_ name: String) -> any Error {
    guard let nearest = nearestName(to: name, among: names) else {
      return RunError.unsupported(
        "no data set or file is called '\(name)'; built in are \(names.joined(separator: ", "))")
    }
    return DataError.unknownName(name: name, suggestion: nearest)
  }
}
