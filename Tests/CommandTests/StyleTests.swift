import Foundation
import GANData
import Testing

@Suite("Translations in styles")
struct StyleTests {
  private static func training(_ name: String, steps: Int = 2) -> [String] {
    [
      "train", "munit", "--data", "pairs", "--batch-size", "2", "--threads", "1", "--quiet",
      "--steps", "\(steps)", "--output", name,
    ]
      + [
        "contentHalvings=1", "styleHalvings=2", "residualBlocks=1", "styleSize=2", "mlpWidth=8",
        "generatorWidth=4", "discriminatorWidth=4", "discriminatorLayers=2", "scales=2",
      ].flatMap { ["--set", $0] }
  }

  private func trained() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.makePairs()
    let result = try scratch.gan(Self.training("run"))
    #expect(result.status == 0, "\(result)")
    return scratch
  }

  @Test("A run resumes bit by bit, and its sheet has each direction's inputs in three styles")
  func training() throws {
    let scratch = try trained()
    let sheet = try scratch.picture("run/samples/000002.png")
    #expect(sheet.height > 8 * 16 && sheet.height < 10 * 16 && sheet.width < 7 * 16)
    #expect(try scratch.gan(Self.training("whole", steps: 4)).status == 0)
    #expect(try scratch.gan("resume", "run", "--steps", "4", "--quiet").status == 0)
    for file in ["generator_a", "discriminator_b", "training"] {
      let name = "checkpoints/000004/\(file).safetensors"
      #expect(try scratch.data("whole/\(name)") == scratch.data("run/\(name)"), "\(file)")
    }
    let found = try scratch.evaluated("run").keys
    #expect(found.contains { $0.hasPrefix("ab/") } && !found.contains("ab/cycle-error"))
  }

  @Test("A style is drawn from a seed, 1 unless one is named, or taken from a picture of any size")
  func styles() throws {
    let scratch = try trained()
    let odd = DecodedImage(
      width: 21, height: 9, channels: 3, pixels: (0..<567).map { UInt8($0 * 5 % 256) })
    try Data(odd.pngData()).write(to: scratch.path("odd.png"))
    func translated(_ options: String...) throws -> Data {
      let result = try scratch.gan(
        ["translate", "run", "pairs/test/A/0.png", "--output", "out.png"] + options)
      #expect(result.status == 0, "\(options): \(result)")
      return try scratch.data("out.png")
    }
    let first = try translated()
    #expect(try translated("--style", "1") == first && translated("--seed", "1") == first)
    let second = try translated("--style", "2")
    #expect(second != first)
    #expect(try translated("--seed", "2") == second)
    #expect(try translated("--style", "2", "--seed", "9") == second)
    let inStyle = try translated("--style", "odd.png")
    #expect(inStyle != first && inStyle != second)
    #expect(try translated("--style", "odd.png") == inStyle)
    #expect(try translated("--style", "pairs/test/B/3.png") != inStyle)

    let back = try scratch.gan(
      "translate", "run", "odd.png", "--direction", "ba", "--style", "pairs/test/A/1.png",
      "--output", "back.png")
    #expect(back.status == 0, "\(back)")
    let picture = try scratch.picture("back.png")
    #expect(picture.width == 21 && picture.height == 9 && picture.channels == 3)
  }

  /// All tiles are in one style: a border between two of them would be a jump.
  @Test(
    "Large images are in one style, put together from tiles that have their statistics in common")
  func tiles() throws {
    let scratch = try trained()
    let wide = DecodedImage(
      width: 128, height: 32, channels: 3,
      pixels: (0..<32 * 128).flatMap { place -> [UInt8] in
        let value = UInt8(((place % 128) / 4 + place / 128) * 8 % 256)
        return [value, 255 - value, value / 2]
      })
    try Data(wide.pngData()).write(to: scratch.path("wide.png"))
    for (name, tile) in [("tiled", "64"), ("once", "1024")] {
      let result = try scratch.gan(
        "translate", "run", "wide.png", "--tile", tile, "--style", "4", "--output", "\(name).png")
      #expect(result.status == 0, "\(result)")
    }
    let (tiled, once) = (try scratch.picture("tiled.png"), try scratch.picture("once.png"))
    #expect(tiled.width == 128 && tiled.height == 32)
    let differences = zip(tiled.pixels, once.pixels).map { abs(Int($0) - Int($1)) }
    let mean = Double(differences.reduce(0, +)) / Double(differences.count)
    #expect(mean < 24, "\(mean)")
  }

  @Test("A sheet has each image in a row with its results in several styles")
  func sheet() throws {
    let scratch = try trained()
    let result = try scratch.gan(
      "translate", "run", "pairs/test/A/0.png", "pairs/test/A/1.png", "--styles", "3", "--seed",
      "5",
      "--output", "sheets/one.png")
    #expect(result.status == 0, "\(result)")
    let sheet = try scratch.picture("sheets/one.png")
    // Two rows of the image and three results, with borders of two pixels; the inputs are in colour.
    #expect(sheet.width == 4 * 18 + 2 && sheet.height == 2 * 18 + 2 && sheet.channels == 3)
    let again = try scratch.gan(
      "translate", "run", "pairs/test/A/0.png", "pairs/test/A/1.png", "--styles", "3", "--seed",
      "5",
      "--output", "again.png")
    #expect(again.status == 0)
    #expect(try scratch.data("again.png") == scratch.data("sheets/one.png"))
  }

  @Test("What cannot be: one line each")
  func refusals() throws {
    let scratch = try trained()
    #expect(try scratch.gan(Scratch.pix2pix("plain", "--steps", "2")).status == 0)
    try Data("no image".utf8).write(to: scratch.path("text.png"))
    let odd = DecodedImage(width: 21, height: 19, channels: 3, filledWith: 90)
    try Data(odd.pngData()).write(to: scratch.path("odd.png"))
    let image = "pairs/test/A/0.png"
    for (arguments, words) in [
      (["plain", image, "--style", "1"], ["'pix2pix'", "styles"]),
      (["plain", image, "--style", "odd.png"], ["'pix2pix'", "styles"]),
      (["plain", image, "--styles", "2"], ["'pix2pix'", "styles"]),
      (["run", image, "--style", "text.png"], ["text.png"]),
      (["run", image, "--style", "nothing.png"], ["nothing.png"]),
      (["run", image, "--style", "pairs"], ["pairs"]),
      (["run", image, "--styles", "0"], ["--styles", "from 1 to 64"]),
      (["run", image, "--styles", "65"], ["--styles", "from 1 to 64"]),
      (["run", image, "--styles", "2", "--style", "1"], ["--styles", "--style"]),
      (["run", image, "--styles", "2", "--animation", "a.png"], ["--styles", "--animation"]),
      (["run", image, "--styles", "2", "--attention", "maps"], ["--styles", "--attention"]),
      (["run", image, "--attention", "maps"], ["'munit'", "where it changes"]),
      (
        ["run", image, "odd.png", "--styles", "2"], ["--styles", "one size", "odd.png"]
      ),
    ] {
      let result = try scratch.gan(["translate"] + arguments + ["--output", "x.png"])
      #expect(result.failed(naming: words), "\(arguments): \(result)")
    }
    let reference = try scratch.gan(
      "translate", "run", image, "--style", "odd.png", "--output", "odd.png")
    #expect(reference.failed(naming: ["--output", "odd.png", "inputs are kept"]), "\(reference)")
    for place in ["folder", image] {
      let result = try scratch.gan("translate", "run", image, "--styles", "2", "--output", place)
      #expect(result.failed(naming: ["--output", place]), "\(place): \(result)")
    }
    #expect(!scratch.exists("x.png") && !scratch.exists("folder"))
  }
}
