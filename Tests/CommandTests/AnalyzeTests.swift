import Foundation
import Testing

@Suite("Analysis")
struct AnalyzeTests {
  static let works = [
    "curves run --output x.png", "curves run plain --output x.svg --json",
    "latents run --seeds 1-3,8 --output x.png",
    "arithmetic plain --a 1,2,3 --b 4,5,6 --c 7-9 --output x.svg",
    "reconstruct run --data mnist --count 3 --steps 2 --json --output x.png",
    "neighbors run --count 2 --json --output x.png",
    "features run --data mnist --labels 40 --tests 20 --json",
    "filters run --data mnist --count 8 --maps 2 --output x.png --responses x.svg",
  ]

  @Test("Every analysis of images writes what was asked for, the same every time")
  func images() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.dcgan)
    try scratch.makeRun(.gan, "plain")
    for line in Self.works {
      let arguments = ["analyze"] + line.split(separator: " ").map(String.init)
      let outputs = try (0..<2).map { _ in
        let result = try scratch.gan(arguments)
        #expect(result.status == 0 && result.errors.isEmpty, "\(line): \(result)")
        let files = try scratch.names("").filter { $0.hasPrefix("x.") }.map { try scratch.data($0) }
        #expect(files.count == line.split(separator: " x.").count - 1, "\(line)")
        for name in scratch.names("") where name.hasPrefix("x.") {
          try FileManager.default.removeItem(at: scratch.path(name))
        }
        return files + [Data(result.output.utf8)]
      }
      #expect(outputs[0] == outputs[1], "\(line)")
      guard line.contains("--json") else { continue }
      let json = try #require(outputs[0].last)
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: json) }
    }
  }

  @Test("Modes of a toy distribution are counted")
  func modes() throws {
    let scratch = try Scratch()
    try scratch.gan(
      "train", "gan", "--data", "ring", "--steps", "2", "--set", "generatorWidths=8", "--set",
      "discriminatorWidths=8", "--threads", "1", "--quiet", "--output", "run")
    let result = try scratch.gan(
      "analyze", "modes", "run", "--count", "50", "--json", "--output", "m.png")
    let numbers = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    let modes = try #require(numbers as? [String: Any])
    #expect(modes["modes"] as? Int == 8 && modes["samples"] as? Int == 50)
    #expect(scratch.exists("m.png"))
    #expect(
      try scratch.gan("analyze", "latents", "run", "--output", "x.png").failed(naming: ["points"]))
  }

  static let mistakes = [
    BadCommand("analyze curves run --output x.gif", "--output", "FILE.svg"),
    BadCommand("analyze curves nowhere --output x.png", "nowhere"),
    BadCommand("analyze modes run", "ring or grid"),
    BadCommand("analyze modes run --count 0", "--count"),
    BadCommand("analyze latents run --class 0 --output x.png", "--class"),
    BadCommand("analyze latents run --seeds 3- --output x.png", "--seeds", status: 64),
    BadCommand("analyze latents run --seeds 9-3 --output x.png", "--seeds", status: 64),
    BadCommand("analyze arithmetic run --a 1,2 --b 1-3 --c 1-3 --output x.png", "--a", "three"),
    BadCommand(
      "analyze arithmetic run --a 1-3 --b 1-3 --c 1-3 --noise nan --output x.png", "--noise"),
    BadCommand("analyze reconstruct run --steps 0", "--steps"),
    BadCommand("analyze reconstruct run --data ring", "--data", "points"),
    BadCommand("analyze reconstruct run --data nowhere", "nowhere"),
    BadCommand("analyze neighbors run --neighbors 0", "--neighbors"),
    BadCommand("analyze neighbors run --neighbors 40", "--neighbors", "32"),
    BadCommand("analyze features plain --data mnist", "convolutions"),
    BadCommand("analyze features run", "test split"),
    BadCommand("analyze features run --labels 3", "--labels"),
    BadCommand("analyze filters run --maps 0 --output x.png", "--maps"),
    BadCommand("analyze filters run --responses x.txt --output x.png", "--responses"),
  ]

  @Test("Wrong options are one line each")
  func wrongOptions() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.dcgan)
    try scratch.makeRun(.gan, "plain")
    for command in Self.mistakes {
      let result = try scratch.gan(command.arguments)
      #expect(
        result.failed(command.status, naming: command.words),
        "\(command.testDescription): \(result)")
    }
    #expect(scratch.names("").filter { $0.hasPrefix("x.") }.isEmpty)
  }
}
