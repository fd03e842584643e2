import GANKit

/// What can go wrong with a run that its user can do something about. Each is one line.
public enum RunError: Error, Equatable, CustomStringConvertible {
  /// The folder already holds a run.
  case exists(String)
  /// The folder for a new run holds other files.
  case notEmpty(String, holds: String)
  /// Another process writes to the run.
  case busy(String)
  /// The path is no run directory.
  case notARun(String, reason: String)
  /// The run's `config.json` has a value that cannot be used.
  case config(String, reason: String)
  /// The run is as long as it was to be.
  case complete(String, RunLength, steps: Int)
  /// The images are not those that the run began with.
  case otherImages(String, reason: String)
  /// The data of the run is not where it was.
  case movedData(String, String)
  /// The run has no checkpoint to load.
  case noCheckpoint(String)
  /// A checkpoint's file does not fit the run.
  case checkpoint(String, reason: String)
  /// A loss or a weight became infinite or NaN while it was trained.
  case diverged(String, step: Int, quantity: String)
  /// The training was stopped before its end, and something was to be made of the whole.
  case interrupted(String)
  /// A field of a configuration, or a parameter, has a value that makes no sense.
  case field(String, found: String, expected: String)
  /// The run belongs to a system that cannot do what was asked.
  case unsupported(String)

  /// One line naming the path or field and what was expected.
  public var description: String {
    switch self {
    case .exists(let path):
      "\(path): already holds a run; resume it or choose another folder"
    case .notEmpty(let path, let name):
      "\(path): expected a new or empty folder for the run, found '\(name)' in it"
    case .busy(let path): "\(path): another process is training in it; wait for it or stop it"
    case .notARun(let path, let reason): "\(path): not a run directory: \(reason)"
    case .config(let path, let reason): "\(path): \(reason)"
    case .complete(let path, .steps, let steps):
      "\(path): all \(steps) steps are made; ask for more to prolong the run"
    case .complete(let path, .epochs(let epochs), let steps):
      "\(path): all \(epochs) epochs (\(steps) steps) are made; ask for more to prolong the run"
    case .complete(let path, .minutes(let minutes), let steps):
      "\(path): its \((minutes * 100).rounded() / 100) minutes are used up, \(steps) steps are made; "
        + "ask for more to prolong the run"
    case .movedData(let path, let place):
      "\(path): its data \(place) is gone; say where it is now"
    case .otherImages(let path, let reason): "\(path): \(reason)"
    case .noCheckpoint(let path): "\(path): the run has no checkpoint yet"
    case .checkpoint(let path, let reason): "\(path): \(reason)"
    case .diverged(let path, let step, let quantity):
      "\(path): diverged: \(quantity) became infinite or NaN at step \(step)"
    case .interrupted(let path): "\(path): interrupted, so nothing was measured"
    case .field(let name, let found, let expected): "\(name): expected \(expected), found \(found)"
    case .unsupported(let reason): reason
    }
  }
}

/// An error about a value of a configuration, whichever way it was given.
protocol RunConfigurationError: Error, CustomStringConvertible {}

extension RunError: RunConfigurationError {}
extension ConfigError: RunConfigurationError {}
