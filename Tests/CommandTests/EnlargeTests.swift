import Foundation
import GANData
import Testing

@Suite("Enlarging")
struct EnlargeTests {
  /// Arguments that train a tiny srgan on parts of 16x16.
  private func training(_ name: String, steps: Int, _ more: String...) -> [String] {
    let settings = [
      "scale=2", "blocks=1", "generatorWidth=4", "discriminatorWidth=4", "discriminatorFeatures=8",
      "content=pixels",
    ]
    return [
      "train", "srgan", "--data", "photos", "--crop", "16", "--batch-size", "2", "--steps",
      "\(steps)", "--threads", "1", "--quiet", "--output", name,
    ] + settings.flatMap { ["--set", $0] } + more
  }

  /// Colour pictures of sizes of their own, twelve to train on and four to test.
  private func makePhotos(_ scratch: Scratch) throws {
    for index in 0..<16 {
      let folder = scratch.path("photos/\(index < 12 ? "train" : "test")")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let (width, height) = (20 + index, 40 - index)
      let pixels = (0..<3 * width * height).map { place -> UInt8 in
        UInt8((place * (index + 3) / 5) % 251)
      }
      let image = DecodedImage(width: width, height: height, channels: 3, pixels: pixels)
      try Data(image.pngData()).write(to: folder.appendingPathComponent("\(index).png"))
    }
  }

  @Test("Both phases resume bit by bit; a run begins its GAN phase from another")
  func phases() throws {
    let scratch = try Scratch()
    try makePhotos(scratch)
    let border = ["--set", "pretraining=4"]
    #expect(try scratch.gan(training("whole", steps: 8) + border).status == 0)
    for steps in [3, 6] {
      let name = "parts\(steps)"
      let first = training(name, steps: 8) + border + ["--checkpoint-every", "\(steps)"]
      #expect(try scratch.gan(first).status == 0)
      try FileManager.default.removeItem(at: scratch.path("\(name)/checkpoints/000008"))
      if steps == 3 {
        try FileManager.default.removeItem(at: scratch.path("\(name)/checkpoints/000006"))
      }
      let resumed = try scratch.gan("resume", name, "--quiet")
      #expect(resumed.status == 0, "\(resumed)")
      for file in ["generator", "discriminator", "training"] {
        let path = "checkpoints/000008/\(file).safetensors"
        #expect(try scratch.data("whole/\(path)") == scratch.data("\(name)/\(path)"), "\(steps)")
      }
    }
    let sheet = try scratch.picture("whole/samples/000008.png")
    // A column for each of the four held-out photos; small, cubic, enlarged, original.
    #expect(sheet.width > 4 * 16 && sheet.width < 5 * 16 && sheet.height > 4 * 16)

    #expect(try scratch.gan(training("first", steps: 2) + ["--set", "pretraining=2"]).status == 0)
    let second = try scratch.gan(
      training("second", steps: 2) + ["--set", "pretraining=0", "--from", "first"])
    #expect(second.status == 0, "\(second)")
    let lines = try scratch.jsonLines("second/metrics.jsonl")
    #expect(lines.first?["loss/D"] != nil && lines.first?["step"] as? Int == 1)
  }

  @Test("Images of a folder or archive keep their names; transparency is enlarged, too")
  func images() throws {
    let scratch = try Scratch()
    try makePhotos(scratch)
    #expect(try scratch.gan(training("run", steps: 2) + ["--set", "pretraining=1"]).status == 0)
    let whole = try scratch.gan("enlarge", "run", "photos/test", "--output", "large")
    #expect(whole.status == 0, "\(whole)")
    #expect(scratch.names("large") == ["12.png", "13.png", "14.png", "15.png"])
    let large = try scratch.picture("large/12.png")
    #expect(large.width == 64 && large.height == 56 && large.channels == 3)
    #expect(
      try scratch.gan(
        "enlarge", "run", "photos/test/12.png", "--tile", "36", "--output", "tiled.png"
      ).status == 0)
    let tiled = try scratch.picture("tiled.png")
    #expect(zip(tiled.pixels, large.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })

    let alpha = (0..<24 * 24).map { place -> UInt8 in place % 24 < 12 ? 0 : 255 }
    let clear = DecodedImage(width: 24, height: 24, channels: 3, filledWith: 120)
    try Data(clear.pngData(alpha: alpha)).write(to: scratch.path("clear.png"))
    #expect(try scratch.gan("enlarge", "run", "clear.png", "--output", "out.png").status == 0)
    let layered = try LayeredImage(readingFrom: scratch.path("out.png").path)
    let opacity = try #require(layered.alpha)
    #expect(opacity.count == 48 * 48 && opacity[0] == 0 && opacity[47] == 255)
  }

  @Test("Held-out photos are measured beside a cubic filter")
  func evaluation() throws {
    let scratch = try Scratch()
    try makePhotos(scratch)
    #expect(
      try scratch.gan(
        training("run", steps: 4, "--channels", "1") + ["--set", "pretraining=4"]
      ).status == 0)
    let figures = try scratch.evaluated("run")
    #expect(
      figures.keys.sorted() == [
        "bicubic-feature-distance[digits]", "bicubic-psnr-y", "bicubic-ssim-y",
        "feature-distance[digits]", "psnr-y", "ssim-y",
      ])
    let text = try scratch.gan("evaluate", "run").output
    #expect(text.contains("against") && text.contains("photos:test") && text.contains("4 samples"))
    #expect(text.contains("in training images were compared by squared errors of pixels"))
    #expect(text.contains("border 2") && text.contains("reduced bicubic"))
  }

  @Test("What cannot be: one line each")
  func refusals() throws {
    let scratch = try Scratch()
    try makePhotos(scratch)
    try scratch.makeRun(.gan, "noise")
    #expect(try scratch.gan(training("run", steps: 2) + ["--set", "pretraining=2"]).status == 0)
    let photo = "photos/test/12.png"
    for (arguments, words) in [
      (["enlarge", "noise", photo, "--output", "x.png"], ["'gan'", "enlarge"]),
      (["enlarge", "run", photo, "--tile", "30", "--output", "x.png"], ["--tile", "from 36"]),
      (["enlarge", "run", "nothing.png", "--output", "x.png"], ["nothing.png"]),
      (["enlarge", "run", photo, "--output", photo], ["--output", "inputs are kept"]),
      (["translate", "run", photo, "--output", "x.png"], ["'srgan'", "translate"]),
      (["evaluate", "run", "--metrics", "fid"], ["--metrics", "psnr-y"]),
      (training("new", steps: 2, "--crop", "24"), ["0.png", "at least 24x24"]),
      (training("new", steps: 2, "--crop", "18", "--set", "scale=4"), ["18x18", "multiples of 4"]),
      (training("new", steps: 2, "--set", "content=vgg54"), ["weights", "VGG-19"]),
      (
        training("new", steps: 2, "--set", "content=vgg22", "--set", "weights=vgg.safetensors"),
        ["vgg.safetensors", "cannot be read"]
      ),
      (training("new", steps: 2, "--evaluate-every", "1"), ["--evaluate-every"]),
    ] {
      let result = try scratch.gan(arguments)
      #expect(result.failed(naming: words), "\(arguments): \(result)")
    }
    #expect(!scratch.exists("new") && !scratch.exists("x.png"))
  }
}
