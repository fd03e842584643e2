import Foundation
import GANData
import Testing

@Suite("Pictures as they come")
struct WildPictureTests {
  private static let small = [
    "--size", "16", "--steps", "1", "--batch-size", "2", "--threads", "1", "--set",
    "generatorWidth=4", "--set", "discriminatorWidth=4",
  ]

  @Test("A run keeps what lies behind transparency, and its start says what is not read")
  func training() throws {
    let scratch = try Scratch()
    let ink = DecodedImage(width: 16, height: 16, channels: 1, filledWith: 0)
    for index in 0..<4 {
      let alpha = (0..<256).map { UInt8($0 % 16 < index + 3 ? 255 : 0) }
      try scratch.write(ink.pngData(alpha: alpha), to: "ink/\(index).png")
    }
    try scratch.write([1], to: "ink/a.svg")
    try scratch.write([1], to: "ink/b.svg")
    try scratch.write([1], to: "ink/c.psd")
    let set = scratch.path("ink").path
    let white = try scratch.gan(["train", "dcgan", "--data", "ink", "--output", "w"] + Self.small)
    #expect(white.status == 0)
    #expect(white.errorLines == ["gan: \(set): 3 files not read: 2 .svg, 1 .psd"])
    let black = try scratch.gan(
      ["train", "dcgan", "--data", "ink", "--output", "b", "--background", "black"] + Self.small)
    #expect(black.status == 0)
    #expect(black.errorLines.count == 2 && black.errors.contains("of one colour only"))
    for (run, colour) in [("w", "white"), ("b", "black")] {
      let config = try JSONSerialization.jsonObject(with: scratch.data("\(run)/config.json"))
      let data = (config as? [String: Any])?["data"] as? [String: Any]
      #expect(data?["background"] as? String == colour)
    }
    let odd = try scratch.gan(
      ["train", "dcgan", "--data", "ink", "--background", "pink"] + Self.small)
    #expect(odd.status == 64 && odd.errors.contains("--background"))
  }

