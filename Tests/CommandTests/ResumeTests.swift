import Foundation
import Testing

@Suite("Resuming", .serialized)
struct ResumeTests {
  /// The final checkpoint's bytes and the losses of every step.
  private struct Result: Equatable {
    let files: [String: Data]
    let losses: [[String: Double]]

    init(_ scratch: Scratch, _ run: String, steps: Int) throws {
      let digits = String(steps)
      let folder = run + "/checkpoints/" + String(repeating: "0", count: 6 - digits.count) + digits
      let names = scratch.names(folder).filter { $0.hasSuffix(".safetensors") }
      files = Dictionary(
        uniqueKeysWithValues: try names.map { ($0, try scratch.data("\(folder)/\($0)")) })
      losses = try scratch.jsonLines("\(run)/metrics.jsonl").map { line in
        line.filter { $0.key.hasPrefix("loss/") || $0.key == "step" }.compactMapValues {
          ($0 as? NSNumber)?.doubleValue
        }
      }
    }
  }

  private static func arguments(_ system: TinySystem, _ run: String, steps: Int) -> [String] {
    system.training(run, steps: steps)
      + ["--log-every", "1", "--checkpoint-every", "7", "--sample-every", "50", "--quiet"]
  }

  private static func steps(_ system: TinySystem) -> Int { system == .dcgan ? 100 : 200 }

  /// An uninterrupted run.
  private func whole(_ scratch: Scratch, _ system: TinySystem) throws -> Result {
    try scratch.makePictures()
    let steps = Self.steps(system)
    let result = try scratch.gan(Self.arguments(system, "whole", steps: steps))
    #expect(result.status == 0, "\(result)")
    let whole = try Result(scratch, "whole", steps: steps)
    #expect(whole.files.count == ([.dcgan, .wganGP, .snGAN].contains(system) ? 3 : 4))
    #expect(whole.losses.count == steps)
    return whole
  }

  @Test("A terminated run goes on bit for bit", arguments: TinySystem.allCases)
  func terminated(system: TinySystem) throws {
    let scratch = try Scratch()
    let steps = Self.steps(system)
    let whole = try whole(scratch, system)
    let results = try scratch.interrupted(before: steps) {
      [try scratch.start(Self.arguments(system, "run", steps: steps))]
    }
    let stopped = try #require(results.first)
    #expect(stopped.status == 0 && !stopped.crashed && stopped.errors.isEmpty, "\(stopped)")
    let made = try #require(scratch.names("run/checkpoints").last)
    #expect(scratch.exists("run/samples/\(made).png"))
    let resumed = try scratch.gan("resume", "run", "--quiet")
    #expect(resumed.status == 0, "\(resumed)")
    #expect(try Result(scratch, "run", steps: steps) == whole)
  }

  @Test("A killed run goes on bit for bit", arguments: TinySystem.allCases)
  func killed(system: TinySystem) throws {
    let scratch = try Scratch()
    let steps = Self.steps(system)
    let whole = try whole(scratch, system)
    var process = try scratch.start(Self.arguments(system, "run", steps: steps))
    for part in 1...3 {
      scratch.waitForLog(lines: steps * part / 5, of: process)
      usleep(UInt32.random(in: 0..<20_000))
      process.send(SIGKILL)
      guard process.wait().crashed else { break }
      process = try scratch.start(["resume", "run", "--quiet"])
    }
    let last = process.wait()
    #expect(last.status == 0 && !last.crashed, "\(last)")
    #expect(try Result(scratch, "run", steps: steps) == whole)
    let leftovers = scratch.names("run/checkpoints") + scratch.names("run")
    #expect(leftovers.allSatisfy { !$0.hasPrefix(".writing") && !$0.contains(".tmp-") })
  }

  @Test("A prolonged run equals a longer one, also from amid a critic's cycle")
  func prolonged() throws {
    let scratch = try Scratch()
    let whole = try whole(scratch, .wganGP)
    #expect(try scratch.gan(Self.arguments(.wganGP, "run", steps: 21)).status == 0)
    #expect(try scratch.gan("resume", "run").failed(naming: ["21 steps", "--steps"]))
    #expect(try scratch.gan("resume", "run", "--steps", "20").failed(naming: ["--steps"]))
    #expect(try scratch.gan("resume", "run", "--steps", "200", "--quiet").status == 0)
    #expect(try Result(scratch, "run", steps: 200) == whole)
  }

  @Test("Other classes than the run's are refused by name, and config.json stays")
  func classes() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.cgan)
    let config = try scratch.data("run/config.json")
    let folder = scratch.path("pictures")
    func move(_ from: String, _ to: String) throws {
      try FileManager.default.moveItem(
        at: folder.appendingPathComponent(from), to: folder.appendingPathComponent(to))
    }
    func resumed() throws -> CommandResult {
      try scratch.gan("resume", "run", "--steps", "22", "--quiet")
    }
    try move("odd", "a_odd")
    let renamed = try resumed()
    #expect(renamed.failed(naming: ["'a_odd'", "one of even, odd"]), "\(renamed)")
    try move("a_odd", "odd")
    try scratch.makePictures("pictures/more", count: 2)
    let added = try resumed()
    #expect(added.failed(naming: ["'more'", "one of even, odd"]), "\(added)")
    try FileManager.default.removeItem(at: folder.appendingPathComponent("more"))
    try move("odd/1.png", "even/1.png")
    let moved = try resumed()
    #expect(moved.failed(naming: ["class 'even'", "16 images", "now 17"]), "\(moved)")
    try move("even/1.png", "odd/1.png")
    #expect(try scratch.data("run/config.json") == config)
    #expect(try resumed().status == 0)
  }

  @Test("A stopped run says how to go on")
  func lastWords() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let arguments = TinySystem.gan.training("my run", steps: 1_000_000) + ["--log-every", "1"]
    let process = try scratch.start(arguments)
    scratch.waitForLog(lines: 1, of: process, run: "my run")
    process.send(SIGINT)
    let result = process.wait()
    #expect(result.status == 0 && !result.crashed)
    #expect(result.output.hasSuffix("go on: gan resume 'my run'\n"), "\(result)")
  }
}
