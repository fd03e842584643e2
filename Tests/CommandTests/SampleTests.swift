import Foundation
import GANData
import GANKit
import Testing
import Torch

@Suite("Sampling")
struct SampleTests {
  @Test("Arrays have the shape, the classes and the bytes that were asked for")
  func arrays() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.cgan)
    for name in ["a", "b"] {
      let result = try scratch.gan(
        "sample", "run", "--count", "5", "--classes", "1,0,1", "--output", "\(name).npy")
      #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result)")
    }
    try scratch.gan("sample", "run", "--count", "5", "--seed", "2", "--output", "c.npy")
    let images = try NPYFile(readingFrom: scratch.path("a.npy").path)
    #expect(images.element == .uint8 && images.shape == [5, 16, 16, 1])
    let labels = try NPYFile(readingFrom: scratch.path("a.labels.npy").path)
    #expect(labels == NPYFile([1, 0, 1, 1, 0] as [Int64], shape: [5]))
    #expect(try scratch.data("a.npy") == scratch.data("b.npy"))
    #expect(try scratch.data("a.npy") != scratch.data("c.npy"))
    let all = try NPYFile(readingFrom: scratch.path("c.labels.npy").path)
    #expect(all == NPYFile([0, 1, 0, 1, 0] as [Int64], shape: [5]))
  }

  @Test("Given noise draws what the same noise from a seed draws")
  func noise() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.gan)
    let noise = NPYFile(LatentPrior.normal(100).rows(6, seed: 9).floats, shape: [6, 100])
    try Data(noise.encoded()).write(to: scratch.path("z.npy"))
    try scratch.gan("sample", "run", "--noise", "z.npy", "--output", "given.npy")
    try scratch.gan("sample", "run", "--seed", "9", "--count", "6", "--output", "drawn.npy")
    #expect(try scratch.data("given.npy") == scratch.data("drawn.npy"))
    #expect(!scratch.exists("given.labels.npy"))
  }

  @Test("Pictures: one grid, or one file each with its class")
  func pictures() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.cgan)
    #expect(try scratch.gan("sample", "run", "--count", "3", "--output", "many/").status == 0)
    #expect(
      scratch.names("many") == ["000000-even.png", "000001-odd.png", "000002-even.png"])
    #expect(try scratch.gan("sample", "run", "--step", "16", "--output", "grid.png").status == 0)
    #expect(try scratch.data("grid.png").starts(with: [0x89, 0x50, 0x4e, 0x47]))
  }

  @Test("Classes are asked for by name, in their natural order, and as often as in the data")
  func classNames() throws {
    let scratch = try Scratch()
    try scratch.makePictures(count: 40)
    let folder = scratch.path("pictures")
    let manager = FileManager.default
    try manager.moveItem(
      at: folder.appendingPathComponent("odd"), to: folder.appendingPathComponent("10"))
    try manager.moveItem(
      at: folder.appendingPathComponent("even"), to: folder.appendingPathComponent("2"))
    for index in 0..<15 {
      try manager.removeItem(at: folder.appendingPathComponent("10/\(2 * index + 1).png"))
    }
    try scratch.makeRun(.cgan)
    func names(_ options: String...) throws -> [String] {
      let result = try scratch.gan(["sample", "run", "--count", "5", "--output", "x/"] + options)
      #expect(result.status == 0, "\(result)")
      defer { try? manager.removeItem(at: scratch.path("x")) }
      return scratch.names("x").map { String($0.dropFirst(7).dropLast(4)) }
    }
    #expect(try names() == ["2", "10", "2", "10", "2"])
    #expect(try names("--classes", "10") == ["10", "10", "10", "10", "10"])
    #expect(try names("--shares", "data") == ["2", "2", "10", "2", "2"])
    let wrong = try scratch.gan("sample", "run", "--classes", "0", "--output", "y/")
    #expect(wrong.failed(naming: ["--classes", "one of 2, 10", "'0'"]), "\(wrong)")
    let walk = try scratch.gan("analyze", "walk", "run", "--class", "10", "--output", "w.png")
    #expect(walk.status == 0, "\(walk)")
  }

  @Test("More samples begin with the same ones, of codes and classes too", arguments: [3, 70])
  func counts(_ more: Int) throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    let infogan = [
      "train", "infogan", "--data", "pictures", "--steps", "2", "--batch-size", "8", "--threads",
      "1",
      "--set", "width=4", "--set", "features=16", "--quiet", "--output", "coded",
    ]
    #expect(try scratch.gan(infogan).status == 0)
    for (system, run) in [(TinySystem.gan, "plain"), (.cgan, "labelled"), (.dcgan, "deep")] {
      try scratch.makeRun(system, run)
    }
    for run in ["coded", "plain", "labelled", "deep"] {
      for count in [2, more] {
        let result = try scratch.gan(
          "sample", run, "--seed", "5", "--count", "\(count)", "--output", "\(run)\(count).npy")
        #expect(result.status == 0, "\(result)")
      }
      let few = try NPYFile(readingFrom: scratch.path("\(run)2.npy").path)
      let many = try NPYFile(readingFrom: scratch.path("\(run)\(more).npy").path)
      #expect(few.bytes == Array(many.bytes.prefix(few.bytes.count)), "\(run)")
    }
  }

  @Test("Several seeds, each as if it were the only one")
  func seeds() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.cgan)
    let result = try scratch.gan(
      "sample", "run", "--seed", "7,5-6", "--count", "3", "--output", "some/")
    #expect(result.status == 0, "\(result)")
    let names = ["000000-even.png", "000001-odd.png", "000002-even.png"]
    #expect(
      scratch.names("some")
        == ["5", "6", "7"].flatMap { seed in names.map { "seed\(seed)-\($0)" } })
    try scratch.gan("sample", "run", "--seed", "6", "--count", "3", "--output", "one/")
    #expect(try scratch.data("one/\(names[1])") == scratch.data("some/seed6-\(names[1])"))
    try scratch.gan("sample", "run", "--seed", "5-8", "--output", "four.npy")
    #expect(try NPYFile(readingFrom: scratch.path("four.npy").path).shape == [4, 16, 16, 1])
  }

  @Test("A folder that holds samples is refused, or its samples give way; other files stay")
  func usedFolder() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.cgan)
    let six = ["sample", "run", "--count", "6", "--output", "out/"]
    let three = ["sample", "run", "--count", "3", "--seed", "2", "--output", "out"]
    #expect(try scratch.gan(six).status == 0)
    let refused = try scratch.gan(three)
    #expect(refused.failed(naming: ["--output", "6 samples", "--overwrite"]), "\(refused)")
    #expect(scratch.names("out").count == 6)
    #expect(try scratch.gan(three + ["--overwrite"]).status == 0)
    #expect(
      scratch.names("out") == ["000000-even.png", "000001-odd.png", "000002-even.png"])
    try Data().write(to: scratch.path("out/notes.txt"))
    let other = try scratch.gan(three + ["--overwrite"])
    #expect(other.failed(naming: ["--output", "notes.txt"]), "\(other)")
    #expect(scratch.names("out").count == 4)
  }

  @Test("Labels of a former array do not stay beside a new one without")
  func staleLabels() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.cgan)
    try scratch.makeRun(.gan, "plain")
    try scratch.gan("sample", "run", "--output", "a.npy")
    #expect(scratch.exists("a.labels.npy"))
    try scratch.gan("sample", "plain", "--output", "a.npy")
    #expect(!scratch.exists("a.labels.npy"))
  }

  @Test("An archive holds the array and the labels, and Python opens it")
  func archive() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.cgan)
    for name in ["a.npy", "a.npz"] {
      #expect(try scratch.gan("sample", "run", "--count", "5", "--output", name).status == 0)
    }
    let archive = try scratch.data("a.npz")
    for name in ["a.npy", "a.labels.npy"] {
      #expect(try archive.range(of: scratch.data(name)) != nil, "\(name)")
    }
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = [
      "python3", "-c",
      "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "
        + "sys.exit(z.testzip() is not None or z.namelist() != ['arr_0.npy', 'arr_1.npy'])",
      scratch.path("a.npz").path,
    ]
    try python.run()
    python.waitUntilExit()
    #expect(python.terminationStatus == 0)
  }

  @Test("Points are numbers")
  func points() throws {
    let scratch = try Scratch()
    try scratch.gan(
      "train", "gan", "--data", "ring", "--steps", "2", "--set", "generatorWidths=8", "--set",
      "discriminatorWidths=8", "--threads", "1", "--quiet", "--output", "run")
    #expect(try scratch.gan("sample", "run", "--count", "7", "--output", "p.npy").status == 0)
    let points = try NPYFile(readingFrom: scratch.path("p.npy").path)
    #expect(points.element == .float32 && points.shape == [7, 2])
    #expect(try scratch.gan("sample", "run", "--output", "p.png").status == 0)
    #expect(try scratch.gan("sample", "run", "--output", "p/").failed(naming: ["--output"]))
    #expect(
      try scratch.gan("analyze", "walk", "run", "--output", "w.png").failed(naming: ["points"]))
  }

  @Test("A walk is a grid or an animation")
  func walk() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.cgan)
    for (name, more) in [("w.png", ["--class", "1"]), ("w.apng", ["--frames", "4"])] {
      let result = try scratch.gan(
        ["analyze", "walk", "run", "--rows", "2", "--output", name] + more)
      #expect(result.status == 0, "\(result)")
      #expect(try scratch.data(name).starts(with: [0x89, 0x50, 0x4e, 0x47]))
    }
    #expect(try scratch.data("w.apng").range(of: Data("acTL".utf8)) != nil)
  }

  static let mistakes = [
    BadCommand("sample run --output ''", "--output"),
    BadCommand("sample run --output x.jpg", "--output", "x.jpg"),
    BadCommand("sample run --output none/x.png", "none/x.png"),
    BadCommand("sample run --count 0 --output x.png", "--count"),
    BadCommand("sample run --count 10000000 --output x.png", "--count"),
    BadCommand("sample run --classes 2 --output x.png", "--classes", "0 to 1"),
    BadCommand("sample run --classes=-1 --output x.png", "--classes"),
    BadCommand("sample run --classes evn --output x.png", "--classes", "one of even, odd", "'evn'"),
    BadCommand("sample plain --shares data --output x.png", "--shares", "equal"),
    BadCommand("sample plain --classes 0 --output x.png", "--classes", "not conditional"),
    BadCommand("sample run --step 7 --output x.png", "--step", "16, 18, 20"),
    BadCommand("sample run --device tpu --output x.png", "tpu"),
    BadCommand("sample nowhere --output x.png", "nowhere"),
    BadCommand("analyze walk run --rows 0 --output x.png", "--rows"),
    BadCommand("analyze walk run --frames 1 --output x.png", "--frames"),
    BadCommand("analyze walk run --class 2 --output x.png", "--class"),
    BadCommand("analyze walk plain --class 0 --output x.png", "--class"),
    BadCommand("analyze walk run --output x.gif", "--output", "FILE.apng", "ffmpeg"),
    BadCommand("analyze walk run --through 1 --output x.webp", "--through", "2"),
    BadCommand("analyze walk run --frames-per-second 0 --output x.webp", "--frames-per-second"),
    BadCommand("analyze walk run --frames-per-second nan --output x.webp", "--frames-per-second"),
    BadCommand(
      "analyze walk run --through 3 --between a.png b.png --output x.webp", "--through", status: 64),
    BadCommand("sample run --output x.gif", "--output", "FILE.npz"),
    BadCommand(
      "sample run --seed 5-8 --noise z.npy --output x.png", "--seed", "--noise", status: 64),
    BadCommand("sample run --seed 8-5 --output x.png", "--seed", status: 64),
  ]

  @Test("Wrong options are one line each")
  func wrongOptions() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.cgan)
    try scratch.makeRun(.gan, "plain")
    for command in Self.mistakes {
      let result = try scratch.gan(command.arguments)
      #expect(
        result.failed(command.status, naming: command.words),
        "\(command.testDescription): \(result)")
    }
    #expect(scratch.names("").filter { $0.hasPrefix("x.") }.isEmpty)
  }

  @Test("Wrong noise is one line that names the file")
  func wrongNoise() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.gan)
    let good = NPYFile([Float](repeating: 0, count: 200), shape: [2, 100]).encoded()
    func with(_ old: String, _ new: String) -> [UInt8] {
      let text = String(decoding: good, as: Unicode.ASCII.self)
      guard let found = text.range(of: old) else { return good }
      var bytes = good
      let start = text.utf8.count == text.count ? 0 : 2  // The magic byte decodes to three.
      let at = text.utf8.distance(from: text.startIndex, to: found.lowerBound) - start
      bytes.replaceSubrange(at..<at + old.utf8.count, with: Array(new.utf8))
      return bytes
    }
    let files: [(String, [UInt8], String)] = [
      ("empty", [], "not a .npy file"), ("text", Array("hello, this is text".utf8), "not a .npy"),
      ("cut", Array(good.dropLast(3)), "797 bytes"),
      ("header", Array(good.prefix(20)), "cut short"),
      ("fortran", with("False", "True "), "C order"), ("double", with("<f4", "<f8"), "float32"),
      ("big", with("<f4", ">f4"), "float32"), ("integers", with("<f4", "<i8"), "does not fit"),
      ("shape", with("(2, 100,)", "(4, 50,) "), "[N, 100]"),
      ("negative", with("(2, 100,)", "(-2, 100)"), "header"),
      ("flat", NPYFile([Float](repeating: 0, count: 100), shape: [100]).encoded(), "[N, 100]"),
      ("none", NPYFile([Float](), shape: [0, 100]).encoded(), "[N, 100]"),
      (
        "nan", NPYFile([Float](repeating: .nan, count: 100), shape: [1, 100]).encoded(), "infinite"
      ),
      ("bytes", NPYFile([UInt8](repeating: 0, count: 100), shape: [1, 100]).encoded(), "float32"),
    ]
    for (name, bytes, word) in files {
      try Data(bytes).write(to: scratch.path("\(name).npy"))
      let result = try scratch.gan("sample", "run", "--noise", "\(name).npy", "--output", "x.npy")
      #expect(result.failed(naming: ["\(name).npy", word]), "\(result)")
    }
    #expect(!scratch.exists("x.npy"))
  }
}
