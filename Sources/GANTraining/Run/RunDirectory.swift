import Foundation
import GANData
import GANKit

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
  public var latestSample: String? { sampleSteps.last.map(samplePath) }

  /// The steps of the sample sheets, oldest first.
  public var sampleSteps: [Int] {
    names(in: samplesURL).filter { $0.hasSuffix(".png") }.compactMap { Int($0.dropLast(4)) }
      .sorted()
  }

  /// The sample sheet of a step.
  public func samplePath(_ step: Int) -> String {
    "\(trimmedPath)/samples/\(stepName(step)).png"
  }

  /// The steps of the complete checkpoints, oldest first.
  public var checkpointSteps: [Int] {
    names(in: checkpointsURL).compactMap { name in
      Int(name).flatMap { $0 >= 0 && stepName($0) == name ? $0 : nil }
    }.sorted()
  }

  /// The folder of a step's checkpoint.
  public func checkpointPath(_ step: Int) -> String {
    "\(trimmedPath)/checkpoints/\(stepName(step))"
  }

  private var trimmedPath: String {
    path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  func checkpointURL(_ step: Int) -> URL {
    checkpointsURL.appendingPathComponent(stepName(step), isDirectory: true)
  }

  private func names(in folder: URL) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }
}

// MARK: - Making one

/// Where a new run goes.
public enum RunPlace: Sendable, Equatable {
  /// The folder of this path, new or empty.
  case at(String)
  /// `folder/name-1`, or the first such number that is free.
  case numbered(in: String, name: String)
}

extension RunDirectory {
  /// Makes the folders and writes `config.json`.
  ///
  /// - Throws: ``RunError`` where the folder is in use, or what the system says.
  static func create(
    at place: RunPlace, _ configuration: RunConfiguration
  ) throws -> (directory: RunDirectory, lock: RunLock) {
    let directory = try claimed(place)
    let lock = try RunLock(directory.path)
    try directory.checkUnused()
    for folder in [directory.samplesURL, directory.checkpointsURL] {
      _ = try makeFolder(folder.path)
    }
    try directory.write(configuration)
    return (directory, lock)
  }

  private static func claimed(_ place: RunPlace) throws -> RunDirectory {
    switch place {
    case .at(let path):
      guard !path.isEmpty else {
        throw RunError.field("output", found: "nothing", expected: "the path of a folder")
      }
      try makeParents(of: path)
      _ = try makeFolder(path)
      return RunDirectory(path)
    case .numbered(let folder, let name):
      try makeParents(of: "\(folder)/\(name)")
      var number = 1
      while try !makeFolder("\(folder)/\(name)-\(number)") { number += 1 }
      return RunDirectory("\(folder)/\(name)-\(number)")
    }
  }

  private static func makeParents(of path: String) throws {
    var parents: [String] = []
    var parent = URL(fileURLWithPath: path).deletingLastPathComponent()
    while !FileManager.default.fileExists(atPath: parent.path), parent.path != "/" {
      parents.append(parent.path)
      parent.deleteLastPathComponent()
    }
    for parent in parents.reversed() { _ = try makeFolder(parent) }
  }

  /// Makes one folder. False where something of that name exists.
  private static func makeFolder(_ path: String) throws -> Bool {
    if mkdir(path, 0o777) == 0 { return true }
    guard errno == EEXIST else {
      throw DataError.cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    return false
  }

  private func checkUnused() throws {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard isFolder.boolValue else {
      throw DataError.cannotWrite(path: path, reason: "it is a file, not a folder")
    }
    if FileManager.default.fileExists(atPath: configURL.path) { throw RunError.exists(path) }
    let ours = [samplesURL, checkpointsURL].map(\.lastPathComponent)
    if let other = names(in: url).filter({ !ours.contains($0) }).min() {
      throw RunError.notEmpty(path, holds: other)
    }
  }

  /// Replaces `config.json`, as when a run is prolonged.
  func write(_ configuration: RunConfiguration) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write([UInt8](encoder.encode(configuration)), to: configURL.path)
  }

