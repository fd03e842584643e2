import Foundation
import Testing

@Suite("Warnings while training")
struct CollapseTests {
  private func distances(_ scratch: Scratch, _ run: String) throws -> [(step: Int, value: Double)] {
    try scratch.jsonLines("\(run)/metrics.jsonl").compactMap { line in
      guard let step = line["step"] as? Int, let value = line["sample_distance"] as? Double else {
        return nil
      }
      return (step, value)
    }
  }

  private func training(_ name: String, steps: Int) -> [String] {
    [
      "train", "gan", "--steps", "\(steps)", "--batch-size", "32", "--sample-every", "100",
      "--threads", "1", "--set", "generatorWidths=32,64", "--set", "discriminatorWidths=64",
      "--output", name,
    ]
  }

  /// Networks that hardly hear of their noise and do not learn, whatever the rounding of the machine.
  private let rigid = ["--set", "architecture=maxout", "--set", "learningRate=1e-7"]

  @Test("A run whose samples are all alike says so once; the numbers are in its log")
  func collapse() throws {
    let scratch = try Scratch()
    let result = try scratch.gan(training("run", steps: 700) + rigid)
    #expect(result.status == 0, "\(result)")
    let lines = result.errorLines.filter { $0.contains("collapse: samples are ") }
    #expect(lines.count == 1 && lines[0].contains("try "), "\(result.errors)")
    let found = try distances(scratch, "run")
    #expect(found.map(\.step) == Array(stride(from: 100, through: 700, by: 100)))
    #expect((found.last?.value ?? 1) < 0.2, "\(found)")
    let messages = try scratch.jsonLines("run/messages.jsonl")
    #expect(messages.count { ($0["text"] as? String)?.contains("collapse: ") == true } == 1)
    let silent = try scratch.gan(training("silent", steps: 700) + rigid + ["--quiet"])
    #expect(silent.status == 0 && silent.errors.isEmpty)
  }

  @Test("A healthy run says nothing, also of its first grey samples")
  func healthy() throws {
    let scratch = try Scratch()
    let result = try scratch.gan(training("run", steps: 600))
    #expect(result.status == 0 && !result.errors.contains("collapse"), "\(result)")
    let found = try distances(scratch, "run")
    #expect(found.count == 6 && (found.last?.value ?? 0) > 0.25, "\(found)")
  }

  @Test("Of classes each is looked at, so that ten rigid digits are a collapse")
  func classes() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let result = try scratch.gan(
      TinySystem.cgan.training("run", steps: 6) + ["--sample-every", "2"])
    #expect(result.status == 0, "\(result)")
    let found = try distances(scratch, "run")
    #expect(found.map(\.step) == [2, 4, 6] && found.allSatisfy { $0.value > 0 }, "\(found)")
  }

  @Test("Translations say how they go with their inputs, and resuming repeats the numbers")
  func translations() throws {
    let scratch = try Scratch()
    let train = [
      "train", "cyclegan", "--data", "pictures/even", "--data-b", "pictures/odd", "--size", "24",
      "--batch-size", "2", "--steps", "6", "--sample-every", "3", "--checkpoint-every", "3",
      "--log-every", "3", "--threads", "1", "--set", "blocks=1", "--set", "generatorWidth=4",
      "--set", "discriminatorWidth=4", "--set", "discriminatorLayers=1", "--output",
    ]
    try scratch.makePictures()
    let result = try scratch.gan(train + ["run"])
    #expect(result.status == 0, "\(result)")
    let line = try #require(try scratch.jsonLines("run/metrics.jsonl").last)
    for name in ["input_correlation_ab", "input_correlation_ba"] {
      let value = try #require(line[name] as? Double)
      #expect((-1...1).contains(value))
    }
    try FileManager.default.removeItem(at: scratch.path("run/checkpoints/000006"))
    #expect(try scratch.gan("resume", "run", "--quiet").status == 0)
    let again = try #require(try scratch.jsonLines("run/metrics.jsonl").last)
    for name in ["input_correlation_ab", "input_correlation_ba"] {
      #expect(again[name] as? Double == line[name] as? Double)
    }
  }

  @Test("A resumed run finds the same distances")
  func resumed() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let tiny = TinySystem.gan.training("whole", steps: 8) + ["--sample-every", "4"]
    #expect(try scratch.gan(tiny).status == 0)
    let parts = TinySystem.gan.training("parts", steps: 4) + ["--sample-every", "4"]
    #expect(try scratch.gan(parts).status == 0)
    #expect(try scratch.gan("resume", "parts", "--steps", "8", "--quiet").status == 0)
    let (a, b) = (try distances(scratch, "whole"), try distances(scratch, "parts"))
    #expect(a.map(\.step) == [4, 8] && a.map(\.value) == b.map(\.value), "\(a), \(b)")
  }
}
