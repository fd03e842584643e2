import GANData
import GANTraining

/// A picture's place: a file, or standard output.
enum PictureFile {
  /// Stands for standard output.
  static let standardOutput = "-"

  /// Whether a path stands for standard output; a picture on a terminal would be of no use.
  ///
  /// - Throws: `RunError` where standard output is a terminal.
  static func isStandardOutput(_ path: String) throws -> Bool {
    guard path == standardOutput else { return false }
    guard !Console.isTerminal else {
      throw RunError.field(
        "output", found: "'-', which is a terminal here", expected: "a pipe or a file behind '>'")
    }
    return true
  }

  /// Writes a picture.
  static func write(_ bytes: [UInt8], to path: String) throws {
    path == standardOutput ? Console.write(bytes) : try AtomicFile.write(bytes, to: path)
  }
}
