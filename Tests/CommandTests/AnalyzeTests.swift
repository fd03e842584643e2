import Foundation
import Testing

@Suite("Analysis")
struct AnalyzeTests {
  static let works = [
    "curves run --output x.png", "curves run plain --output x.svg --json",
    "latents run --seeds 1-3,8 --output x.png --json",
    "arithmetic plain --a 1,2,3 --b 4,5,6 --c 7-9 --output x.svg --json",
    "arithmetic run --a pictures/even --b 4,5,6 --c pictures/odd --steps 2 --output x.png",
    "ablate run --box 4,4,6,6 --seeds 1-8 --output x.png --json",
    "ablate plain --boxes boxes.csv --seed 2 --output x.svg --json",
    "ablate conditional --class 1 --box 0,0,8,8 --seeds 1-5 --most 2 --output x.png --json",
    "cam digits pictures/even/0.png pictures/odd --count 2 --output x.png --json",
    "attributes run --data marked --attributes Round,Red --count 12 --steps 2 --output x.png --json",
    "reconstruct run --data mnist --count 3 --steps 2 --json --output x.png",
    "neighbors run --count 2 --json --output x.png",
    "neighbors run --other pictures/odd --features digits --count 2 --json --output x.png",
    "neighbors pictures --other pictures --size 16 --count 4 --json --output x.png",
    "neighbors twins --count 4 --neighbors 2 --json --output x.png",
    "neighbors twins --direction ba --count 4 --output x.png",
    "features run --data mnist --labels 40 --tests 20 --json",
    "features plain --data split --labels 20 --tests 10 --json",
    "features conditional --data split --labels 20 --tests 10 --json",
    "features wasserstein --data split --labels 20 --tests 10 --json",
    "filters run --data mnist --count 8 --maps 2 --output x.png --responses x.svg --json",
    "filters conditional --count 8 --maps 2 --output x.png --responses x.svg --json",
  ]

  /// Runs of every kind of network, and what the commands read.
  private func makeInputs(_ scratch: Scratch) throws {
    try scratch.makeRun(.dcgan)
    try scratch.makeRun(.gan, "plain")
    try scratch.makeRun(.cgan, "conditional")
    try scratch.makeRun(.wganGP, "wasserstein")
    for domain in ["A", "B"] { try scratch.makePictures("domains/\(domain)") }
    try scratch.gan(
      "train", "twin-gan", "--data", "domains", "--size", "16", "--steps", "12", "--batch-size",
      "4", "--set", "channelBase=16", "--set", "stableImages=8", "--set", "fadeImages=8",
      "--threads", "1", "--quiet", "--output", "twins")
    try Data("# sample,x,y,w,h\n1,2,2,6,6\n7,0, 0,5,5\n".utf8).write(to: scratch.path("boxes.csv"))
    for part in ["train", "test"] { try scratch.makePictures("split/\(part)") }
    try scratch.makePictures("marked", count: 16)
    let lines = (0..<16).map { "\($0).png \($0 % 2 * 2 - 1) \($0 % 3 == 0 ? 1 : -1)" }
    let table = "16\nRound Red\n" + lines.joined(separator: "\n")
    try Data(table.utf8).write(to: scratch.path("marked/list_attr_celeba.txt"))
  }

  @Test("Every analysis of images writes what was asked for, the same every time")
  func images() throws {
    let scratch = try Scratch()
    try makeInputs(scratch)
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
    BadCommand("analyze reconstruct run --rate 0", "--rate"),
    BadCommand("analyze neighbors pictures --other pictures --data mnist", "--data"),
    BadCommand("analyze neighbors run --other pictures --size 16", "--size"),
    BadCommand("analyze neighbors nowhere --other pictures", "nowhere"),
    BadCommand("analyze neighbors run --features nowhere.safetensors", "nowhere.safetensors"),
    BadCommand("analyze neighbors run --direction ba", "--direction", "none"),
    BadCommand("analyze neighbors twins --features digits", "--features", "own domains"),
    BadCommand("analyze neighbors twins --neighbors 40", "--neighbors", "32"),
    BadCommand(
      "analyze arithmetic run --a 1-3 --b nowhere.png --c 1-3 --output x.png", "nowhere.png"),
    BadCommand(
      "analyze arithmetic run --a pictures/even/0.png --b 1-3 --c 1-3 --output x.png", "--a",
      "three"),
    BadCommand("analyze ablate run --output x.png", "--box", "nothing"),
    BadCommand("analyze ablate run --box 0,0,2 --output x.png", "--box", status: 64),
    BadCommand("analyze ablate run --box 12,12,8,8 --output x.png", "--box", "16x16"),
    BadCommand("analyze ablate run --box 0,0,1,1 --layer 1 --output x.png", "larger boxes"),
    BadCommand("analyze ablate run --box 0,0,8,8 --layer 9 --output x.png", "--layer", "from 1 to"),
    BadCommand("analyze ablate plain --box 0,0,8,8 --layer 1 --output x.png", "--layer"),
    BadCommand("analyze ablate run --boxes nowhere.csv --output x.png", "nowhere.csv"),
    BadCommand("analyze ablate run --boxes boxes.csv --seeds 2-3 --output x.png", "--seeds"),
    BadCommand("analyze cam digits mnist --class 10 --output x.png", "--class", "0 to 9"),
    BadCommand("analyze cam run pictures --output x.png", "classifier"),
    BadCommand("analyze cam digits nowhere.png --output x.png", "nowhere.png"),
    BadCommand("analyze cam digits mnist --share 1 --output x.png", "--share"),
    BadCommand("analyze attributes run --attributes Round", "list_attr_celeba.txt"),
    BadCommand(
      "analyze attributes run --data mnist --attributes Round", "mnist", "list_attr_celeba.txt"),
    BadCommand("analyze attributes run --data marked --attributes Blue", "'Blue'"),
    BadCommand("analyze attributes run --data marked --attributes Red --count 3", "--count"),
    BadCommand("analyze attributes conditional --data marked --attributes Red", "conditional"),
    BadCommand("analyze features run", "test split"),
    BadCommand("analyze features run --labels 3", "--labels"),
    BadCommand("analyze filters run --maps 0 --output x.png", "--maps"),
    BadCommand("analyze filters run --responses x.txt --output x.png", "--responses"),
  ]

  @Test("Wrong options are one line each")
  func wrongOptions() throws {
    let scratch = try Scratch()
    try makeInputs(scratch)
    for command in Self.mistakes {
      let result = try scratch.gan(command.arguments)
      #expect(
        result.failed(command.status, naming: command.words),
        "\(command.testDescription): \(result)")
    }
    #expect(scratch.names("").filter { $0.hasPrefix("x.") }.isEmpty)
  }
}
