import Foundation
import Testing

/// What `gan resume` goes on with that a run did not begin with.
@Suite("Changing a run")
struct ChangedRunTests {
  private func config(_ scratch: Scratch, _ run: String = "run") throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: scratch.data("\(run)/config.json"))
    return try #require(object as? [String: Any])
  }

  private func history(_ scratch: Scratch, _ run: String = "run") throws -> [[String: Any]] {
    try config(scratch, run)["history"] as? [[String: Any]] ?? []
  }

  private func weights(_ scratch: Scratch, _ run: String, _ step: Int) throws -> Data {
    let digits = String(step)
    let name = String(repeating: "0", count: 6 - digits.count) + digits
    return try scratch.data("\(run)/checkpoints/\(name)/generator.safetensors")
  }

  @Test("A rate may change: told, kept, and earlier checkpoints stay open")
  func rate() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    try scratch.makeRun(.gan, "plain")
    let result = try scratch.gan(
      "resume", "run", "--steps", "24", "--set", "learningRate=0.001", "--checkpoint-every", "1")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let told =
      "learningRate 0.0002 -> 0.001: from step 20 on this run is no longer that of its first"
    #expect(result.output.contains(told), "\(result)")
    #expect(result.output.contains("intervals.checkpoints 2 -> 1: weights do not depend on it\n"))
    #expect(try scratch.gan("resume", "plain", "--steps", "24", "--quiet").status == 0)
    #expect(try weights(scratch, "run", 24) != weights(scratch, "plain", 24))
    let fields = try history(scratch).map { $0["field"] as? String }
    #expect(fields == ["learningRate", "intervals.checkpoints", "length"])
    #expect(try history(scratch).allSatisfy { $0["step"] as? Int == 20 })
    let values = try #require(config(scratch)["config"] as? [String: Any])
    #expect(values["learningRate"] as? Double == 0.001)
    // Once more, from a checkpoint of the new rate; nothing is told that did not change.
    let again = try scratch.gan("resume", "run", "--steps", "25", "--set", "learningRate=0.001")
    #expect(again.status == 0 && !again.output.contains("learningRate"), "\(again)")
    for step in ["23", "24", "25"] {
      let drawn = try scratch.gan("sample", "run", "--step", step, "--output", "x.png")
      #expect(drawn.status == 0, "\(drawn)")
    }
  }

  @Test("A checkpoint from before a change is gone on from, and the change holds from there")
  func earlier() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    let change = ["resume", "run", "--steps", "24", "--quiet", "--set", "learningRate=0.001"]
    #expect(try scratch.gan(change).status == 0)
    for step in ["000020", "000022", "000024"] {
      try FileManager.default.removeItem(at: scratch.path("run/checkpoints/\(step)"))
    }
    let names = scratch.names("run/checkpoints")
    try #require(names.isEmpty || names == ["000018"], "\(names)")
    let result = try scratch.gan("resume", "run", "--quiet")
    #expect(result.status == 0, "\(result)")
    let start = names.isEmpty ? 0 : 18
    #expect(try history(scratch).allSatisfy { $0["step"] as? Int == start })
    #expect(try scratch.gan("sample", "run", "--step", "24", "--output", "x.png").status == 0)
  }

  @Test("An average may begin amid a run, from the weights there are, and may end")
  func average() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.dcgan)
    let begun = try scratch.gan("resume", "run", "--steps", "22", "--quiet", "--set", "ema=0.9")
    #expect(begun.status == 0, "\(begun)")
    #expect(scratch.exists("run/checkpoints/000022/generator_ema.safetensors"))
    let ended = try scratch.gan("resume", "run", "--steps", "24", "--quiet", "--set", "ema=0")
    #expect(ended.status == 0, "\(ended)")
    #expect(!scratch.exists("run/checkpoints/000024/generator_ema.safetensors"))
    for step in ["20", "22", "24"] {
      #expect(
        try scratch.gan("sample", "run", "--step", step, "--output", "\(step).npy").status == 0)
    }
  }

  @Test("What networks are made of stays, and the line names what may change")
  func fixedFields() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    let before = try scratch.data("run/config.json")
    for (setting, words) in [
      ("latentSize=50", ["latentSize", "learningRate, beta1, realLabel, ema"]),
      ("learningRat=1", ["learningRat", "did you mean 'learningRate'?"]),
      ("learningRate=-1", ["learningRate", "-1"]),
    ] {
      let result = try scratch.gan("resume", "run", "--steps", "24", "--set", setting)
      #expect(result.failed(naming: words), "\(result)")
    }
    let small = try scratch.gan("resume", "run", "--steps", "24", "--batch-size", "1")
    #expect(small.failed(naming: ["batch size", "at least 2"]), "\(small)")
    #expect(try scratch.data("run/config.json") == before)
  }

  @Test("Another batch size: epochs go on from where they were")
  func batchSize() throws {
    let scratch = try Scratch()
    try scratch.makeRun()  // 20 steps of 8 of 32 images: 5 epochs.
    let result = try scratch.gan(
      "resume", "run", "--epochs", "7", "--batch-size", "16", "--log-every", "1")
    #expect(result.status == 0, "\(result)")
    #expect(result.output.contains("batchSize 8 -> 16: from step 20 on"), "\(result)")
    let last = try #require(scratch.jsonLines("run/metrics.jsonl").last)
    #expect(last["step"] as? Int == 24 && last["epoch"] as? Double == 7)
    let done = try scratch.gan("resume", "run")
    #expect(done.failed(naming: ["7 epochs (24 steps)", "--epochs", "--minutes"]), "\(done)")
    let fewer = try scratch.gan("resume", "run", "--epochs", "7")
    #expect(fewer.failed(naming: ["--epochs", "more than the 7.0 made"]), "\(fewer)")
  }

  @Test("A run of epochs keeps them when its batches change")
  func keptEpochs() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let process = [
      "train", "gan", "--data", "pictures", "--epochs", "6", "--batch-size", "8", "--threads", "1",
      "--minutes", "0.000001", "--quiet", "--output", "run", "--set", "generatorWidths=16,16",
    ]
    #expect(try scratch.gan(process).status == 0)
    #expect(try config(scratch)["steps"] as? Int == 24)
    let result = try scratch.gan("resume", "run", "--batch-size", "32", "--quiet")
    #expect(result.status == 0, "\(result)")
    // One step of 4 was made; 5.75 passes of one step each are left.
    #expect(try config(scratch)["steps"] as? Int == 7)
    #expect(try config(scratch)["length"] as? [String: Int] == ["epochs": 6])
  }

  @Test("Data that has moved is found again; other images only where that is said")
  func moved() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    let move = ["resume", "run", "--steps", "22", "--data", "elsewhere"]
    try FileManager.default.moveItem(at: scratch.path("pictures"), to: scratch.path("elsewhere"))
    let lost = try scratch.gan("resume", "run", "--steps", "22")
    #expect(lost.failed(naming: ["pictures", "--data"]), "\(lost)")
    let found = try scratch.gan(move)
    #expect(found.status == 0, "\(found)")
    let told = "elsewhere: as many images; the run stays equal as far as they are the same\n"
    #expect(found.output.contains(told), "\(found)")
    let data = try #require(config(scratch)["data"] as? [String: Any])
    #expect((data["source"] as? String)?.hasSuffix("/elsewhere") == true)
    // A plain run of the same length is the same, bit for bit.
    try scratch.makeRun(.gan, "plain")
    #expect(try scratch.gan("resume", "plain", "--steps", "22", "--quiet").status == 0)
    #expect(try weights(scratch, "run", 22) == weights(scratch, "plain", 22))

    try FileManager.default.removeItem(at: scratch.path("elsewhere/odd/1.png"))
    let fewer = ["resume", "run", "--steps", "26"]
    let refused = try scratch.gan(fewer)
    #expect(refused.failed(naming: ["32 images", "31", "--allow-other-images"]), "\(refused)")
    let allowed = try scratch.gan(fewer + ["--allow-other-images"])
    #expect(allowed.status == 0, "\(allowed)")
    #expect(allowed.output.contains("data.count 32 -> 31: from step 22 on"), "\(allowed)")
    #expect(try scratch.gan("resume", "run", "--steps", "27", "--quiet").status == 0)
  }

  @Test("Classes of other names are others")
  func renamedClass() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.cgan)
    try FileManager.default.moveItem(
      at: scratch.path("pictures/odd"), to: scratch.path("pictures/a_odd"))
    let result = try scratch.gan("resume", "run", "--steps", "22")
    #expect(result.failed(naming: ["even, odd", "a_odd"]), "\(result)")
    let data = try #require(config(scratch)["data"] as? [String: Any])
    #expect(data["classNames"] as? [String] == ["even", "odd"])
  }

  @Test("A run of minutes is done when they are used up, and is prolonged by more")
  func minutes() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let train = [
      "train", "gan", "--data", "pictures", "--minutes", "0.001", "--batch-size", "8",
      "--threads", "1", "--quiet", "--output", "run", "--set", "generatorWidths=16,16",
    ]
    #expect(try scratch.gan(train).status == 0)
    #expect(try config(scratch)["length"] as? [String: Double] == ["minutes": 0.001])
    let done = try scratch.gan("resume", "run")
    #expect(
      done.failed(naming: ["minutes are used up", "steps are made", "--steps", "--minutes"]),
      "\(done)")
    let more = try scratch.gan("resume", "run", "--minutes", "0.002")
    #expect(more.status == 0 && more.output.contains("done: "), "\(more)")
    let length = try #require(config(scratch)["length"] as? [String: Double])
    #expect(try #require(length["minutes"]) > 0.003)
    #expect(try scratch.gan("resume", "run").failed(naming: ["minutes are used up"]))
    let made = try #require(scratch.jsonLines("run/metrics.jsonl").last?["step"] as? Int)
    let steps = try scratch.gan("resume", "run", "--steps", "\(made + 2)", "--quiet")
    #expect(steps.status == 0, "\(steps)")
    #expect(try scratch.gan("resume", "run").failed(naming: ["\(made + 2) steps", "--minutes"]))
    let other = try scratch.gan("resume", "run", "--minutes", "0.001", "--quiet")
    #expect(other.status == 0, "\(other)")
  }

  @Test("A schedule that has begun is stretched over a longer run, and told; else nothing changes")
  func schedule() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    func train(_ run: String, _ steps: Int, decay: String) throws {
      let arguments =
        TinySystem.wganGP.training(run, steps: steps)
        + ["--quiet", "--checkpoint-every", "1", "--keep", "20"]
        + ["--set", "criticSteps=1", "--set", "decayStart=\(decay)"]
      let result = try scratch.gan(arguments)
      #expect(result.status == 0, "\(result)")
    }
    // It has fallen to 0 at step 8; over 16 steps it is half of 0.0005 there.
    try train("ended", 8, decay: "0")
    let stretched = try scratch.gan("resume", "ended", "--steps", "16")
    #expect(stretched.status == 0, "\(stretched)")
    for player in ["generator", "discriminator"] {
      let told = "rate of \(player)_optimizer 0 -> 0.00025: from step 8 on"
      #expect(stretched.output.contains(told), "\(stretched)")
    }
    #expect(stretched.output.contains("length 8 steps -> 16 steps: from step 8 on"))
    for step in 9...16 {
      #expect(try weights(scratch, "ended", step) != weights(scratch, "ended", step - 1), "\(step)")
    }
    try train("short", 12, decay: "1")
    try train("begun", 12, decay: "0.5")
    let begun = try scratch.gan("resume", "begun", "--steps", "24")
    #expect(begun.output.contains("rate of generator_optimizer"), "\(begun)")
    let constant = try scratch.gan("resume", "short", "--steps", "24")
    let equal =
      "length 12 steps -> 24 steps: the run equals one of this length from its beginning\n"
    #expect(constant.output.contains(equal) && !constant.output.contains("rate of"), "\(constant)")
  }

  @Test("A schedule that has not begun moves with the end: the run equals a longer one")
  func laterSchedule() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let settings = ["--set", "criticSteps=1", "--set", "decayStart=0.75", "--quiet"]
    let stopped =
      TinySystem.wganGP.training("run", steps: 16) + settings
      + ["--minutes", "0.0000001"]
    #expect(try scratch.gan(stopped).status == 0)
    let longer = try scratch.gan("resume", "run", "--steps", "24")
    #expect(longer.output.contains("the run equals one of this length"), "\(longer)")
    #expect(try scratch.gan(TinySystem.wganGP.training("whole", steps: 24) + settings).status == 0)
    #expect(try weights(scratch, "run", 24) == weights(scratch, "whole", 24))
  }
}
