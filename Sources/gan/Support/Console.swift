import Foundation
import Synchronization

/// The two streams of the process.
enum Console {
  /// The system's number for the first failure to write to standard output; 0 for none.
  private static let failure = Atomic<Int32>(0)

  /// Prints a line on standard output.
  static func print(_ line: String) { printNow(line + "\n") }

  /// Prints text on standard output without a line break.
  static func printNow(_ text: String) { write(Array(text.utf8)) }

  /// Writes bytes, such as a picture's, to standard output.
  static func write(_ bytes: [UInt8]) {
    if let number = write(bytes, to: STDOUT_FILENO), failure.load(ordering: .relaxed) == 0 {
      failure.store(number, ordering: .relaxed)
    }
  }

  /// Prints a value as one line of JSON.
  static func print(json value: some Encodable) throws {
    print(String(decoding: try jsonEncoder(pretty: false).encode(value), as: UTF8.self))
  }

  /// Prints a value as JSON to be read by people too.
  static func print(prettyJSON value: some Encodable) throws {
    print(String(decoding: try jsonEncoder(pretty: true).encode(value), as: UTF8.self))
  }

  /// Prints one line on standard error.
  static func complain(_ message: String) {
    _ = write(Array("gan: \(oneLine(message))\n".utf8), to: STDERR_FILENO)
  }

  /// Prints one line on standard error and ends the process. What other threads are doing is of no
  /// interest any more, so nothing is torn down.
  static func fail(_ message: String) -> Never {
    complain(message)
    _exit(1)
  }

  /// Whether everything printed has arrived; complains if it has not. A reader that has seen
  /// enough is no failure.
  static func allArrived() -> Bool {
    let number = failure.load(ordering: .relaxed)
    guard number != 0, number != EPIPE else { return true }
    complain("standard output: cannot be written: \(String(cString: strerror(number)))")
    return false
  }

  /// Whether standard output is a terminal.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) != 0 }

  /// The columns of the terminal.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Names of files may hold any character; a message stays one line.
  static func oneLine(_ text: String) -> String {
    let scalars = text.split(whereSeparator: \.isNewline).joined(separator: " ").unicodeScalars
    return String(String.UnicodeScalarView(scalars.map { $0.value < 32 ? "?" : $0 }))
  }

  /// Writes everything, or returns the system's number for what went wrong.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count < 0 { return errno }
      rest = rest.dropFirst(count)
    }
    return nil
  }

  private static func jsonEncoder(pretty: Bool) -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    return encoder
  }
}
