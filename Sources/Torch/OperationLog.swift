import CTorch

/// The operations that a piece of work consists of.
package enum OperationLog {
  /// The operations of this thread while `body` runs, each with the shapes of its tensors and all other arguments.
  package static func record(_ body: () -> Void) -> [String] {
    _ = initialized
    require("log", [], ct_log_begin())
    body()
    guard let text = ct_log_end() else { stop("log", []) }
    return String(cString: text).split(separator: "\n").map(String.init)
  }

  /// How many seconds of `body` this thread takes for convolutions and products of matrices, forward and back.
  package static func secondsOfProducts(_ body: () -> Void) -> Double {
    _ = initialized
    require("timing", [], ct_timing_begin())
    body()
    var seconds = 0.0
    require("timing", [], ct_timing_end(&seconds))
    return seconds
  }
}
