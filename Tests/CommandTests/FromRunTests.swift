import Foundation
import Testing

/// `gan train NAME --from RUN`.
@Suite("Starting from another run")
struct FromRunTests {
  private func start(_ scratch: Scratch, _ run: String) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: scratch.data("\(run)/config.json"))
    return try #require((object as? [String: Any])?["start"] as? [String: Any])
  }

  /// Weights after steps at a rate that moves nothing.
  private func still(_ run: String) -> [String] {
    TinySystem.gan.training(run, steps: 2) + ["--set", "learningRate=1e-30", "--from", "run"]
  }

  private func weights(_ scratch: Scratch, _ run: String, _ step: Int, _ name: String) throws
    -> Data
  {
    let digits = String(step)
    let folder = String(repeating: "0", count: 6 - digits.count) + digits
    return try scratch.data("\(run)/checkpoints/\(folder)/\(name).safetensors")
  }

  @Test("All weights are taken, and the run says from where")
  func all() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    let result = try scratch.gan(still("new"))
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let told = "run at step 20: generator: 8 of 8; discriminator: 4 of 4\n"
    #expect(result.output.contains(told), "\(result)")
    #expect(
      try weights(scratch, "new", 2, "discriminator")
        == weights(scratch, "run", 20, "discriminator"))
    let start = try start(scratch, "new")
    #expect((start["run"] as? String)?.hasSuffix("/run") == true && start["step"] as? Int == 20)
    #expect((start["sha256"] as? String)?.count == 64)
    // Steps and optimizers are its own.
    let lines = try scratch.jsonLines("new/metrics.jsonl")
    #expect(lines.first?["step"] as? Int == 1)
  }

  @Test("A checkpoint of choice, and what fits of other networks")
  func some() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    let wider = try scratch.gan(
      TinySystem.gan.training("wide", steps: 1)
        + ["--set", "discriminatorWidths=16,8", "--from", "run", "--from-step", "18"])
    #expect(wider.status == 0, "\(wider)")
    #expect(wider.output.contains("at step 18: generator: 8 of 8; discriminator: 2 of 6, not "))
    #expect(wider.output.contains("3.weight (shape)"), "\(wider)")
    #expect(try start(scratch, "wide")["step"] as? Int == 18)
  }

  @Test("Nothing that fits, no such run, no such checkpoint: one line, and no folder")
  func refused() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    let other = TinySystem.dcgan.training("new", steps: 1) + ["--from", "run"]
    let nothing = try scratch.gan(other)
    #expect(nothing.failed(naming: ["--from", "generator", "by name and shape"]), "\(nothing)")
    let gone = try scratch.gan(TinySystem.gan.training("new", steps: 1) + ["--from", "typo"])
    #expect(gone.failed(naming: ["typo"]), "\(gone)")
    let step = try scratch.gan(still("new") + ["--from-step", "7"])
    #expect(step.failed(naming: ["16, 18, 20"]), "\(step)")
    let alone = try scratch.gan(TinySystem.gan.training("new", steps: 1) + ["--from-step", "7"])
    #expect(alone.failed(64, naming: ["--from-step", "--from"]), "\(alone)")
    #expect(!scratch.exists("new"))
  }

  @Test(
    "A run that has no checkpoint yet starts from the same weights again, or says that they are gone"
  )
  func again() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    #expect(try scratch.gan(still("new") + ["--quiet"]).status == 0)
    let first = try weights(scratch, "new", 2, "generator")
    try FileManager.default.removeItem(at: scratch.path("new/checkpoints"))
    #expect(try scratch.gan("resume", "new", "--quiet").status == 0)
    #expect(try weights(scratch, "new", 2, "generator") == first)
    try FileManager.default.removeItem(at: scratch.path("new/checkpoints"))
    try FileManager.default.removeItem(at: scratch.path("run"))
    try scratch.makeRun(.gan, "run", "--seed", "2")
    let changed = try scratch.gan("resume", "new")
    #expect(changed.failed(naming: ["no longer has the weights"]), "\(changed)")
  }
}
