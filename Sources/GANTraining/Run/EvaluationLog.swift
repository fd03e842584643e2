import Foundation
import GANData

/// What evaluations of a run have found, `evaluation.jsonl`: one JSON object a line.
extension RunDirectory {
  var evaluationURL: URL {
    URL(fileURLWithPath: path, isDirectory: true).appendingPathComponent("evaluation.jsonl")
  }

  /// Adds one line.
  ///
  /// - Throws: `DataError` when the file cannot be written.
  public func appendEvaluation(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try writeEvaluations(try evaluationLines() + [try encoder.encode(value)])
  }

  /// Removes lines of training about steps after `step`, which are about to be repeated. Those of
  /// evaluations by hand stay.
  func keepEvaluations(through step: Int) throws {
    struct Line: Decodable {
      var step: Int?
      var training: Bool?
    }
    let lines = try evaluationLines()
    let kept = lines.filter { data in
      guard let line = try? JSONDecoder().decode(Line.self, from: data), line.training == true,
        let made = line.step
      else { return true }
      return made <= step
    }
    if kept.count < lines.count { try writeEvaluations(kept) }
  }

  private func writeEvaluations(_ lines: [Data]) throws {
    let text = lines.reduce(into: [UInt8]()) { $0 += $1 + [UInt8(ascii: "\n")] }
    try AtomicFile.write(text, to: evaluationURL.path)
  }

  /// The values of all lines, oldest first; lines of another kind are passed over.
  public func evaluations<Value: Decodable>(_: Value.Type) throws -> [Value] {
    let decoder = JSONDecoder()
    return try evaluationLines().compactMap { try? decoder.decode(Value.self, from: $0) }
  }

  private func evaluationLines() throws -> [Data] {
    guard FileManager.default.fileExists(atPath: evaluationURL.path) else { return [] }
    do {
      return try Data(contentsOf: evaluationURL).split(separator: UInt8(ascii: "\n")).map { $0 }
    } catch {
      throw DataError.cannotRead(path: evaluationURL.path, reason: reason(of: error))
    }
  }
}

extension RunDirectory {
  /// The numbers of the last line of `metrics.jsonl` by name; none before the first line.
  ///
  /// - Throws: `DataError` when the file cannot be read.
  public func lastMetrics() throws -> [String: Double] {
    guard FileManager.default.fileExists(atPath: metricsURL.path) else { return [:] }
    do {
      let lines = try Data(contentsOf: metricsURL).split(separator: UInt8(ascii: "\n"))
      let decoder = JSONDecoder()
      let last = lines.reversed().lazy
        .compactMap { try? decoder.decode([String: Double?].self, from: $0) }.first
      return (last ?? [:]).compactMapValues { $0 }
    } catch {
      throw DataError.cannotRead(path: metricsURL.path, reason: reason(of: error))
    }
  }
}