  /// Makes the folders that are missing, as in a copy of a run without them.
  func restoreFolders() throws {
    for folder in [samplesURL, checkpointsURL] { _ = try Self.makeFolder(folder.path) }
  }

  /// Removes what a process that was killed while writing left behind.
  func removeUnfinished() {
    for folder in [url, samplesURL, checkpointsURL] {
      for name in names(in: folder) where name.hasPrefix(".writing-") || name.contains(".tmp-") {
        try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
      }
    }
  }
}

// MARK: - Reading one

extension RunDirectory {
  /// The configuration of a run of this system.
  ///
  /// - Throws: ``RunError/config(_:reason:)`` where it is another's.
  func configuration<R: Recipe>(of _: R.Type) throws -> RunConfiguration {
    let stored = try configuration()
    guard stored.recipe == R.card.name else {
      throw RunError.config(
        configURL.path, reason: "the run is one of '\(stored.recipe)', not of '\(R.card.name)'")
    }
    return stored
  }

  /// The run's configuration, every number of it in range.
  ///
  /// - Throws: ``RunError/notARun(_:reason:)`` or ``RunError/config(_:reason:)``.
  public func configuration() throws -> RunConfiguration {
    guard !path.isEmpty else {
      throw RunError.field("run", found: "nothing", expected: "the path of a run directory")
    }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
      throw RunError.notARun(path, reason: "it is a file, expected a folder")
    }
    let configuration: RunConfiguration
    do {
      let data = try Data(contentsOf: configURL)
      try checkFormat(data)
      configuration = try JSONDecoder().decode(RunConfiguration.self, from: data)
    } catch let error as RunError {
      throw error
    } catch let error as DecodingError {
      throw RunError.config(configURL.path, reason: reason(of: error))
    } catch {
      throw RunError.notARun(path, reason: "config.json: \(reason(of: error))")
    }
    try checkingConfig {
      try configuration.validate()
      try configuration.data.shape?.validate()
    }
    return configuration
  }

  /// - Throws: ``RunError/config(_:reason:)`` for a run of another version of the format.
  private func checkFormat(_ data: Data) throws {
    struct Format: Decodable { var format: Int? }
    let found = try JSONDecoder().decode(Format.self, from: data).format ?? 1
    guard found == RunConfiguration.currentFormat else {
      throw RunError.config(
        configURL.path,
        reason: "the run has format \(found), made by another version of SwiftGAN; this one reads "
          + "\(RunConfiguration.currentFormat)")
    }
  }

  /// Names the file in front of what is wrong with a value in it.
  func checkingConfig<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as any RunConfigurationError {
      throw RunError.config(configURL.path, reason: error.description)
    }
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
  case DecodingError.keyNotFound(let key, let context):
    "'\(name(of: context.codingPath + [key]))' is missing"
  case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
    "'\(name(of: context.codingPath))' has the wrong kind of value"
  case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
    "'\(name(of: context.codingPath))' has a value that is not allowed"
  case is DecodingError: "it is no valid JSON, or a number in it is out of range"
  default: systemReason(of: error)
  }
}

private func name(of path: [any CodingKey]) -> String {
  path.isEmpty ? "the file" : path.map(\.stringValue).joined(separator: ".")
}

private func systemReason(of error: any Error) -> String {
  let error = error as NSError
  let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError
  for candidate in [underlying, error].compactMap({ $0 })
  where candidate.domain == NSPOSIXErrorDomain {
    return String(cString: strerror(Int32(truncatingIfNeeded: candidate.code)))
  }
  switch CocoaError.Code(rawValue: error.code) {
  case .fileReadNoSuchFile, .fileNoSuchFile: return "No such file or directory"
  case .fileReadNoPermission, .fileWriteNoPermission: return "Permission denied"
  case .fileWriteOutOfSpace: return "No space left on device"
  default: return "the system refuses (\(error.domain) \(error.code))"
  }
}
