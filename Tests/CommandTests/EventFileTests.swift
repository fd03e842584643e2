import Foundation
import TestSupport
import Testing

/// The event files of a run, read by `Scripts/read_events.py`, which shares no code with the writer.
///
/// Needs the Python that Scripts/bootstrap makes, or the one SWIFTGAN_PYTHON names.
@Suite("Event files")
struct EventFileTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static var python: String? {
    let named = ProcessInfo.processInfo.environment["SWIFTGAN_PYTHON"]
    let path = named ?? root.appendingPathComponent(".venv/bin/python").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }

  private func read(_ run: URL, _ python: String) throws -> (status: Int32, events: [[String: Any]])
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [
      Self.root.appendingPathComponent("Scripts/read_events.py").path, run.path,
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.readAll()
    process.waitUntilExit()
    return (process.terminationStatus, try parsedLines(String(decoding: data, as: UTF8.self)))
  }

  /// Steps and values of a tag, in the order of the files.
  private func values(_ events: [[String: Any]], _ tag: String) -> [(step: Int, value: Any)] {
    events.flatMap { event in
      (event["values"] as? [[String: Any]] ?? []).filter { $0["tag"] as? String == tag }.map {
        (event["step"] as? Int ?? -1, $0["value"] ?? $0["image"] ?? "nothing")
      }
    }
  }

  @Test("They hold what metrics.jsonl holds, and the sample sheets")
  func contents() throws {
    guard let python = Self.python else {
      return print("skipped: no .venv/bin/python, and no SWIFTGAN_PYTHON")
    }
    let scratch = try Scratch()
    try scratch.makePictures()
    let result = try scratch.gan(
      TinySystem.gan.training("run", steps: 20) + TrainingEvaluationTests.options
        + ["--sample-every", "10"])
    #expect(result.status == 0, "\(result)")
    let (status, events) = try read(scratch.path("run"), python)
    #expect(status == 0)
    #expect(events.first?["version"] as? String == "brain.Event:2")
    for line in try scratch.jsonLines("run/metrics.jsonl") {
      for (name, number) in line where name != "step" {
        let found = values(events, name).first { $0.step == line["step"] as? Int }?.value as? Double
        let value = try #require((number as? NSNumber)?.doubleValue)
        #expect(abs((found ?? .nan) - value) <= abs(value) * 1e-6, "\(name)")
      }
    }
    let sheets = values(events, "samples")
    #expect(sheets.map(\.step) == [0, 10, 20])
    #expect(sheets.allSatisfy { $0.value as? [Int] == [146, 146, 1] }, "\(sheets)")
    try spoil(scratch)
    #expect(try read(scratch.path("run"), python).status == 1, "a wrong byte must be noticed")
  }

  private func spoil(_ scratch: Scratch) throws {
    let name = try #require(scratch.names("run").first { $0.contains("tfevents") })
    var bytes = try [UInt8](scratch.data("run/\(name)"))
    bytes[bytes.count / 2] ^= 1
    try Data(bytes).write(to: scratch.path("run/\(name)"))
  }

  @Test("A resumed run makes what was written beyond its checkpoint void")
  func resumed() throws {
    guard let python = Self.python else {
      return print("skipped: no .venv/bin/python, and no SWIFTGAN_PYTHON")
    }
    let scratch = try Scratch()
    try scratch.makeRun(.gan, "run", "--checkpoint-every", "5", "--log-every", "1")
    // As after a crash between two checkpoints.
    for step in ["000015", "000020"] {
      try FileManager.default.removeItem(at: scratch.path("run/checkpoints/\(step)"))
    }
    #expect(try scratch.gan("resume", "run", "--quiet").status == 0)
    let (status, events) = try read(scratch.path("run"), python)
    #expect(status == 0 && Set(events.compactMap { $0["file"] as? String }).count == 2)
    let starts = events.filter { $0["session"] as? Int == 1 }.map { $0["step"] as? Int }
    #expect(starts == [0, 11])
    // What a reader keeps that follows the marks.
    var kept: [Int] = []
    for event in events {
      let step = event["step"] as? Int ?? -1
      if event["session"] != nil { kept.removeAll { $0 >= step } }
      kept += values([event], "loss/D").map(\.step)
    }
    #expect(kept == Array(1...20))
  }
}
