import Foundation
import TestSupport
import Testing

@Suite("Two processes of one run", .serialized)
struct LaunchedTests {
  /// Starts the command twice, as a launcher does.
  private func launch(_ scratch: Scratch, _ arguments: [String]) throws -> [CommandProcess] {
    let port = try freePort()
    return try (0..<2).map { rank in
      try CommandProcess(
        arguments, in: scratch.url,
        environment: [
          "RANK": "\(rank)", "LOCAL_RANK": "\(rank)", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2",
          "MASTER_ADDR": "localhost", "MASTER_PORT": "\(port)",
        ])
    }
  }

  private func arguments(_ run: String, steps: Int = 60) -> [String] {
    TinySystem.dcgan.training(run, steps: steps)
      + ["--flip", "--log-every", "1", "--checkpoint-every", "7"]
  }

  private func weights(_ scratch: Scratch, _ run: String) throws -> [String: Data] {
    let folder = "\(run)/checkpoints/000060"
    let names = scratch.names(folder).filter { $0.hasSuffix(".safetensors") }
    return Dictionary(
      uniqueKeysWithValues: try names.map { ($0, try scratch.data("\(folder)/\($0)")) })
  }

  @Test("One of them writes the run, and one that was stopped goes on bit for bit")
  func resumes() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let results = try launch(scratch, arguments("whole")).map { $0.wait() }
    #expect(results.allSatisfy { $0.status == 0 && $0.errors.isEmpty }, "\(results)")
    #expect(results[0].output.contains("done: 60 steps") && results[1].output.isEmpty)
    let lines = try scratch.jsonLines("whole/metrics.jsonl")
    #expect(lines.map { $0["step"] as? Int } == Array(1...60))
    let config = try JSONSerialization.jsonObject(with: scratch.data("whole/config.json"))
    #expect((config as? [String: Any])?["processes"] as? Int == 2)
    let whole = try weights(scratch, "whole")
    #expect(
      whole.keys.sorted() == [
        "discriminator.safetensors", "generator.safetensors", "process-1.safetensors",
        "training.safetensors",
      ])

    // Whichever a launcher tells, all of them stop.
    let stopped = try scratch.interrupted(before: 60) { try launch(scratch, arguments("run")) }
    #expect(stopped.map(\.status) == [0, 0], "\(stopped)")
    #expect(try launch(scratch, ["resume", "run", "--quiet"]).map { $0.wait().status } == [0, 0])
    #expect(try weights(scratch, "run") == whole)
  }

  @Test("What is done once, the first of them does")
  func once() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    let results = try launch(scratch, ["list"]).map { $0.wait() }
    #expect(results.map(\.status) == [0, 0], "\(results)")
    #expect(results.map { $0.output.contains("dcgan") } == [true, false])
    #expect(results[1].output.isEmpty && results[1].errors.isEmpty)
    let drawn = try launch(scratch, ["sample", "run", "--output", "x.png"]).map { $0.wait() }
    #expect(drawn.map(\.status) == [0, 0], "\(drawn)")
    #expect(scratch.exists("x.png"))
  }

  @Test("Where one is killed, the other ends with one line, and one alone can go on")
  func killed() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let processes = try launch(scratch, arguments("run", steps: 5000))
    scratch.waitForLog(lines: 16, of: processes[0])
    processes[1].send(SIGKILL)
    let start = ContinuousClock.now
    let left = processes[0].wait()
    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(left.failed(naming: ["process 0 of 2 has lost the others"]), "\(left)")
    #expect(processes[1].wait().crashed)
    let made = try #require(scratch.names("run/checkpoints").last.flatMap { Int($0) })
    let resumed = try scratch.gan("resume", "run", "--steps", "\(made + 3)")
    #expect(resumed.status == 0, "\(resumed)")
    #expect(
      resumed.output.contains("processes 2 -> 1: from step \(made) on this run is no longer"),
      "\(resumed)")
  }

  @Test("Which number format is faster each measures for itself, and all take the same")
  func precision() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let options = ["--precision", "auto", "--sync-batch-norm"]
    let results = try launch(scratch, arguments("run", steps: 2) + options).map { $0.wait() }
    #expect(results.allSatisfy { $0.status == 0 && $0.errors.isEmpty }, "\(results)")
    let config = try JSONSerialization.jsonObject(with: scratch.data("run/config.json"))
    let precision = (config as? [String: Any])?["precision"] as? String
    #expect(["float32", "bfloat16"].contains(precision))
  }

  @Test("What they cannot share is refused in a line before anything is written")
  func refusals() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    for result in try launch(scratch, arguments("run") + ["--batch-size", "9"]).map({ $0.wait() }) {
      #expect(result.failed(naming: ["--batch-size", "9", "a multiple of 2"]), "\(result)")
    }
    let alone = try CommandProcess(
      arguments("run"), in: scratch.url, environment: ["WORLD_SIZE": "2"]
    ).wait()
    #expect(alone.failed(naming: ["RANK"]), "\(alone)")
    #expect(!scratch.exists("run"))
  }
}
