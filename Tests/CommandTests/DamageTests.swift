import Foundation
import Testing

@Suite("Damaged run directories")
struct DamageTests {
  /// A way to damage `config.json`, and what the error must name.
  struct Edit {
    let path: [String]
    let value: Any?
    let word: String

    init(_ path: String, _ value: Any?, _ word: String) {
      self.path = path.split(separator: ".").map(String.init)
      (self.value, self.word) = (value, word)
    }

    func applied(to object: [String: Any], _ rest: ArraySlice<String>) -> [String: Any] {
      guard let key = rest.first else { return object }
      var object = object
      if rest.count == 1 {
        object[key] = value
      } else {
        object[key] = applied(to: object[key] as? [String: Any] ?? [:], rest.dropFirst())
      }
      return object
    }
  }

  private static var edits: [Edit] {
    [
      Edit("recipe", "gone", "'gone'"), Edit("recipe", "", "''"), Edit("steps", 0, "steps:"),
      Edit("steps", nil, "'steps'"), Edit("batchSize", -4, "batchSize:"),
      Edit("batchSize", "x", "batchSize"), Edit("threads", 99999, "threads:"),
      Edit("seed", -1, "config.json"), Edit("intervals.keep", 0, "keep:"),
      Edit("intervals.log", nil, "intervals.log"), Edit("config", 5, "config"),
      Edit("config.latentSize", 101, "latentSize"), Edit("config.latentSize", "a", "latentSize"),
      Edit("config.latentSize", nil, "latentSize"), Edit("config.nope", 1, "nope"),
      Edit("config.generatorWidths", [[1]], "generatorWidths"),
      Edit("data.size", 1_000_000_000, "size:"), Edit("data.channels", 7, "channels:"),
      Edit("data.shape.parts", [["channels": 1, "height": -16, "width": 16]], "height"),
      Edit("data.shape.parts", [["channels": 9, "height": 16, "width": 16]], "channels"),
      Edit("data.shape.parts", [Int](), "parts"), Edit("data.shape.classes", -1, "classes"),
      Edit("length", ["minutes": -1], "minutes:"), Edit("length", 5, "length"),
      Edit("format", 1, "format 1"), Edit("format", nil, "format 1"),
      Edit("precision", "int4", "precision"),
    ]
  }

