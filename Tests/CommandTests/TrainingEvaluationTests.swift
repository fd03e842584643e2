import Foundation
import Testing

@Suite("Evaluation during training", .serialized)
struct TrainingEvaluationTests {
  /// Options that evaluate on the tiny pictures every three steps.
  static let options = [
    "--evaluate-every", "3", "--evaluate-metric", "kid", "--evaluate-count", "32",
    "--checkpoint-every", "7", "--log-every", "5", "--keep", "1", "--quiet",
  ]
  private static let name = "kid[digits]"

  private func train(
    _ scratch: Scratch, _ system: TinySystem = .gan, _ run: String = "run", steps: Int = 20
  ) throws {
    if !scratch.exists("pictures") { try scratch.makePictures() }
    let result = try scratch.gan(system.training(run, steps: steps) + Self.options)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
  }

  /// The evaluated steps with their figures, as the log has them.
  private func figures(_ scratch: Scratch, _ run: String = "run") throws -> [Int: Double] {
    let lines = try scratch.jsonLines("\(run)/metrics.jsonl").compactMap { line in
      (line["step"] as? Int).flatMap { step in
        (line[Self.name] as? NSNumber).map { (step, $0.doubleValue) }
      }
    }
    return Dictionary(uniqueKeysWithValues: lines)
  }

  /// The step with the smallest figure, the first one of equals.
  private func best(_ figures: [Int: Double]) throws -> Int {
    try #require(figures.min { ($0.value, $0.key) < ($1.value, $1.key) }).key
  }

  private func step(_ number: Int) -> String { String(format: "%06d", number) }

  @Test("Weights are the same, bit for bit, with and without it", arguments: TinySystem.allCases)
  func undisturbed(system: TinySystem) throws {
    let scratch = try Scratch()
    try train(scratch, system)
    try scratch.makeRun(system, "plain")
    let folder = "checkpoints/000020"
    let files = scratch.names("run/\(folder)").filter { $0.hasSuffix(".safetensors") }
    let plain = scratch.names("plain/\(folder)").filter { $0 != "state.json" }
    #expect(files.count >= 3 && files == plain)
    for file in files {
      let (a, b) = ("run/\(folder)/\(file)", "plain/\(folder)/\(file)")
      #expect(try scratch.data(a) == scratch.data(b), "\(file)")
    }
    #expect(try figures(scratch).count == 7)
  }

  static let translators: [(system: String, metric: String)] = [
    ("pix2pix", "ssim"), ("cyclegan", "kid-full[digits]"),
  ]

  @Test(
    "Systems that translate are measured and ranked, and train the same", arguments: translators)
  func translating(system: String, metric: String) throws {
    let scratch = try Scratch()
    let widths = system == "pix2pix" ? "generatorWidths=8,8" : "generatorWidth=4"
    let line =
      ["train", system, "--size", "28", "--steps", "4", "--batch-size", "2", "--threads", "1"]
      + ["--set", widths, "--set", "discriminatorWidth=4", "--quiet", "--output"]
    let plain = try scratch.gan(line + ["plain"])
    let measured = try scratch.gan(
      line + ["run", "--evaluate-every", "2", "--evaluate-count", "40", "--log-every", "2"])
    #expect(plain.status == 0 && measured.status == 0 && measured.errors.isEmpty, "\(measured)")
    let folder = "checkpoints/000004"
    let files = scratch.names("plain/\(folder)").filter { $0 != "state.json" }
    #expect(files.count >= 3)
    for file in files {
      let (a, b) = ("run/\(folder)/\(file)", "plain/\(folder)/\(file)")
      #expect(try scratch.data(a) == scratch.data(b), "\(file)")
    }
    let state = try JSONSerialization.jsonObject(with: scratch.data("run/\(folder)/state.json"))
    let figure = try #require((state as? [String: Any])?["figure"] as? [String: Any])
    #expect(figure["name"] as? String == metric)
    #expect(figure["better"] as? String == (metric == "ssim" ? "larger" : "smaller"))
    let logged = try scratch.jsonLines("run/metrics.jsonl").compactMap { line in
      line.first { $0.key.hasSuffix("/\(metric)") || $0.key == metric }
    }
    #expect(logged.count == 2)
    #expect(scratch.exists("run/checkpoints/best/state.json"))
    let curves = try scratch.gan("analyze", "curves", "run", "--output", "x.svg", "--json")
    #expect(curves.output.contains("\(metric)\""), "\(curves)")
  }