  @Test("Inspection and preview tell the bits in use and scale on request")
  func bits() throws {
    let scratch = try Scratch()
    // A TIFF of one row: 4095 and 0 in 16 bits.
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let entries = [
      (256, 2), (257, 1), (258, 16), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1), (279, 4),
    ]
    let file =
      Array("II".utf8) + little(42, 2) + little(12, 4) + little(4095, 2) + little(0, 2)
      + little(entries.count, 2)
      + entries.flatMap { little($0.0, 2) + little(4, 2) + little(1, 4) + little($0.1, 4) }
      + little(0, 4)
    for index in 0..<2 { try scratch.write(file, to: "deep/\(index).tif") }
    let report = try scratch.gan("data", "inspect", "deep").output
    #expect(report.contains("16-bit values: up to 4095 of 65535, 12 bits"))
    #expect(report.contains("--bits 12"))
    func brightest(_ options: String...) throws -> UInt8? {
      let result = try scratch.gan(["data", "preview", "deep", "--output", "p.png"] + options)
      #expect(result.status == 0 && result.errors.contains("--bits 12") == options.isEmpty)
      return try DecodedImage(decoding: [UInt8](scratch.data("p.png")), name: "p").pixels.max()
    }
    #expect(try brightest("--bits", "12") == 255)
    #expect(
      try scratch.gan("data", "preview", "deep", "--bits", "8", "--output", "q.png")
        .failed(naming: ["deep/", "more than the 8 bits"]))
    #expect(
      try scratch.gan("data", "inspect", "deep", "--bits", "17").failed(naming: ["bits", "17"]))
  }

  @Test("Translation: archives, transparency, broken inputs, outputs that are refused")
  func translation() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    #expect(try scratch.gan(Scratch.pix2pix("run", "--steps", "1")).status == 0)
    let image = DecodedImage(width: 20, height: 17, channels: 3, filledWith: 90)
    let alpha = (0..<340).map { UInt8($0 % 251) }
    try scratch.write(image.pngData(alpha: alpha), to: "in/clear.png")
    #expect(
      try scratch.gan("translate", "run", "in/clear.png", "--output", "out.png").status == 0)
    #expect(try LayeredImage(readingFrom: scratch.path("out.png").path).alpha == alpha)

    try scratch.write(Array("version https://git-lfs.github.com/spec/v1".utf8), to: "in/lfs.jpg")
    try scratch.write(image.pngData(), to: "in/more/plain.png")
    let broken = try scratch.gan("translate", "run", "in", "--output", "new")
    #expect(broken.failed(naming: ["in/lfs.jpg", "git lfs pull"]))
    let skipping = try scratch.gan("translate", "run", "in", "--skip-broken", "--output", "new")
    #expect(skipping.status == 0 && skipping.errorLines.count == 1)
    #expect(skipping.errors.hasPrefix("gan: left out in/lfs.jpg: "))
    #expect(scratch.names("new") == ["clear.png", "more"])
    let none = try scratch.gan(
      "translate", "run", "in/lfs.jpg", "--skip-broken", "--output", "none")
    #expect(none.status == 1 && none.errors.contains("none of the 1 images can be read"))

    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "cf", "set.tar", "in/clear.png", "in/more"]
    tar.currentDirectoryURL = scratch.url
    try tar.run()
    tar.waitUntilExit()
    #expect(try scratch.gan("translate", "run", "set.tar", "--output", "of").status == 0)
    #expect(scratch.names("of/in") == ["clear.png", "more"])
    #expect(scratch.names("of/in/more") == ["plain.png"])

    let jpeg = try scratch.gan("translate", "run", "in/clear.png", "--output", "q.jpg")
    #expect(jpeg.failed(naming: ["output", "'q.jpg'", "FILE.png"]) && !scratch.exists("q.jpg"))
    let before = try scratch.data("in/clear.png")
    let over = try scratch.gan("translate", "run", "in/clear.png", "--output", "in")
    #expect(over.failed(naming: ["in/clear.png", "inputs are kept"]))
    #expect(try scratch.data("in/clear.png") == before)
  }

  @Test("The limit of pixels is raised on request")
  func pixelLimit() throws {
    let scratch = try Scratch()
    try scratch.makePictures(count: 4)
    let refused = try scratch.gan("data", "inspect", "pictures", "--max-pixels", "255")
    #expect(refused.output.contains("0 images, 4 broken"))
    #expect(refused.output.contains("expected at most 255, the pixel limit, found 256"))
    let stopped = try scratch.gan("train", "gan", "--data", "pictures", "--max-pixels", "255")
    #expect(stopped.failed(naming: ["pixel limit", "found 256", "raise it with --max-pixels"]))
    let allowed = try scratch.gan("data", "inspect", "pictures", "--max-pixels", "256")
    #expect(allowed.output.contains("4 images, 0 broken"))
  }

  @Test("A set is compared with the same set as an array, whatever its numbers are")
  func arrays() throws {
    let scratch = try Scratch()
    var bytes: [UInt8] = []
    let digits = try DataSet.open("mnist", split: .test)
    for index in 0..<12 {
      let image = try digits.image(at: index)
      try scratch.write(image.pngData(), to: "set/\(index + 10).png")
      bytes += image.pixels
    }
    let signed = bytes.map { Float($0) / 127.5 - 1 }
    try scratch.write(NPYFile(signed, shape: [12, 1, 28, 28]).encoded(), to: "signed.npy")
    func values(_ subject: String, _ against: String) throws -> Double {
      let result = try scratch.gan(
        "evaluate", subject, "--against", against, "--metrics", "kid", "--json")
      let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
      let list = (object as? [String: Any])?["results"] as? [[String: Any]] ?? []
      let found = list.first { $0["name"] as? String == "kid[digits]" }
      return try #require(found?["value"] as? Double, "\(result)")
    }
    let same = try values("set", "set")
    #expect(try values("set", "signed.npy") == same)
    #expect(try values("signed.npy", "set") == same)
  }
}

extension Scratch {
  /// Writes a file, with the folders it lies in.
  func write(_ bytes: [UInt8], to name: String) throws {
    let url = path(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }
}