  @Test("An edited configuration is refused in one line that names the field")
  func editedConfiguration() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    let good = try scratch.data("run/config.json")
    let object = try JSONSerialization.jsonObject(with: good) as? [String: Any] ?? [:]
    for edit in Self.edits {
      let edited = edit.applied(to: object, edit.path[...])
      try JSONSerialization.data(withJSONObject: edited).write(to: scratch.path("run/config.json"))
      for command in [["resume", "run", "--steps", "21"], ["sample", "run", "--output", "x.png"]] {
        let result = try scratch.gan(command)
        #expect(result.failed(naming: [edit.word]), "\(edit.path) \(result)")
      }
    }
  }

  @Test("Files of any bytes are refused or repaired, never a crash")
  func damagedFiles() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.gan, "good")
    let newest = "run/checkpoints/000020/"
    let damages: [(file: String, bytes: Data?, word: String?)] = [
      ("run/config.json", Data("{".utf8), "config.json"),
      ("run/config.json", Data(), "config.json"),
      ("run/config.json", Data(repeating: 0xff, count: 99), "config.json"),
      ("run/config.json", Data(repeating: 0x5b, count: 99_999), "config.json"),
      ("run/config.json", nil, "config.json"),
      ("run/metrics.jsonl", Data(repeating: 0xff, count: 99), nil), ("run/metrics.jsonl", nil, nil),
      ("\(newest)state.json", Data("{}".utf8), "state.json"),
      ("\(newest)state.json", nil, "missing"),
      ("\(newest)generator.safetensors", Data(), "0 bytes"),
      ("\(newest)discriminator.safetensors", nil, "missing"),
      ("\(newest)training.safetensors", nil, "missing"),
      ("run/checkpoints", nil, nil), ("run/samples", nil, nil),
    ]
    for (file, bytes, word) in damages {
      try? FileManager.default.removeItem(at: scratch.path("run"))
      try FileManager.default.copyItem(at: scratch.path("good"), to: scratch.path("run"))
      try FileManager.default.removeItem(at: scratch.path(file))
      if let bytes { try bytes.write(to: scratch.path(file)) }
      let result = try scratch.gan("resume", "run", "--steps", "21", "--quiet")
      if let word {
        #expect(result.failed(naming: [word]), "\(file): \(result)")
      } else {
        #expect(result.status == 0 && !result.crashed, "\(file): \(result)")
      }
    }
  }

  @Test("A flipped bit in a checkpoint is found, and the one before it serves")
  func flippedBit() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    for name in ["generator", "discriminator", "training"] {
      let file = "run/checkpoints/000020/\(name).safetensors"
      let good = try scratch.data(file)
      var bad = good
      bad[bad.count - 5] ^= 0x10
      try bad.write(to: scratch.path(file))
      let result = try scratch.gan("resume", "run", "--steps", "21")
      #expect(result.failed(naming: ["\(name).safetensors", "checksum", "remove"]), "\(result)")
      try good.write(to: scratch.path(file))
    }
    try FileManager.default.removeItem(at: scratch.path("run/checkpoints/000020"))
    #expect(try scratch.gan("resume", "run", "--quiet").status == 0)
  }

  @Test("Data that has changed is refused")
  func changedData() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    try FileManager.default.removeItem(at: scratch.path("pictures/even/0.png"))
    #expect(try scratch.gan("resume", "run", "--steps", "21").failed(naming: ["32 images", "31"]))
    try FileManager.default.removeItem(at: scratch.path("pictures"))
    #expect(try scratch.gan("resume", "run", "--steps", "21").failed(naming: ["pictures"]))
    #expect(try scratch.gan("sample", "run", "--output", "x.png").status == 0)
  }

  @Test("A full disk while saving keeps the older checkpoints")
  func fullDisk() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    guard let disk = try SmallDisk(at: scratch.path("disk")) else { return }
    defer { disk.remove() }
    let process = try scratch.start([
      "train", "gan", "--data", "pictures", "--steps", "1000000", "--batch-size", "8",
      "--threads", "1", "--checkpoint-every", "20", "--sample-every", "1000000", "--keep", "1",
      "--quiet", "--output", "disk/run", "--set", "generatorWidths=64", "--set",
      "discriminatorWidths=64",
    ])
    func whole() -> [String] {
      scratch.names("disk/run/checkpoints").filter { !$0.hasPrefix(".") }
    }
    while process.isRunning, whole().isEmpty { usleep(1000) }
    fill(scratch.path("disk/other"))
    let result = process.wait()
    #expect(result.failed(naming: ["disk/run/", "No space left on device"]), "\(result)")
    let kept = scratch.names("disk/run/checkpoints")
    #expect(!kept.isEmpty && kept.allSatisfy { !$0.hasPrefix(".") })
    #expect(try scratch.gan("sample", "disk/run", "--output", "x.png").status == 0)
    try disk.enlarge()
    let next = (kept.last.flatMap { Int($0) } ?? 0) + 20
    #expect(try scratch.gan("resume", "disk/run", "--quiet", "--steps", "\(next)").status == 0)
    #expect(scratch.names("disk/run/checkpoints").last.flatMap { Int($0) } == next)
  }

  /// Writes a file until nothing more fits beside it.
  private func fill(_ file: URL) {
    let descriptor = open(file.path, O_WRONLY | O_CREAT, 0o666)
    defer { close(descriptor) }
    let zeros = [UInt8](repeating: 0, count: 4096)
    while write(descriptor, zeros, zeros.count) > 0 {}
  }
}

/// A file system of 2 MB, where the system lets us make one.
final class SmallDisk {
  private let path: String

  init?(at url: URL) throws {
    path = url.path
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    let mounted = try SmallDisk.run("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", path])
    if !mounted { return nil }
  }

  func remove() { _ = try? SmallDisk.run("umount", ["-l", path]) }

  func enlarge() throws { _ = try SmallDisk.run("mount", ["-o", "remount,size=99m", path]) }

  private static func run(_ command: String, _ arguments: [String]) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [command] + arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
