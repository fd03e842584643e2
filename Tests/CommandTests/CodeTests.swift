import Foundation
import GANData
import Testing

@Suite("Codes and few labels")
struct CodeTests {
  private let infogan = [
    "infogan", "--set", "width=4", "--set", "features=16", "--set", "recognitionWidth=8", "--set",
    "noiseSize=4",
  ]

  private func train(_ scratch: Scratch, _ arguments: [String], steps: Int = 3) throws {
    if !scratch.exists("pictures") { try scratch.makePictures() }
    let result = try scratch.gan(
      ["train"] + arguments
        + ["--steps", "\(steps)", "--batch-size", "8", "--threads", "1", "--quiet"]
        + ["--output", "run"])
    #expect(result.status == 0, "\(result)")
  }

  @Test("A sweep has rows of one noise each; a set code is the same everywhere")
  func sweep() throws {
    let scratch = try Scratch()
    // Long enough for the running statistics to follow the batches'.
    let settings = ["--data", "pictures", "--set", "categorical=3", "--set", "generatorRate=0.01"]
    try train(scratch, infogan + settings, steps: 40)
    func drawn(_ arguments: String...) throws -> NPYFile {
      let result = try scratch.gan(["sample", "run", "--output", "x.npy"] + arguments)
      #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
      return try NPYFile(readingFrom: scratch.path("x.npy").path)
    }
    let categories = try drawn("--codes", "c1=0...2", "c2=0.5", "--count", "4")
    #expect(categories.shape == [12, 16, 16, 1])
    // The first column is what the same noise gives with the code set to the first category.
    let first = try drawn("--codes", "c1=0", "c2=0.5", "--count", "4")
    for row in 0..<4 {
      #expect(
        categories.bytes[row * 768..<row * 768 + 256] == first.bytes[row * 256..<(row + 1) * 256])
    }
    #expect(categories.bytes[0..<256] != categories.bytes[256..<512])
    #expect(try drawn("--codes", "c3=-2...2", "--columns", "5", "--count", "2").shape[0] == 10)
    #expect(try drawn("--codes", "c3=-1...1").shape[0] == 8 * 11)
    #expect(
      try scratch.gan("sample", "run", "--codes", "c1=1...2", "--output", "x.png").status == 0)
    let picture = try DecodedImage(decoding: Array(scratch.data("x.png")), name: "x.png")
    #expect(picture.width < picture.height)
    // As an animation it begins with the range's first value.
    let range = ["sample", "run", "--count", "2", "--columns", "5", "--output"]
    try scratch.gan(range + ["x.apng", "--codes", "c2=-1...1"])
    try scratch.gan(range + ["first.png", "--codes", "c2=-1"])
    #expect(try scratch.picture("x.apng") == scratch.picture("first.png"))
  }

  @Test("Codes that make no sense are one line each")
  func mistakes() throws {
    let scratch = try Scratch()
    try train(scratch, infogan + ["--data", "pictures", "--set", "categorical=3"])
    try scratch.makeRun(.gan, "plain")
    let commands = [
      BadCommand("sample run --codes c9=0 --output x.png", "--codes", "'c9'", "did you mean 'c"),
      BadCommand("sample run --codes slant=0 --output x.png", "--codes", "one of c1, c2, c3"),
      BadCommand("sample run --codes c1=3 --output x.png", "'c1=3'", "a category from 0 to 2"),
      BadCommand("sample run --codes c1=0.5 --output x.png", "--codes", "category"),
      BadCommand("sample run --codes c2=2.5 --output x.png", "'c2=2.5'", "from -2 to 2"),
      BadCommand("sample run --codes c2=-3...3 --output x.png", "--codes", "from -2 to 2"),
      BadCommand("sample run --codes c2=1...-1 --output x.png", "--codes"),
      BadCommand("sample run --codes c1=1 c1=2 --output x.png", "'c1' twice"),
      BadCommand("sample run --codes c2=-1...1 c3=-1...1 --output x.png", "2 ranges"),
      BadCommand("sample run --codes c2=nan --output x.png", "--codes", status: 64),
      BadCommand("sample run --codes c2 --output x.png", "--codes", status: 64),
      BadCommand("sample run --codes c2=0 --columns 1 --output x.png", "--columns"),
      BadCommand("sample plain --codes c1=0 --output x.png", "--codes", "has no codes"),
      BadCommand("analyze codes plain", "has no codes"),
      BadCommand("analyze codes run", "no test split"),
      BadCommand("analyze codes run --sweeps 0", "--sweeps"),
      BadCommand("analyze codes run --output x.gif", "--output"),
      BadCommand("train infogan --set categorical=10,0 --output no", "categorical", "2"),
      BadCommand("train infogan --set categorical= --set continuous=0 --output no", "continuous"),
    ]
    for command in commands {
      let result = try scratch.gan(command.arguments)
      #expect(
        result.failed(command.status, naming: command.words),
        "\(command.testDescription): \(result)")
    }
    #expect(!scratch.exists("no") && !scratch.exists("x.png"))
  }

  @Test("Codes are measured on real digits, the same every time")
  func analysis() throws {
    let scratch = try Scratch()
    try train(scratch, infogan + ["--data", "mnist", "--size", "16"])
    let line = ["analyze", "codes", "run", "--images", "200", "--tests", "100", "--sweeps", "3"]
    let result = try scratch.gan(line + ["--json", "--output", "x.png"])
    #expect(result.status == 0 && scratch.exists("x.png"), "\(result)")
    let found = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    let numbers = try #require(found as? [String: [[String: Any]]])
    #expect((numbers["categorical"]?[0]["classes"] as? [Any])?.count == 10)
    #expect(numbers["categorical"]?[0]["tests"] as? Int == 100)
    #expect(numbers["continuous"]?.map { $0["code"] as? String } == ["c2", "c3"])
    #expect(try scratch.gan(line + ["--json"]).output == result.output)
    let text = try scratch.gan(line).output
    #expect(text.contains("c1: sorts 100 test images") && text.contains("c3: correlation"))
  }

  @Test("A classifier beside a generator is measured with it")
  func accuracy() throws {
    let scratch = try Scratch()
    try train(
      scratch,
      [
        "improved-gan", "--data", "mnist", "--labels", "50", "--set", "generatorWidth=16", "--set",
        "discriminatorWidths=16,12",
      ])
    let result = try scratch.gan(
      "evaluate", "run", "--count", "150", "--metrics", "is", "--cache", "cache", "--json")
    #expect(result.status == 0, "\(result)")
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    let results = (object as? [String: Any])?["results"] as? [[String: Any]] ?? []
    let accuracy = try #require(results.first { $0["name"] as? String == "accuracy[improved-gan]" })
    let convention = try #require(accuracy["convention"] as? [String: Any])
    #expect(convention["samples"] as? Int == 150 && convention["split"] as? String == "test")
    #expect((accuracy["perClass"] as? [String: Double])?.count == 10)
    try scratch.makePictures("two")
    #expect(
      try scratch.gan(
        "evaluate", "run", "--against", "two", "--metrics", "is", "--count", "150", "--cache",
        "cache"
      ).failed(naming: ["two", "a class that the run does not know", "even"]))
  }

  @Test("A growing run that was stopped within a fade goes on bit for bit")
  func growing() throws {
    let scratch = try Scratch()
    let system = [
      "pggan", "--data", "pictures", "--size", "16", "--set", "latentSize=8", "--set",
      "channelBase=32", "--set", "stableImages=24", "--set", "fadeImages=64",
    ]
    func train(_ name: String, steps: Int) throws {
      try scratch.makePictures()
      let result = try scratch.gan(
        ["train"] + system
          + ["--steps", "\(steps)", "--batch-size", "8", "--threads", "1", "--quiet"]
          + ["--seed", "1", "--output", name])
      #expect(result.status == 0, "\(result)")
    }
    try train("whole", steps: 24)
    // 24 images of 4x4, then 64 to fade 8x8 in: step 7 lies within.
    try train("run", steps: 7)
    let resumed = try scratch.gan("resume", "run", "--steps", "24", "--quiet")
    #expect(resumed.status == 0, "\(resumed)")
    // The run opened for use has grown as far as the one that was trained.
    let drawn = try scratch.gan(
      "sample", "whole", "--seed", "1", "--count", "64", "--output", "x.png")
    #expect(drawn.status == 0, "\(drawn)")
    #expect(try scratch.data("x.png") == scratch.data("whole/samples/000024.png"))
    let files = scratch.names("whole/checkpoints/000024").filter { $0.hasSuffix(".safetensors") }
    #expect(files.count == 4)
    for file in files {
      let path = "checkpoints/000024/\(file)"
      #expect(try scratch.data("whole/\(path)") == scratch.data("run/\(path)"), "\(file)")
    }
  }
}
