import Foundation
import GANData

/// The numbers of a run over time, `metrics.jsonl`: one JSON object a line.
final class MetricLog {
  private let handle: FileHandle
  private let path: String

  /// Opens the log; lines of steps after `step` (written before a crash and about to be repeated)
  /// are removed, as is a last line cut short.
  init(_ url: URL, keepingThrough step: Int) throws {
    path = url.path
    let old = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    let kept = old.split(separator: "\n").filter { line in
      (MetricLog.step(of: line)).map { $0 <= step } ?? false
    }
    try AtomicFile.write(Array(kept.map { $0 + "\n" }.joined().utf8), to: path)
    do {
      handle = try FileHandle(forWritingTo: url)
      try handle.seekToEnd()
    } catch {
      throw DataError.cannotWrite(path: path, reason: reason(of: error))
    }
  }

  deinit { try? handle.close() }

  private static func step(of line: Substring) -> Int? {
    struct Line: Decodable { var step: Int }
    return try? JSONDecoder().decode(Line.self, from: Data(line.utf8)).step
  }

  /// Appends a line: the step first, then the numbers by name.
  func append(step: Int, _ numbers: [(name: String, value: Double)]) throws {
    let fields = numbers.map { "\"\($0.name)\":\(MetricLog.json($0.value))" }
    let line = "{" + (["\"step\":\(step)"] + fields).joined(separator: ",") + "}\n"
    do {
      try handle.write(contentsOf: Data(line.utf8))
    } catch {
      throw DataError.cannotWrite(path: path, reason: reason(of: error))
    }
  }

  /// Seven digits; JSON knows no NaN and no infinity.
  private static func json(_ value: Double) -> String {
    value.isFinite ? String(format: "%.7g", value) : "null"
  }
}
