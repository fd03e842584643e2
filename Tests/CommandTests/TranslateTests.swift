import Foundation
import GANData
import Testing

@Suite("Translating and classifying")
struct TranslateTests {
  @Test("Pairs: a sheet of input, output and target; images keep their size and names")
  func pairs() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    let result = try scratch.gan(Scratch.pix2pix("run", "--steps", "4"))
    #expect(result.status == 0, "\(result)")
    // A column for each of the six held-out pairs.
    let sheet = try scratch.picture("run/samples/000004.png")
    #expect(
      sheet.width > 6 * 16 && sheet.width < 7 * 16 && sheet.height > 3 * 16
        && sheet.height < 4 * 16 + 16)

    let odd = DecodedImage(width: 21, height: 19, channels: 3, filledWith: 90)
    try Data(odd.pngData()).write(to: scratch.path("odd.png"))
    #expect(
      try scratch.gan("translate", "run", "odd.png", "--output", "new.png").status == 0)
    let new = try scratch.picture("new.png")
    #expect(new.width == 21 && new.height == 19 && new.channels == 1)

    let folder = try scratch.gan("translate", "run", "pairs/test/A", "odd.png", "--output", "out")
    #expect(folder.status == 0, "\(folder)")
    #expect(
      scratch.names("out") == ["0.png", "1.png", "2.png", "3.png", "4.png", "5.png", "odd.png"])
  }

  @Test("A result never takes an input's place, nor lies among inputs")
  func inputsStay() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    #expect(try scratch.gan(Scratch.pix2pix("run", "--steps", "2")).status == 0)
    let inputs = "pairs/test/A"
    let before = try scratch.data("\(inputs)/0.png")
    try FileManager.default.createSymbolicLink(
      at: scratch.path("link"), withDestinationURL: scratch.path(inputs))
    let places = [
      [inputs, "--output", inputs], [inputs, "--output", "./\(inputs)/"],
      [inputs, "--output", "link"], ["\(inputs)/0.png", "--output", "\(inputs)/0.png"],
      ["\(inputs)/0.png", "--output", "link/0.png"], ["\(inputs)/0.png", "--output", inputs],
    ]
    for place in places {
      let result = try scratch.gan(["translate", "run"] + place)
      #expect(result.failed(naming: ["--output", "inputs are kept"]), "\(place): \(result)")
    }
    #expect(try scratch.data("\(inputs)/0.png") == before)
    let jpeg = try scratch.gan("translate", "run", "\(inputs)/0.png", "--output", "q.jpg")
    #expect(jpeg.failed(naming: ["--output", "q.jpg", "FILE.png"]) && !scratch.exists("q.jpg"))
    // A folder that holds an image of the same name which is no input is as good as any.
    #expect(
      try scratch.gan("translate", "run", "\(inputs)/0.png", "--output", "pairs/test").status == 0)
  }

  @Test("The same seed gives the same noise, another seed another")
  func noise() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    // Fresh weights are so small that the noise may vanish among 256 values of grey.
    #expect(try scratch.gan(Scratch.pix2pix("run", "--steps", "40")).status == 0)
    for (seed, name) in [("1", "a"), ("1", "b"), ("2", "c")] {
      try scratch.gan(
        "translate", "run", "pairs/test/A/0.png", "--seed", seed, "--output", "\(name).png")
    }
    #expect(try scratch.data("a.png") == scratch.data("b.png"))
    #expect(try scratch.data("a.png") != scratch.data("c.png"))
  }

  @Test("A run of pairs resumes bit by bit")
  func resume() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    try scratch.gan(Scratch.pix2pix("whole", "--steps", "6"))
    try scratch.gan(Scratch.pix2pix("parts", "--steps", "3"))
    #expect(try scratch.gan("resume", "parts", "--steps", "6", "--quiet").status == 0)
    for file in ["generator", "discriminator", "training"] {
      let name = "checkpoints/000006/\(file).safetensors"
      #expect(try scratch.data("whole/\(name)") == scratch.data("parts/\(name)"), "\(file)")
    }
  }

  @Test("Two domains: both ways, tiles agree with the whole, pools survive a resumption")
  func domains() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    func train(_ name: String, _ steps: String) throws -> CommandResult {
      try scratch.gan(
        [
          "train", "cyclegan", "--data", "pairs", "--batch-size", "1", "--steps", steps, "--quiet",
          "--threads", "1", "--output", name, "--set", "generatorWidth=4", "--set", "blocks=1",
          "--set", "discriminatorWidth=4", "--set", "discriminatorLayers=1", "--set",
          "poolSize=2", "--set", "decayStart=1",
        ])
    }
    #expect(try train("whole", "8").status == 0)
    #expect(try train("parts", "5").status == 0)
    #expect(try scratch.gan("resume", "parts", "--steps", "8", "--quiet").status == 0)
    for file in ["generator_ba", "discriminator_b", "training"] {
      let name = "checkpoints/000008/\(file).safetensors"
      #expect(try scratch.data("whole/\(name)") == scratch.data("parts/\(name)"), "\(file)")
    }
    for (way, channels) in [("ab", 1), ("ba", 3)] {
      let input = way == "ab" ? "pairs/test/A/1.png" : "pairs/test/B/1.png"
      let result = try scratch.gan(
        "translate", "whole", input, "--direction", way, "--output", "\(way).png")
      #expect(result.status == 0, "\(result)")
      #expect(try scratch.picture("\(way).png").channels == channels)
    }
    try large(scratch)
  }

  /// Far from the seams a tile sees what the whole image sees; instance normalisation does not, so
  /// only size and smoothness can be asked for.
  private func large(_ scratch: Scratch) throws {
    let wide = DecodedImage(width: 150, height: 40, channels: 3, filledWith: 60)
    try Data(wide.pngData()).write(to: scratch.path("wide.png"))
    let result = try scratch.gan(
      "translate", "whole", "wide.png", "--tile", "64", "--output", "tiled.png")
    #expect(result.status == 0, "\(result)")
    let tiled = try scratch.picture("tiled.png")
    #expect(tiled.width == 150 && tiled.height == 40)
    try scratch.gan("translate", "whole", "wide.png", "--output", "once.png")
    let once = try scratch.picture("once.png")
    let middle = { (image: DecodedImage) in (20 * 150 + 75) * image.channels }
    #expect(abs(Int(tiled.pixels[middle(tiled)]) - Int(once.pixels[middle(once)])) <= 24)
  }

  @Test("A translation does not depend on its company, and the targets' features are kept")
  func evaluation() throws {
    let scratch = try Scratch()
    // As many as a distance between 128 features needs.
    try scratch.makePairs(test: 130)
    for norm in ["batch", "instance"] {
      let training = Scratch.pix2pix(
        norm, "--steps", "2", "--set", "dropout=0", "--set", "normalization=\(norm)")
      #expect(try scratch.gan(training).status == 0)
      let first = try scratch.evaluated(norm)
      #expect(try scratch.evaluated(norm) == first, "from the cache")
      try scratch.setBatchSize(65, of: norm)
      let all = try scratch.evaluated(norm)
      let change = abs(try #require(all["ssim"]) - (try #require(first["ssim"])))
      #expect(change < 1e-6, "\(norm): \(change)")
      #expect(all.keys == first.keys)
    }
    #expect(scratch.names("cache").count == 1)
  }

  @Test("Of few images the kernel distance is measured, for no covariance can be")
  func few() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    let loud = Scratch.pix2pix("run", "--steps", "2").filter { $0 != "--quiet" }
    #expect(try scratch.gan(loud).output.contains("use: gan translate run"))
    let names = try scratch.evaluated("run").keys
    #expect(names.contains("kid-full[digits]") && names.contains("input-kid-full[digits]"))
    #expect(names.contains("l1") && !names.contains("fid[digits]"))
  }

  @Test("What cannot be: one line each")
  func refusals() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    try scratch.gan(Scratch.pix2pix("run", "--steps", "2"))
    try scratch.makeRun(.gan, "noise")
    for (arguments, words) in [
      (["translate", "run", "nothing.png", "--output", "x.png"], ["nothing.png"]),
      (
        ["translate", "run", "pairs/test/A/0.png", "--direction", "ba", "--output", "x.png"],
        ["--direction", "ab"]
      ),
      (["translate", "run", "pairs/test/A", "--output", "x.png"], ["--output", "6 images"]),
      (
        ["translate", "run", "pairs/test/A", "pairs/test/B", "--output", "x"],
        ["would both become"]
      ),
      (["translate", "noise", "pairs/test/A/0.png", "--output", "x.png"], ["'gan'", "translate"]),
      (["classify", "noise", "pairs/test/A/0.png"], ["'gan'", "classify"]),
      (["sample", "run", "--output", "x.png"], ["pix2pix", "noise"]),
      (Scratch.pix2pix("new", "--data-b", "pairs"), ["--data-b"]),
      (Scratch.pix2pix("new", "--labels", "10"), ["--labels"]),
      (["train", "gan", "--data", "pictures", "--direction", "ab"], ["--direction"]),
      (["train", "pixelda", "--data", "pairs", "--size", "16"], ["label"]),
      (["train", "pix2pix", "--data", "mnist"], ["mnist", "pairs"]),
      (["train", "cyclegan", "--data", "edgs"], ["edges"]),
      (
        [
          "train", "cyclegan", "--data", "pairs", "--batch-size", "1", "--set",
          "identityWeight=0.5",
        ],
        ["identityWeight", "equal channels"]
      ),
      (Scratch.pix2pix("new", "--size", "18"), ["--size", "18x18"]),
      (Scratch.pix2pix("new", "--size", "8", "--set", "discriminatorLayers=3"), ["8x8"]),
    ] {
      #expect(try scratch.gan(arguments).failed(naming: words), "\(arguments)")
    }
    #expect(!scratch.exists("new") && !scratch.exists("x.png"))
  }
}

