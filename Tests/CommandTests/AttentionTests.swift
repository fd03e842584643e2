import Foundation
import GANData
import Testing

@Suite("Translations that say where they change an image")
struct AttentionTests {
  private static func training(_ name: String, _ more: String...) -> [String] {
    [
      "train", "attention-gan", "--data", "pairs", "--channels", "1", "--batch-size", "2",
      "--threads", "1", "--quiet", "--output", name,
    ]
      + [
        "generatorWidth=4", "blocks=1", "attentionWidth=4", "attentionBlocks=1",
        "discriminatorWidth=4", "discriminatorLayers=1", "poolSize=2", "decayInterval=1",
      ].flatMap { ["--set", $0] } + more
  }

  @Test("Maps are written beside translations, each in its own place")
  func maps() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    let result = try scratch.gan(Self.training("run", "--steps", "2"))
    #expect(result.status == 0, "\(result)")
    // Eight rows of six held-out images.
    let sheet = try scratch.picture("run/samples/000002.png")
    #expect(sheet.height > 8 * 16 && sheet.height < 10 * 16 && sheet.width < 7 * 16)

    let wide = DecodedImage(width: 41, height: 18, channels: 3, filledWith: 90)
    try Data(wide.pngData()).write(to: scratch.path("wide.png"))
    let both = try scratch.gan(
      "translate", "run", "pairs/test/A", "wide.png", "--output", "out", "--attention", "maps")
    #expect(both.status == 0, "\(both)")
    #expect(scratch.names("maps") == scratch.names("out") && scratch.names("maps").count == 7)
    let map = try scratch.picture("maps/wide.png")
    #expect(map.width == 41 && map.height == 18 && map.channels == 1)
    for (place, found) in [
      ("out", "where the translations go"), ("./out/", "where the translations go"),
      ("pairs/test/A", "inputs are kept"),
    ] {
      let refused = try scratch.gan(
        "translate", "run", "pairs/test/A", "--output", "out", "--attention", place)
      #expect(refused.failed(naming: [found]), "\(place): \(refused)")
    }
    #expect(try scratch.gan(Scratch.pix2pix("plain", "--steps", "2")).status == 0)
    let plain = try scratch.gan(
      "translate", "plain", "pairs/test/A", "--output", "new", "--attention", "maps")
    #expect(
      plain.failed(naming: ["'pix2pix'", "where it changes images"]) && !scratch.exists("new"))
  }

  @Test("A run that learns from masks resumes bit by bit, and its background is measured")
  func masks() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    try scratch.makeMasks()
    func train(_ name: String, _ steps: String) throws -> CommandResult {
      try scratch.gan(
        Self.training(
          name, "--steps", steps, "--masks", "masks", "--set", "variant=supervised", "--crop", "12",
          "--flip"))
    }
    let whole = try train("whole", "6")
    #expect(whole.status == 0, "\(whole)")
    #expect(try train("parts", "3").status == 0)
    #expect(try scratch.gan("resume", "parts", "--steps", "6", "--quiet").status == 0)
    for file in ["generator_ab", "attention_b", "discriminator_a", "training"] {
      let name = "checkpoints/000006/\(file).safetensors"
      #expect(try scratch.data("whole/\(name)") == scratch.data("parts/\(name)"), "\(file)")
    }
    let found = try scratch.evaluated("whole")
    for way in ["ab", "ba"] {
      let error = try #require(found["\(way)/background-error"])
      #expect(error > 0 && error < 1)
    }
  }

  @Test("Without masks it is said what they are")
  func missing() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    let none = try scratch.gan(Self.training("run", "--set", "variant=supervised"))
    #expect(none.failed(naming: ["masks", "pairs has none", "equal names"]), "\(none)")
    try scratch.makeMasks()
    try FileManager.default.removeItem(at: scratch.path("masks/train/B/3.png"))
    let one = try scratch.gan(
      Self.training("run", "--set", "variant=supervised", "--masks", "masks"))
    #expect(one.failed(naming: ["pairs/train/B/3.png", "no mask"]), "\(one)")
    let others = try scratch.gan("train", "gan", "--masks", "masks")
    #expect(others.failed(naming: ["--masks", "two domains"]), "\(others)")
    #expect(!scratch.exists("run"))
  }
}

extension Scratch {
  /// Writes a mask for each image of ``makePairs(test:)``: its left half.
  fileprivate func makeMasks() throws {
    let half = DecodedImage(
      width: 16, height: 16, channels: 1, pixels: (0..<256).map { $0 % 16 < 8 ? 255 : 0 })
    for (split, count) in [("train", 10), ("test", 6)] {
      for side in ["A", "B"] {
        let folder = path("masks/\(split)/\(side)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for index in 0..<count {
          try Data(half.pngData()).write(to: folder.appendingPathComponent("\(index).png"))
        }
      }
    }
  }
}