  @Test("The best checkpoint survives, is named, and is the one that `best` opens")
  func best() throws {
    let scratch = try Scratch()
    try train(scratch)
    let figures = try figures(scratch)
    #expect(figures.keys.sorted() == [3, 6, 9, 12, 15, 18, 20])
    let best = try best(figures)
    #expect(Set(scratch.names("run/checkpoints")) == [step(best), step(20), "best"])
    #expect(
      try FileManager.default.destinationOfSymbolicLink(
        atPath: scratch.path("run/checkpoints/best").path) == step(best))
    for (choice, name) in [("best", "a.npy"), ("\(best)", "b.npy"), ("newest", "c.npy")] {
      let result = try scratch.gan("sample", "run", "--step", choice, "--output", name)
      #expect(result.status == 0, "\(result)")
    }
    #expect(try scratch.data("a.npy") == scratch.data("b.npy"))
    #expect((try scratch.data("a.npy") == scratch.data("c.npy")) == (best == 20))
  }

  @Test("Figures are those of `gan evaluate`, and stand in every record")
  func figures() throws {
    let scratch = try Scratch()
    try train(scratch)
    let known = try figures(scratch)
    let best = try best(known)
    let evaluated = try scratch.gan(
      "evaluate", "run", "--step", "best", "--count", "32", "--metrics", "kid", "--split", "train",
      "--json")
    let found = try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8))
    let fields = try #require(found as? [String: Any], "\(evaluated)")
    #expect(fields["step"] as? Int == best)
    let results = try #require(fields["results"] as? [[String: Any]])
    let result = results.first { $0["name"] as? String == Self.name }
    let value = try #require(result?["value"] as? Double)
    #expect(abs(value - (known[best] ?? .nan)) <= abs(value) * 1e-6)
    let lines = try scratch.jsonLines("run/evaluation.jsonl")
    #expect(lines.map { $0["step"] as? Int } == known.keys.sorted() + [best])
    let training = lines.map { $0["training"] as? Bool ?? false }
    #expect(training == known.keys.map { _ in true } + [false])
    for line in try scratch.jsonLines("run/metrics.jsonl") where line[Self.name] != nil {
      let share = try #require(line["evaluation_share"] as? Double)
      #expect(share > 0 && share < 1 && line["loss/D"] != nil && line["evaluation_seconds"] != nil)
    }
    let curves = try scratch.gan("analyze", "curves", "run", "--output", "x.svg", "--json")
    #expect(curves.output.contains("\"metric\" : \"\(Self.name)\""), "\(curves)")
    #expect(!curves.output.contains("evaluation_share"))
  }

  @Test("Progress tells figures, the best checkpoint and the time it takes")
  func progress() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let arguments =
      TinySystem.gan.training("run", steps: 12) + Self.options.filter { $0 != "--quiet" }
    let events = try parsedLines(scratch.gan(arguments + ["--json"]).output)
    let evaluations = events.compactMap { $0["evaluation"] as? [String: Any] }
    #expect(evaluations.count == 5, "the start's settings and one in three steps")
    let last = try #require(evaluations.last)
    #expect((last["figures"] as? [String: Double])?[Self.name] != nil)
    let best = try #require(events.last?["best"] as? [String: Any])
    #expect(best["step"] as? Int == (last["best"] as? [String: Any])?["step"] as? Int)
    let text = try scratch.gan("resume", "run", "--steps", "24").output
    #expect(text.contains("kid of 32 every 3 steps") && text.contains("% of time)"), "\(text)")
    #expect(text.contains("best \(Self.name) ") && text.contains("(--step best)"))
  }

  @Test("A killed run finds the same figures and the same best checkpoint")
  func killed() throws {
    let scratch = try Scratch()
    try train(scratch, .dcgan, "whole", steps: 60)
    for delay in [3, 11, 24] {
      try? FileManager.default.removeItem(at: scratch.path("run"))
      let process = try scratch.start(TinySystem.dcgan.training("run", steps: 60) + Self.options)
      while process.isRunning, lines(scratch, "run/evaluation.jsonl") < delay / 3 { usleep(500) }
      usleep(UInt32(delay) * 1000)
      process.send(SIGKILL)
      _ = process.wait()
      let resumed = try scratch.gan("resume", "run", "--quiet")
      #expect(resumed.status == 0 || resumed.failed(naming: ["all 60 steps"]), "\(resumed)")
      #expect(try figures(scratch) == figures(scratch, "whole"))
      #expect(scratch.names("run/checkpoints") == scratch.names("whole/checkpoints"))
      let steps = try scratch.jsonLines("run/evaluation.jsonl").map { $0["step"] as? Int }
      #expect(steps == (1...20).map { 3 * $0 })
    }
  }

  private func lines(_ scratch: Scratch, _ name: String) -> Int {
    let data = (try? scratch.data(name)) ?? Data()
    return data.count { $0 == UInt8(ascii: "\n") }
  }

  @Test("Resuming goes on with the settings, or changes them, or begins to evaluate")
  func resumed() throws {
    let scratch = try Scratch()
    try train(scratch, steps: 6)
    #expect(try scratch.gan("resume", "run", "--steps", "12", "--quiet").status == 0)
    #expect(try figures(scratch).keys.sorted() == [3, 6, 9, 12])
    let changed = try scratch.gan(
      "resume", "run", "--steps", "16", "--evaluate-every", "2", "--quiet")
    #expect(changed.status == 0, "\(changed)")
    #expect(try figures(scratch).keys.sorted() == [3, 6, 9, 12, 14, 16])
    try scratch.makeRun(.gan, "plain")
    let config = try String(decoding: scratch.data("plain/config.json"), as: UTF8.self)
    #expect(!config.contains("evaluation"), "a configuration without it is as it always was")
    #expect(
      try scratch.gan("sample", "plain", "--step", "best", "--output", "x.png")
        .failed(naming: ["--step", "evaluated in training"]))
    let begun = try scratch.gan(
      ["resume", "plain", "--steps", "23", "--quiet"] + Self.options.prefix(6))
    #expect(begun.status == 0, "\(begun)")
    #expect(try figures(scratch, "plain").keys.sorted() == [21, 23])
  }

  static let mistakes = [
    BadCommand("train gan --evaluate-metric fid", "--evaluate-every", "--evaluate-metric"),
    BadCommand("train gan --evaluate-every 0", "--evaluate-every", "0"),
    BadCommand("train gan --evaluate-every 5 --evaluate-metric fdi", "did you mean 'fid'?"),
    BadCommand(
      "train gan --evaluate-every 5 --evaluate-metric fid --evaluate-count 50", "--evaluate-metric",
      "fid of 50", "129"),
    BadCommand(
      "train gan --data pictures --batch-size 8 --evaluate-every 5 --evaluate-metric fid",
      "--evaluate-metric", "32 samples"),
    BadCommand(
      "train gan --evaluate-every 5 --evaluate-metric ssim", "--evaluate-metric", "'ssim'",
      "no pairs"),
    BadCommand(
      "train cyclegan --size 28 --batch-size 4 --evaluate-every 5 --evaluate-metric l1",
      "--evaluate-metric", "'l1'", "no pairs"),
    BadCommand(
      "train pix2pix --size 28 --batch-size 4 --evaluate-every 5 --evaluate-metric cycle-error",
      "--evaluate-metric", "no way back"),
    BadCommand(
      "train pix2pix --size 28 --batch-size 4 --evaluate-every 5 --evaluate-metric fid "
        + "--evaluate-count 50", "--evaluate-metric", "fid of 50", "129"),
    BadCommand("train gan --evaluate-every 5 --evaluate-count 0", "--evaluate-count"),
    BadCommand("train gan --evaluate-every 5 --evaluate-count 9999999", "--evaluate-count"),
    BadCommand(
      "train gan --data pictures --batch-size 8 --evaluate-every 5 --channels 3 "
        + "--evaluate-features digits", "--evaluate-features", "grey"),
    BadCommand(
      "train gan --data pictures --batch-size 8 --evaluate-every 5 --size 128 --evaluate-features "
        + "digits", "--evaluate-features", "64x64"),
    BadCommand("train gan --evaluate-every 5 --evaluate-features none.safetensors", "none.safe"),
    BadCommand("train gan --data ring --evaluate-every 5", "--evaluate-every", "points"),
    BadCommand("train classifier --evaluate-every 5", "--evaluate-every", "'classifier'"),
    BadCommand("train gan --evaluate-every 5 --evaluate-metric intra-fid", "intra-fid", "labels"),
    BadCommand("train gan --evaluate-every x", "--evaluate-every", status: 64),
    BadCommand("sample none --step worst --output x.png", "--step", status: 64),
  ]

  @Test("What cannot be measured is said before training starts", arguments: mistakes)
  func wrongOptions(command: BadCommand) throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let result = try scratch.gan(command.arguments)
    #expect(result.failed(command.status, naming: command.words), "\(result)")
    #expect(scratch.names("") == ["pictures"])
  }

  @Test("A wrong option of resume changes nothing")
  func wrongResume() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    let before = try scratch.data("run/config.json")
    let result = try scratch.gan("resume", "run", "--steps", "30", "--evaluate-every", "0")
    #expect(result.failed(naming: ["--evaluate-every"]), "\(result)")
    #expect(try scratch.data("run/config.json") == before)
  }
}
