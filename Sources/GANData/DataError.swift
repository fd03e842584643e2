import Foundation

/// What can be wrong with data a user names: one line each, with the file and what was expected.
///
/// A file inside an archive is named `archive.tar/member`.
public enum DataError: Error, Equatable, Sendable {
  /// A file or folder that the system does not let us read.
  case cannotRead(path: String, reason: String)
  /// A file that could not be written, and why (the disk is full, the folder is missing).
  case cannotWrite(path: String, reason: String)
  /// A file whose content is damaged or of an unsupported kind.
  case malformed(path: String, problem: String)
  /// A file whose content contradicts itself or another file.
  case mismatch(path: String, problem: String, expected: String, found: String)
  /// A place that holds no picture, with what was seen there instead.
  case noImages(path: String, detail: String)
  /// The header of a file announces more pixels than are allowed.
  case tooManyPixels(path: String, size: ImageSize, limit: Int)
  /// Fewer pictures than one batch needs.
  case tooFewImages(count: Int, batchSize: Int)
  /// Neither a built-in set nor a path.
  case unknownName(name: String, suggestion: String?)
}

extension DataError: CustomStringConvertible {
  /// One line for the user.
  public var description: String { Self.oneLine(message) }

  private var message: String {
    switch self {
    case .cannotRead(let path, let reason): "\(path): cannot be read: \(reason)"
    case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason)"
    case .malformed(let path, let problem): "\(path): \(problem)"
    case .mismatch(let path, let problem, let expected, let found):
      "\(path): \(problem) (expected \(expected), found \(found))"
    case .noImages(let path, let detail): "\(path): no images: \(detail)"
    case .tooManyPixels(let path, let size, let limit):
      "\(path): the header announces \(size) pixels (expected at most \(limit), the pixel limit, "
        + "found \(UInt(size.height) * UInt(size.width)))"
    case .tooFewImages(let count, let batchSize):
      "not enough images for one batch (expected at least \(batchSize), found \(count))"
    case .unknownName(let name, let suggestion?):
      "no data set or file is called `\(name)`; did you mean `\(suggestion)`?"
    case .unknownName(let name, nil):
      "no data set or file is called `\(name)` (built in: \(BuiltInSet.names))"
    }
  }

  /// File names may hold any byte; a line break in one must not break a log.
  private static func oneLine(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 ? "?" : $0 }))
  }
}

/// The system's words for the last failed call.
func systemReason() -> String { String(cString: strerror(errno)) }
