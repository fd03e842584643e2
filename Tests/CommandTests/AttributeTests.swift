import Foundation
import GANData
import Testing

@Suite("Training by attributes")
struct AttributeCommandTests {
  /// The file of a run's `config.json`, in parts.
  private func data(_ scratch: Scratch, _ run: String) throws -> [String: Any] {
    let config = try JSONSerialization.jsonObject(with: scratch.data("\(run)/config.json"))
    return try #require((config as? [String: Any])?["data"] as? [String: Any])
  }

  private static func cgan(_ data: String, _ attributes: String) -> [String] {
    ["train", "cgan", "--data", data, "--attribute", attributes, "--batch-size", "8"]
      + ["--steps", "4", "--threads", "1", "--output", "run"]
      + ["--set", "generatorWidths=16", "--set", "discriminatorWidths=16"]
  }

  @Test("Two classes: trained, resumed, sampled and evaluated", arguments: ["faces", "faces.tar"])
  func classes(set: String) throws {
    let scratch = try Scratch()
    try scratch.makeFaces(asTar: set.hasSuffix("tar"))
    let result = try scratch.gan(Self.cgan(set, "Round"))
    #expect(
      result.status == 0 && result.output.contains("2 classes: not Round, Round"), "\(result)")
    let stored = try data(scratch, "run")
    #expect(stored["attributes"] as? [String] == ["Round"])
    #expect(stored["classNames"] as? [String] == ["not Round", "Round"])
    for line in [
      "resume run --steps 6 --quiet", "sample run --classes 1 --count 4 --output x.png",
      "evaluate run --count 32 --metrics kid", "analyze latents run --class 1 --output y.png",
      "analyze neighbors run --count 4 --output z.png",
    ] {
      let result = try scratch.gan(line.split(separator: " ").map(String.init))
      #expect(result.status == 0 && result.errors.isEmpty, "\(line): \(result)")
    }
  }

  @Test("Exclusive attributes: the number of those left out is told, and not compared with")
  func exclusive() throws {
    let scratch = try Scratch()
    try scratch.makeFaces(count: 64)
    let result = try scratch.gan(
      Self.cgan("faces", "Round,Red") + ["--evaluate-every", "2", "--evaluate-count", "32"]
        + ["--evaluate-metric", "kid"])
    #expect(
      result.output.contains(
        "2 classes: Round, Red; left out: 32 with none or several of the attributes"),
      "\(result)")
    #expect(try data(scratch, "run")["count"] as? Int == 32)
    let found = try scratch.gan("evaluate", "run", "--count", "40", "--metrics", "kid", "--json")
    #expect(found.output.contains("faces by Round,Red\""), "\(found)")
    #expect(found.output.contains("\"references\" : 32"), "\(found)")
  }

  @Test("A classifier is counted on another set that has the attribute")
  func classifier() throws {
    let scratch = try Scratch()
    try scratch.makeFaces()
    try scratch.makeFaces("others", count: 16)
    let result = try scratch.gan(
      "train", "classifier", "--data", "faces", "--attribute", "Red", "--steps", "2", "--threads",
      "1", "--batch-size", "8", "--quiet", "--output", "run")
    #expect(result.status == 0, "\(result)")
    let found = try scratch.gan("evaluate", "run", "--against", "others", "--json")
    #expect(found.status == 0 && found.output.contains("\"samples\" : 16"), "\(found)")
    let told = try scratch.gan("classify", "run", "faces/images/3.png")
    #expect(told.output.contains("Red"), "\(told)")
    try scratch.makePictures()
    #expect(
      try scratch.gan("evaluate", "run", "--against", "pictures/odd").failed(naming: ["no labels"]))
  }

  @Test("Domains: with and without, translated both ways", arguments: ["faces", "faces.tar"])
  func domains(set: String) throws {
    let scratch = try Scratch()
    // As many of each domain as a distance of their features needs.
    try scratch.makeFaces(count: 300, asTar: set.hasSuffix("tar"))
    let result = try scratch.gan(
      "train", "cyclegan", "--data", set, "--attribute", "Red", "--batch-size", "1", "--steps",
      "3", "--threads", "1", "--output", "run", "--set", "generatorWidth=4", "--set", "blocks=1",
      "--set", "discriminatorWidth=4", "--set", "discriminatorLayers=1")
    #expect(result.status == 0 && result.output.contains("A Red, B not Red"), "\(result)")
    try scratch.makePictures()
    for line in [
      "resume run --steps 5 --quiet", "translate run pictures/odd/1.png --output x.png",
      "translate run pictures/odd --direction ba --output y",
      "evaluate run --count 150 --split train",
    ] {
      let result = try scratch.gan(line.split(separator: " ").map(String.init))
      #expect(result.status == 0 && result.errors.isEmpty, "\(line): \(result)")
    }
  }

  @Test("Preview and inspection name the classes and domains")
  func looks() throws {
    let scratch = try Scratch()
    try scratch.makeFaces()
    func output(_ line: String) throws -> String {
      try scratch.gan(["data"] + line.split(separator: " ").map(String.init)).output
    }
    #expect(
      try output("preview faces --attribute Red --count 8 --output x.png")
        == "rows from the top: not Red (16), Red (16)\n")
    #expect(
      try output("preview faces --attribute Red --domains --output x.png")
        == "rows from the top: A Red (16), B not Red (16)\n")
    #expect(
      try output("preview faces --attribute Red,Round --output x.png")
        == "rows from the top: Red (8), Round (8); left out: 16 with none or several of the "
        + "attributes\n")
    let inspected = try output("inspect faces --attribute Red,Round")
    #expect(inspected.contains("classes: Red (8), Round (8)"))
    #expect(inspected.contains("left out: 16 with none") && inspected.contains("0 other files"))
  }

  static let mistakes = [
    BadCommand("train cgan --data faces --attribute Rd", "'Rd'", "did you mean 'Red'?"),
    BadCommand("train cgan --data pictures --attribute Red", "list_attr_celeba.txt"),
    BadCommand("train cgan --data mnist --attribute Red", "mnist", "list_attr_celeba.txt"),
    BadCommand("train cgan --data ring --attribute Red", "'ring'"),
    BadCommand("train cgan --data mnits --attribute Red", "did you mean `mnist`?"),
    BadCommand("train cgan --data faces --attribute Any", "all 32 images have 'Any'"),
    BadCommand("train gan --data faces --attribute Red", "--attribute", "neither classes"),
    BadCommand("train gan --data ring --attribute Red", "--attribute", "points"),
    BadCommand("train pix2pix --data faces --attribute Red", "--attribute", "neither classes"),
    BadCommand(
      "train sn-gan --data faces --batch-size 8 --size 16 --attribute Red", "--attribute",
      "neither classes nor domains"),
    BadCommand("train cyclegan --data faces --data-b faces --attribute Red", "second set"),
    BadCommand("train cyclegan --data faces --attribute Red,Round,Any", "domains", "found 3"),
    BadCommand("train cgan --data torn --attribute Red", "torn/list_attr_celeba.txt: line 34:"),
    BadCommand("train cgan --data short --attribute Red", "short/images/9.png"),
    BadCommand("train cgan --data faces --attribute Red,Red", "--attribute", status: 64),
    BadCommand("train cgan --data faces --attribute Red,", "--attribute", status: 64),
    BadCommand("data preview faces --pairs --attribute Red --output x.png", "--pairs", status: 64),
    BadCommand("data inspect faces --attribute Rd", "did you mean 'Red'?"),
  ]

  @Test("Wrong attributes are one line each, and nothing is written")
  func wrongAttributes() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    for name in ["faces", "torn", "short"] { try scratch.makeFaces(name) }
    let table = try String(contentsOf: scratch.path("faces/list_attr_celeba.txt"), encoding: .utf8)
    let lines = table.split(separator: "\n")
    let torn = (lines.dropLast() + ["31.png 1 1"]).joined(separator: "\n")
    try Data(torn.utf8).write(to: scratch.path("torn/list_attr_celeba.txt"))
    let short = (["31"] + lines.dropFirst().filter { !$0.hasPrefix("9.png") })
      .joined(separator: "\n")
    try Data(short.utf8).write(to: scratch.path("short/list_attr_celeba.txt"))
    let before = scratch.names("")
    for command in Self.mistakes {
      let result = try scratch.gan(command.arguments)
      #expect(
        result.failed(command.status, naming: command.words),
        "\(command.testDescription): \(result)")
    }
    #expect(scratch.names("") == before)
  }
}

extension Scratch {
  /// Writes `count` grey pictures of 16x16 with a table of three attributes to `name/`: every second is
  /// Round, every second pair Red, and all are Any; or the same as the archive `name.tar`.
  func makeFaces(_ name: String = "faces", count: Int = 32, asTar: Bool = false) throws {
    let images = path("\(name)/images")
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    for index in 0..<count {
      let pixels = (0..<256).map { UInt8(($0 * (index % 4 + 1) + 7 * index) % 256) }
      let image = DecodedImage(width: 16, height: 16, channels: 1, pixels: pixels)
      try Data(image.pngData()).write(to: images.appendingPathComponent("\(index).png"))
    }
    let rows = (0..<count).map { "\($0).png \($0 % 2 == 0 ? 1 : -1) \($0 % 4 < 2 ? 1 : -1)  1" }
    let table = (["\(count)", "Round Red Any"] + rows).joined(separator: "\n") + "\n"
    try Data(table.utf8).write(to: path("\(name)/list_attr_celeba.txt"))
    guard asTar else { return }
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "-cf", "\(name).tar", "-C", name, "."]
    tar.currentDirectoryURL = url
    try tar.run()
    tar.waitUntilExit()
    try FileManager.default.removeItem(at: path(name))
  }
}
