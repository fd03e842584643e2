import Foundation
import Testing

@Suite("Training")
struct TrainTests {
  @Test("A run leaves the documented files", arguments: TinySystem.allCases)
  func files(system: TinySystem) throws {
    let scratch = try Scratch()
    let result = try scratch.makeRun(system)
    #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result)")
    let names = scratch.names("run")
    #expect(
      names.filter { !$0.hasPrefix("events.out.tfevents.") }
        == ["checkpoints", "config.json", "metrics.jsonl", "samples"])
    #expect(names.count == 5, "one file of events: \(names)")
    #expect(scratch.names("run/checkpoints") == ["000016", "000018", "000020"])
    #expect(scratch.names("run/samples").last == "000020.png")
    #expect(scratch.names("run/samples").count == 21)
    let parts = scratch.names("run/checkpoints/000020")
    for file in ["generator.safetensors", "discriminator.safetensors", "state.json"] {
      #expect(parts.contains(file))
    }
    #expect(try scratch.jsonLines("run/metrics.jsonl").map { $0["step"] as? Int } == Array(1...20))
  }

  @Test("The first free number is taken")
  func numbers() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let arguments = TinySystem.gan.training("", steps: 1).filter { $0 != "--output" && $0 != "" }
    let processes = try (0..<3).map { _ in try scratch.start(arguments + ["--quiet"]) }
    for process in processes { #expect(process.wait().status == 0) }
    #expect(scratch.names("runs") == ["gan-1", "gan-2", "gan-3"])
  }

  @Test("Without a terminal there are no control characters and few lines")
  func plainOutput() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let result = try scratch.gan(TinySystem.gan.training("run", steps: 400) + ["--log-every", "1"])
    #expect(result.status == 0)
    let controls = result.output.unicodeScalars.filter { $0.value < 32 && $0 != "\n" }
    #expect(controls.isEmpty)
    let lines = result.output.split(separator: "\n")
    #expect((10...23).contains(lines.count))
    #expect(lines.last?.contains("run/samples/000400.png") == true)
    #expect(lines.last?.contains("gan sample run") == true)
  }

  @Test("On a terminal a bar is drawn in place, never wider than the terminal")
  func bar() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let command = "script -qec 'stty cols 60; '\"$0 $*\" /dev/null"
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/script") else { return }
    let process = try CommandProcess(
      TinySystem.gan.training("run", steps: 200), in: scratch.url, shell: command)
    let output = process.wait().output
    let bars = output.split(separator: "\r").filter { $0.contains("images/s") }
    #expect(!bars.isEmpty)
    #expect(bars.allSatisfy { $0.prefix { !$0.isNewline }.count <= 60 })
  }

  @Test("--json prints one object a line and nothing else")
  func json() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let result = try scratch.gan(TinySystem.gan.training("run", steps: 10) + ["--json"])
    let events = try parsedLines(result.output)
    #expect(result.errors.isEmpty)
    #expect(events.first?["event"] as? String == "start")
    #expect(events.last?["outcome"] as? String == "finished")
    let progress = events.filter { $0["event"] as? String == "progress" }
    #expect(progress.compactMap { $0["step"] as? Int } == Array(1...10))
    #expect(progress.allSatisfy { ($0["losses"] as? [String: Double])?["loss/D"] != nil })
  }

  @Test("--epochs counts passes over the data")
  func epochs() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    var arguments = TinySystem.gan.training("run", steps: 1)
    arguments.replace(["--steps", "1"], with: ["--epochs", "3"])
    #expect(try scratch.gan(arguments).status == 0)
    #expect(scratch.names("run/checkpoints").last == "000012")
  }

  @Test("--minutes ends a run like its last step")
  func minutes() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    var arguments = TinySystem.gan.training("run", steps: 1)
    arguments.replace(["--steps", "1"], with: ["--minutes", "0.01"])
    let result = try scratch.gan(arguments)
    #expect(result.status == 0)
    #expect(result.output.split(separator: "\n").last?.hasPrefix("done: ") == true)
    let last = try #require(scratch.names("run/checkpoints").last)
    #expect(scratch.names("run/samples").last == "\(last).png")
    #expect(result.output.contains("\(last).png"))
    // The minutes belong to the run, so that nothing is left to resume.
    #expect(try scratch.gan("resume", "run").failed(naming: ["steps are made", "--steps"]))
  }

  @Test("Broken images stop a run, or are left out and named")
  func brokenImages() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    for index in 0..<13 {
      try Data("no picture".utf8).write(to: scratch.path("pictures/odd/broken\(index).png"))
    }
    let arguments = TinySystem.gan.training("run", steps: 2)
    #expect(try scratch.gan(arguments).failed(naming: ["broken"]))
    #expect(!scratch.exists("run"))
    let result = try scratch.gan(arguments + ["--skip-broken"])
    #expect(result.status == 0)
    #expect(result.errorLines.count == 11)
    #expect(result.errorLines.last?.contains("3 more") == true)
    let measured = try scratch.gan("evaluate", "run", "--count", "150", "--metrics", "prdc")
    #expect(measured.status == 0 && measured.output.contains("coverage[digits]"), "\(measured)")
  }

  @Test("Random squares and mirrors are repeated on resuming, and change what is learned")
  func augmentation() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    func train(_ name: String, steps: Int, _ more: String...) throws {
      let result = try scratch.gan(TinySystem.gan.training(name, steps: steps) + more)
      #expect(result.status == 0, "\(result)")
    }
    let weights = "checkpoints/000020/generator.safetensors"
    try train("whole", steps: 20, "--flip", "--crop", "12")
    try train("halves", steps: 10, "--flip", "--crop", "12")
    #expect(try scratch.gan("resume", "halves", "--steps", "20").status == 0)
    try train("unflipped", steps: 20, "--crop", "12")
    #expect(try scratch.data("whole/\(weights)") == scratch.data("halves/\(weights)"))
    #expect(try scratch.data("whole/\(weights)") != scratch.data("unflipped/\(weights)"))
    let tooLarge = TinySystem.gan.training("none", steps: 2) + ["--crop", "17"]
    #expect(try scratch.gan(tooLarge).failed(naming: ["--crop", "17"]))
  }

  @Test("Broken data leaves no run directory behind")
  func brokenData() throws {
    let scratch = try Scratch()
    let header: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x63, 0x60, 0x80]
    try Data(header).write(to: scratch.path("images-idx3-ubyte.gz"))
    try Data([0, 0, 8, 3, 0, 0, 0, 9, 0, 0]).write(to: scratch.path("cut-idx3-ubyte"))
    try Data().write(to: scratch.path("empty.tar"))
    try FileManager.default.createDirectory(
      at: scratch.path("none"), withIntermediateDirectories: true)
    for name in ["images-idx3-ubyte.gz", "cut-idx3-ubyte", "empty.tar", "none"] {
      let result = try scratch.gan("train", "gan", "--data", "./\(name)", "--output", "run")
      #expect(result.failed(naming: [name]), "\(result)")
      #expect(!scratch.exists("run") && !scratch.exists("runs"))
    }
  }

  @Test("A second process in a run directory is refused")
  func twoProcesses() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let first = try scratch.start(TinySystem.gan.training("run", steps: 1_000_000))
    defer { first.send(SIGKILL) }
    while !scratch.exists("run/metrics.jsonl") { usleep(5000) }
    #expect(try scratch.gan("resume", "run").failed(naming: ["run: another process"]))
    let again = try scratch.gan(TinySystem.gan.training("run", steps: 5))
    #expect(again.failed(naming: ["run: another process"]), "\(again)")
  }
}
