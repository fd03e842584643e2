import Foundation
import Testing

@Suite("The doctor")
struct DoctorTests {
  private struct Report: Decodable {
    let facts: Facts
    let problems: [[String: String]]
  }

  private struct Facts: Decodable {
    let version: String
    let libtorch: String
    let libtorchFolder: String
    let devices: [String]
    let vectorInstructions: [String]
    let cores: Int
    let threads: Int
    let hasBFloat16: Bool
    let memoryBytes: Int
    let freeDiskBytes: Int
    let runs: String
    let stepsPerSecond: Double?
    let testSteps: Int?
    let demoSteps: Int?
    let demoMinutes: Double?
  }

  private func report(_ result: CommandResult) throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
  }

  @Test("It says what there is, trains for some seconds and leaves nothing behind")
  func facts() throws {
    let scratch = try Scratch()
    let temporary = scratch.path("temporary")
    try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
    let start = ContinuousClock.now
    let result = try CommandProcess(
      ["doctor", "--json"], in: scratch.url, environment: ["TMPDIR": temporary.path]
    ).wait()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    #expect(result.errors.isEmpty, "\(result)")
    let found = try report(result)
    #expect(result.status == (found.problems.isEmpty ? 0 : 1), "\(found.problems)")
    let facts = found.facts
    #expect(try facts.version + "\n" == scratch.gan("--version").output)
    #expect(facts.libtorch.hasPrefix("2.") && !facts.libtorchFolder.isEmpty)
    #expect(facts.devices.first == "cpu" && facts.cores > 0)
    #expect((1...facts.cores).contains(facts.threads))
    #expect(facts.memoryBytes > 100_000_000 && facts.freeDiskBytes > 0)
    #expect(facts.runs == scratch.path("runs").path)
    let rate = try #require(facts.stepsPerSecond)
    let steps = try #require(facts.testSteps)
    // A debug build on busy cores makes few; the rate is that of the seconds in which it trained.
    #expect(steps >= 1 && rate > 0 && Double(steps) <= rate * seconds + 6, "\(rate), \(steps)")
    #expect(scratch.names("temporary").filter { $0.hasPrefix("gan-doctor") }.isEmpty)
    #expect(scratch.names("") == ["temporary"])
  }

  @Test("What it says of the demonstration is what the demonstration does")
  func demonstration() throws {
    let scratch = try Scratch()
    let facts = try report(scratch.gan("doctor", "--json")).facts
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let demo = try String(
      contentsOf: root.appendingPathComponent("Scripts/demo"), encoding: .utf8)
    let steps = try #require(facts.demoSteps)
    let minutes = try #require(facts.demoMinutes)
    #expect(
      demo.contains(
        "train dcgan --preset small --data mnist --steps \(steps) --minutes \(Int(minutes)) ")
    )
  }

  @Test("Lines for people, without the training where it is not wanted")
  func lines() throws {
    let scratch = try Scratch()
    let result = try scratch.gan("doctor", "--skip-speed")
    for name in ["gan ", "LibTorch ", "devices ", "processor ", "memory ", "bfloat16 ", "ffmpeg "] {
      #expect(result.output.contains("\n\(name)") || result.output.hasPrefix(name), "\(name)")
    }
    #expect(!result.output.contains("steps/s"))
    let last = result.output.split(separator: "\n").last ?? ""
    #expect(result.status == 0 ? last == "all is well" : last.hasPrefix("problem: "), "\(result)")
  }

  @Test("A place without room is a problem with a line and the exit status 1")
  func noRoom() throws {
    #if os(Linux)
      let place = URL(fileURLWithPath: "/proc")
      let result = try CommandProcess(["doctor", "--skip-speed"], in: place).wait()
      let problems = result.output.split(separator: "\n").filter { $0.hasPrefix("problem: ") }
      #expect(result.status == 1 && result.errors.isEmpty, "\(result)")
      #expect(
        problems.contains { $0.contains("/proc/runs: only 0.0 GB") && $0.contains("--keep 1") },
        "\(result)")
      #expect(!result.output.contains("all is well"))
    #endif
  }
}
