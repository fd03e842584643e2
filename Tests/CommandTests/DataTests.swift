import Foundation
import GANData
import Testing

@Suite("Data sets")
struct DataTests {
  @Test("The built-in sets are listed with their sizes")
  func list() throws {
    let scratch = try Scratch()
    let table = try scratch.gan("data", "list").output
    let json = try JSONSerialization.jsonObject(
      with: Data(scratch.gan("data", "list", "--json").output.utf8))
    let sets = try #require(json as? [[String: Any]])
    #expect(
      sets.compactMap { $0["name"] as? String } == [
        "mnist", "edges", "outlines", "pixelated", "masked", "low-resolution", "textured",
        "mnist-m",
        "grounded",
        "painted", "moving", "turned", "ring", "grid", "swissRoll", "cosine",
      ])
    #expect(sets.first?["train"] as? Int == 60_000 && sets.first?["size"] as? String == "28x28")
    for set in sets { #expect(table.contains(set["name"] as? String ?? "?")) }
  }

  @Test("A set in several archives is packed into one, with its classes and splits, and trained on")
  func pack() throws {
    let scratch = try Scratch()
    let shards = [["train/cat/1", "test/cat/2"], ["train/dog/3", "train/cat/4"]]
    for (shard, names) in shards.enumerated() {
      for name in names {
        let file = scratch.path("set-\(shard)/\(name).png")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let grey = UInt8((name.last?.wholeNumberValue ?? 0) * 20)
        let image = DecodedImage(width: 20, height: 24, channels: 1, filledWith: grey)
        try Data(image.pngData()).write(to: file)
      }
      let tar = Process()
      tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      tar.arguments = ["tar", "-cf", "set-\(shard).tar", "-C", "set-\(shard)", "."]
      tar.currentDirectoryURL = scratch.url
      try tar.run()
      tar.waitUntilExit()
    }
    let packed = try scratch.gan(
      "data", "pack", "set-{0..1}.tar", "--size", "16", "--output", "packed.tar")
    #expect(packed.status == 0 && packed.output == "4 images of 16x16 in packed.tar\n", "\(packed)")
    let training = ["train", "cgan", "--steps", "2", "--batch-size", "2", "--output"]
    let trained = try scratch.gan(training + ["run", "--data", "packed.tar"])
    #expect(trained.output.contains("(3 images of 16x16, 2 classes)"), "\(trained)")
    let sharded = try scratch.gan(
      training + ["sharded", "--data", "set-{0..1}.tar", "--size", "16"])
    #expect(sharded.status == 0, "\(sharded)")
    #expect(try scratch.gan("resume", "sharded", "--steps", "3").status == 0)
    #expect(
      try scratch.gan("data", "pack", "set-{0..2}.tar", "--size", "16", "--output", "p.tar")
        .failed(naming: ["set-2.tar"]))
    #expect(
      try scratch.gan("data", "pack", "set-0.tar", "--size", "16", "--output", "p.zip")
        .failed(naming: ["--output", "FILE.tar"]))
  }

  @Test("A preview shows as many images of each kind as asked for")
  func preview() throws {
    let scratch = try Scratch()
    let result = try scratch.gan(
      "data", "preview", "edges", "--pairs", "--count", "8", "--size", "28", "--output", "p.png")
    #expect(result.status == 0)
    let picture = try DecodedImage(decoding: [UInt8](scratch.data("p.png")), name: "p.png")
    // Four columns: two rows of inputs, two of targets, all of 28x28 with a gap between.
    #expect(picture.width >= 4 * 28 && picture.height >= 4 * 28)
    #expect(
      try scratch.gan("data", "preview", "mnist", "--pairs", "--output", "p.png").failed(
        naming: ["mnist", "pairs"]))
    #expect(
      try scratch.gan("data", "preview", "grid", "--output", "p.png").failed(naming: ["points"]))
  }

  @Test("A folder is inspected, broken files included")
  func inspect() throws {
    let scratch = try Scratch()
    try scratch.makePictures(count: 10)
    try Data("no picture".utf8).write(to: scratch.path("pictures/odd/broken.png"))
    let text = try scratch.gan("data", "inspect", "pictures")
    #expect(text.status == 0)
    #expect(text.output.contains("10 images, 1 broken"))
    #expect(text.output.contains("even (5)") && text.output.contains("16x16 (10)"))
    let json = try scratch.gan("data", "inspect", "pictures", "--json").output
    let report = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    #expect(report?["readableImages"] as? Int == 10)
    #expect((report?["brokenImages"] as? [Any])?.count == 1)
  }
}
