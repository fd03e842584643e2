import Foundation
import Testing

/// What one run of the command left behind.
struct CommandResult {
  let status: Int32
  let crashed: Bool
  let output: String
  let errors: String

  var errorLines: [Substring] { errors.split(separator: "\n") }

  /// Whether it failed as promised: with this status and exactly one line that names `words`.
  func failed(_ status: Int32 = 1, naming words: [String]) -> Bool {
    !crashed && self.status == status && errorLines.count == 1
      && errors.hasPrefix("gan: ") && words.allSatisfy(errors.contains)
  }
}

/// The command, started as a user starts it.
final class CommandProcess {
  private let process = Process()
  private let files: URL

  /// Starts the command without waiting for it.
  ///
  /// - Parameter environment: variables beside those of the tests.
  init(
    _ arguments: [String], in folder: URL, shell: String? = nil, environment: [String: String] = [:]
  ) throws {
    files = FileManager.default.temporaryDirectory
      .appendingPathComponent("gan-output-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
    if let shell {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", shell, CommandProcess.binary.path] + arguments
    } else {
      process.executableURL = CommandProcess.binary
      process.arguments = arguments
    }
    process.currentDirectoryURL = folder
    // Features of references are computed once for all tests and not left in the user's caches.
    let cache = FileManager.default.temporaryDirectory.appendingPathComponent("gan-test-cache").path
    process.environment = ProcessInfo.processInfo.environment
      .merging(["XDG_CACHE_HOME": cache]) { $1 }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try newFile("out")
    process.standardError = try newFile("err")
    try process.run()
  }

  deinit { try? FileManager.default.removeItem(at: files) }

  private func newFile(_ name: String) throws -> FileHandle {
    let url = files.appendingPathComponent(name)
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }

  private func text(_ name: String) -> String {
    let data = try? Data(contentsOf: files.appendingPathComponent(name))
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  var isRunning: Bool { process.isRunning }

  /// What it has printed so far.
  var output: String { text("out") }

  /// Sends a signal.
  func send(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for the end.
  func wait() -> CommandResult {
    process.waitUntilExit()
    return CommandResult(
      status: process.terminationStatus, crashed: process.terminationReason != .exit,
      output: text("out"), errors: text("err"))
  }

  /// The binary lies beside the test bundle.
  private static var binary: URL {
    let places = [Bundle.main.bundleURL, Bundle.main.executableURL?.deletingLastPathComponent()]
    let bundles = Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
    let candidates = (places.compactMap { $0 } + bundles).map { $0.appendingPathComponent("gan") }
    let found = candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    return found ?? URL(fileURLWithPath: ".build/release/gan")
  }
}

/// A folder for one test, with the command at hand.
final class Scratch {
  let url: URL

  init() throws {
    url =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("gan-test-\(UUID().uuidString)").standardizedFileURL
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Runs the command to its end.
  @discardableResult
  func gan(_ arguments: String...) throws -> CommandResult { try gan(arguments) }

  /// Runs the command to its end.
  @discardableResult
  func gan(_ arguments: [String]) throws -> CommandResult {
    try CommandProcess(arguments, in: url).wait()
  }

  /// Starts the command.
  func start(_ arguments: [String]) throws -> CommandProcess {
    try CommandProcess(arguments, in: url)
  }

  func path(_ name: String) -> URL { url.appendingPathComponent(name) }

  func data(_ name: String) throws -> Data { try Data(contentsOf: path(name)) }

  /// The names in a folder; none if there is no such folder.
  func names(_ name: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path(name).path)) ?? []).sorted()
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name).path) }

  /// The objects of a file with one on each line.
  func jsonLines(_ name: String) throws -> [[String: Any]] {
    try parsedLines(String(decoding: data(name), as: UTF8.self))
  }

  /// Until a run has logged so many lines, or its process has ended.
  func waitForLog(lines count: Int, of process: CommandProcess, run: String = "run") {
    while process.isRunning {
      let text = (try? data("\(run)/metrics.jsonl")) ?? Data()
      if text.count(where: { $0 == UInt8(ascii: "\n") }) >= count { return }
      usleep(1000)
    }
  }
}

extension Scratch {
  /// Sends SIGTERM to the last of the processes that `start` starts, once they have logged five steps of `run`, and
  /// waits for all of them. On a busy machine a run may be at its end before anybody looks: then once more.
  func interrupted(
    _ run: String = "run", before steps: Int, _ start: () throws -> [CommandProcess]
  ) throws -> [CommandResult] {
    for _ in 1...10 {
      let processes = try start()
      waitForLog(lines: 5, of: processes[0], run: run)
      processes[processes.count - 1].send(SIGTERM)
      let results = processes.map { $0.wait() }
      let made = names("\(run)/checkpoints").last.flatMap { Int($0) } ?? 0
      if made < steps { return results }
      try FileManager.default.removeItem(at: path(run))
    }
    Issue.record("\(run) ended ten times before it could be stopped")
    return []
  }
}

/// A text with one JSON object on each line.
func parsedLines(_ text: String) throws -> [[String: Any]] {
  try text.split(separator: "\n").map { line in
    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
  }
}
