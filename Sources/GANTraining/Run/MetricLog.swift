import Foundation
import GANData

/// The numbers of a run over time, `metrics.jsonl`: one JSON object a line.
final class MetricLog {
  private let handle: FileHandle
  private let path: String

  /// Opens the log; lines of steps after `step` (written before a crash and about to be repeated)
  /// are removed, as are lines that are no JSON (one cut short by a crash).
  init(_ url: URL, keepingThrough step: Int) throws {
    path = url.path
    do {
      let old = FileManager.default.fileExists(atPath: path) ? try Data(contentsOf: url) : nil
      let kept = MetricLog.lines(of: old ?? Data(), through: step)
      if old.map(Array.init) != kept { try AtomicFile.write(kept, to: path) }
      handle = try FileHandle(forWritingTo: url)
      try handle.seekToEnd()
    } catch let error as DataError {
      throw error
    } catch {
      throw DataError.cannotWrite(path: path, reason: reason(of: error))
    }
  }

  deinit { try? handle.close() }

  private static func lines(of data: Data, through step: Int) -> [UInt8] {
    var kept: [UInt8] = []
    for line in data.split(separator: UInt8(ascii: "\n")) {
      guard let own = MetricLog.step(of: line), own <= step else { continue }
      kept += line + [UInt8(ascii: "\n")]
    }
    return kept
  }

  private static func step(of line: Data) -> Int? {
    struct Line: Decodable { var step: Int }
    return try? JSONDecoder().decode(Line.self, from: line).step
  }

  /// Makes what was appended durable.
  func synchronize() throws {
    do {
      try handle.synchronize()
    } catch {
      throw DataError.cannotWrite(path: path, reason: reason(of: error))
    }
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
