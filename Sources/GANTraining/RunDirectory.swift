import Foundation
import GANData

/// The folder of one run:
///
/// ```
/// config.json            what was asked for
/// metrics.jsonl          one line of numbers at every log interval
/// samples/000500.png     what the fixed noise became
/// checkpoints/000500/    one file per network, training.safetensors, state.json
/// ```
public struct RunDirectory: Sendable, Equatable {
  /// The folder's path.
  public let path: String

  /// A run directory at `path`, which need not exist yet.
  public init(_ path: String) { self.path = path }

  var url: URL { URL(fileURLWithPath: path, isDirectory: true) }
  var configURL: URL { url.appendingPathComponent("config.json") }
  var metricsURL: URL { url.appendingPathComponent("metrics.jsonl") }
  var samplesURL: URL { url.appendingPathComponent("samples", isDirectory: true) }
  var checkpointsURL: URL { url.appendingPathComponent("checkpoints", isDirectory: true) }

  /// The newest sample sheet, if there is one.
  public var latestSample: String? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: samplesURL.path)) ?? []
    return names.filter { $0.hasSuffix(".png") }.max().map {
      samplesURL.appendingPathComponent($0).path
    }
  }

  /// Makes the folders and writes `config.json`.
  ///
  /// - Throws: ``RunError/exists(_:)`` where there is a run already, or what the system says.
  func create(_ configuration: RunConfiguration) throws {
    guard !FileManager.default.fileExists(atPath: configURL.path) else {
      throw RunError.exists(path)
    }
    do {
      for folder in [url, samplesURL, checkpointsURL] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      }
    } catch {
      throw DataError.cannotWrite(path: path, reason: reason(of: error))
    }
    try write(configuration)
  }

  /// Replaces `config.json`, as when a run is prolonged.
  func write(_ configuration: RunConfiguration) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write([UInt8](encoder.encode(configuration)), to: configURL.path)
  }

  /// The run's configuration.
  ///
  /// - Throws: ``RunError/notARun(_:reason:)``.
  public func configuration() throws -> RunConfiguration {
    guard let data = try? Data(contentsOf: configURL) else {
      throw RunError.notARun(path, reason: "it has no config.json")
    }
    do {
      return try JSONDecoder().decode(RunConfiguration.self, from: data)
    } catch {
      throw RunError.notARun(path, reason: "config.json: \(reason(of: error))")
    }
  }

  /// The steps of the complete checkpoints, oldest first.
  public var checkpointSteps: [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpointsURL.path)) ?? []
    return names.compactMap { Int($0) }.sorted()
  }
}

/// The name of a step's files: six digits or more.
func stepName(_ step: Int) -> String {
  let digits = String(step)
  return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
}

/// One line from an error of Foundation.
func reason(of error: any Error) -> String {
  switch error {
  case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
  case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
    "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has the wrong kind of value"
  case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
    "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has a value that is not "
      + "allowed"
  case is DecodingError: "it is no valid JSON"
  default:
    ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError).map {
      String(cString: strerror(Int32($0.code)))
    } ?? (error as NSError).localizedDescription
  }
}