extension Scratch {
  /// Writes pairs of 16x16, colour to grey, ten to train on and some to test.
  func makePairs(test: Int = 6) throws {
    for (split, count) in [("train", 10), ("test", test)] {
      for (side, channels) in [("A", 3), ("B", 1)] {
        let folder = path("pairs/\(split)/\(side)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for index in 0..<count {
          let pixels = (0..<256 * channels).map { UInt8(($0 * (index + 1) * 3) % 256) }
          let image = DecodedImage(width: 16, height: 16, channels: channels, pixels: pixels)
          try Data(image.pngData()).write(to: folder.appendingPathComponent("\(index).png"))
        }
      }
    }
  }

  /// Arguments that train a tiny pix2pix on the pairs.
  static func pix2pix(_ name: String, _ more: String...) -> [String] {
    [
      "train", "pix2pix", "--data", "pairs", "--batch-size", "2", "--threads", "1", "--quiet",
      "--output", name, "--set", "generatorWidths=4,8", "--set", "discriminatorWidth=4", "--size",
      "16",
    ]
      + (more.contains { $0.hasPrefix("discriminatorLayers") }
        ? [] : ["--set", "discriminatorLayers=1"])
      + more
  }

  /// The figures of a run by their names.
  func evaluated(_ run: String) throws -> [String: Double] {
    let result = try gan("evaluate", run, "--cache", "cache", "--json")
    try #require(result.status == 0, "\(result)")
    let found = try #require(
      JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let results = try #require(found["results"] as? [[String: Any]])
    return results.reduce(into: [:]) { figures, result in
      if let name = result["name"] as? String { figures[name] = result["value"] as? Double }
    }
  }

  /// Pretends that a run was trained with minibatches of another size.
  func setBatchSize(_ size: Int, of run: String) throws {
    var config = try #require(
      JSONSerialization.jsonObject(with: data("\(run)/config.json")) as? [String: Any])
    config["batchSize"] = size
    try JSONSerialization.data(withJSONObject: config).write(to: path("\(run)/config.json"))
  }

  func picture(_ name: String) throws -> DecodedImage {
    try DecodedImage(decoding: [UInt8](data(name)), name: name)
  }
}
