/// What can go wrong with a run that its user can do something about. Each is one line.
public enum RunError: Error, Equatable, CustomStringConvertible {
  /// The folder already holds a run.
  case exists(String)
  /// The path is no run directory.
  case notARun(String, reason: String)
  /// The run has no checkpoint to load.
  case noCheckpoint(String)
  /// A checkpoint's file does not fit the run.
  case checkpoint(String, reason: String)
  /// An option has a value that makes no sense.
  case option(String, found: String, expected: String)
  /// The run belongs to a system that cannot do what was asked.
  case unsupported(String)

  /// One line naming the path or option and what was expected.
  public var description: String {
    switch self {
    case .exists(let path):
      "\(path): already holds a run; resume it with `gan resume \(path)` or choose another --output"
    case .notARun(let path, let reason): "\(path): not a run directory: \(reason)"
    case .noCheckpoint(let path): "\(path): the run has no checkpoint yet"
    case .checkpoint(let path, let reason): "\(path): \(reason)"
    case .option(let name, let found, let expected): "\(name): expected \(expected), found \(found)"
    case .unsupported(let reason): reason
    }
  }
}
