import Foundation
import GANData
import Testing

@Suite("Codes of images")
struct EncodeTests {
  private static let settings = [
    "--set", "latentSize=3", "--set", "encoderWidths=16", "--set", "generatorWidths=16", "--set",
    "discriminatorWidths=16",
  ]

  private func train(_ scratch: Scratch, _ more: String...) throws -> CommandResult {
    try scratch.gan(
      ["train", "aae", "--steps", "4", "--batch-size", "8", "--threads", "1", "--output", "run"]
        + Self.settings + more)
  }

  private func array(_ scratch: Scratch, _ name: String) throws -> NPYFile {
    try NPYFile(readingFrom: scratch.path(name).path)
  }

  @Test("Images go to codes in their order, and codes back to images")
  func there() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    #expect(try train(scratch, "--data", "pictures", "--quiet").status == 0)
    let all = try scratch.gan("encode", "run", "pictures", "--output", "all.npy")
    #expect(all.status == 0 && all.output.isEmpty && all.errors.isEmpty, "\(all)")
    let codes = try array(scratch, "all.npy")
    #expect(codes.shape == [32, 3] && codes.element == .float32)

    // In the order of their paths: even/0.png, even/10.png, ...
    let two = ["pictures/even/10.png", "pictures/even/0.png"]
    let some = try scratch.gan(["encode", "run"] + two + ["--output", "two.npy"])
    #expect(some.status == 0, "\(some)")
    let found = try array(scratch, "two.npy").floats
    for (value, expected) in zip(found, codes.floats[3..<6] + codes.floats[0..<3]) {
      #expect(abs(value - expected) < 1e-5)
    }

    let drawn = try scratch.gan("sample", "run", "--noise", "all.npy", "--output", "again.npy")
    #expect(drawn.status == 0, "\(drawn)")
    #expect(try array(scratch, "again.npy").shape == [32, 16, 16, 1])
  }

  @Test("A walk leads from one image's reconstruction to another's")
  func walk() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    _ = try train(scratch, "--data", "pictures", "--quiet")
    let ends = ["pictures/even/2.png", "pictures/odd/1.png"]
    let result = try scratch.gan(
      ["analyze", "walk", "run", "--frames", "5", "--output", "walk.png", "--between"] + ends)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let walk = try DecodedImage(decoding: Array(scratch.data("walk.png")), name: "walk.png")
    _ = try scratch.gan(["encode", "run"] + ends + ["--output", "z.npy"])
    _ = try scratch.gan("sample", "run", "--noise", "z.npy", "--output", "ends.png")
    let drawn = try DecodedImage(decoding: Array(scratch.data("ends.png")), name: "ends.png")
    // Tiles of 16 with a border of 2 around each.
    func tile(_ column: Int, of sheet: DecodedImage) -> [UInt8] {
      (2..<18).flatMap { (row: Int) -> [UInt8] in
        let start: Int = row * sheet.width + 2 + 18 * column
        return Array(sheet.pixels[start..<start + 16])
      }
    }
    #expect([walk.width, walk.height] == [5 * 18 + 2, 20] && drawn.width == 2 * 18 + 2)
    for (step, image) in [(0, 0), (4, 1)] {
      for (a, b) in zip(tile(step, of: walk), tile(image, of: drawn)) {
        #expect(abs(Int(a) - Int(b)) <= 1)
      }
    }
  }

  @Test("A plane of codes shows classes and what the decoder makes of it")
  func plane() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    _ = try train(scratch, "--data", "pictures", "--quiet", "--set", "latentSize=2")
    let result = try scratch.gan("analyze", "plane", "run", "--side", "4", "--output", "plane.svg")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let text = String(decoding: try scratch.data("plane.svg"), as: UTF8.self)
    #expect(text.contains("codes of 32 images") && text.contains("; odd"))
  }

  @Test("An evaluation tells how well held-out images are given back, and sheets show them")
  func evaluation() throws {
    let scratch = try Scratch()
    let trained = try train(
      scratch, "--data", "mnist", "--size", "16", "--sample-every", "4", "--evaluate-every", "4",
      "--evaluate-count", "64", "--evaluate-metric", "kid-full")
    #expect(trained.status == 0, "\(trained)")
    let result = try scratch.gan(
      "evaluate", "run", "--count", "40", "--metrics", "kid-full", "--json")
    #expect(result.status == 0, "\(result)")
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    let results = (object as? [String: Any])?["results"] as? [[String: Any]] ?? []
    let found = try #require(results.first { $0["name"] as? String == "reconstruction-error" })
    let convention = try #require(found["convention"] as? [String: Any])
    #expect(convention["split"] as? String == "test" && convention["samples"] as? Int == 40)
    #expect((found["value"] as? Double).map { $0 > 0 && $0 < 4 } == true)
    let lines = try scratch.jsonLines("run/evaluation.jsonl")
    let names = (lines[0]["results"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
    #expect(names?.contains("reconstruction-error") == true, "\(lines)")
    let sheet = try #require(scratch.names("run/samples").last)
    let picture = try DecodedImage(
      decoding: Array(scratch.data("run/samples/\(sheet)")), name: sheet)
    #expect(picture.width >= 8 * 16 && picture.height >= 8 * 16)
  }

  @Test("Mistakes are one line each")
  func mistakes() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.gan, "plain")
    _ = try train(scratch, "--data", "pictures", "--quiet")
    let image = "pictures/even/0.png"
    let commands = [
      BadCommand("encode plain \(image) --output z.npy", "'gan' does not encode images"),
      BadCommand("encode run \(image) --output z.png", "--output", "FILE.npy"),
      BadCommand("encode run missing.png --output z.npy", "missing.png"),
      BadCommand("encode missing \(image) --output z.npy", "missing"),
      BadCommand("analyze plane run --output p.png", "3 numbers", "codes of 2"),
      BadCommand("analyze plane plain --output p.png", "'gan' does not encode images"),
      BadCommand("encode run --output z.npy", "input", status: 64),
      BadCommand(
        "analyze walk plain --between \(image) \(image) --output w.png",
        "'gan' does not encode images"),
      BadCommand("analyze walk run --output w.png --between \(image)", "two images", status: 64),
      BadCommand(
        "analyze walk run --rows 2 --output w.png --between \(image) \(image)", "--rows",
        status: 64),
      BadCommand("train aae --set prior=mixture --set latentSize=3 --output no", "latentSize"),
      BadCommand(
        "train aae --data pictures --batch-size 8 --set variant=labeled --output no",
        "10 classes, found 2"),
    ]
    for command in commands {
      let result = try scratch.gan(command.arguments)
      #expect(
        result.failed(command.status, naming: command.words),
        "\(command.testDescription): \(result)")
    }
    #expect(!scratch.exists("no") && !scratch.exists("z.npy") && !scratch.exists("w.png"))
  }

  @Test("A run of points has no images to encode")
  func points() throws {
    let scratch = try Scratch()
    let result = try train(scratch, "--data", "grid", "--quiet")
    #expect(result.status == 0, "\(result)")
    try scratch.makePictures()
    let encoded = try scratch.gan("encode", "run", "pictures/even/0.png", "--output", "z.npy")
    #expect(encoded.failed(naming: ["points"]), "\(encoded)")
  }
}
