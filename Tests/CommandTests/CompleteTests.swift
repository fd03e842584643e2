import Foundation
import GANData
import Testing

@Suite("Completing images by command")
struct CompleteTests {
  /// A run of a tiny generator on 16x16 pictures.
  private func makeRun(_ scratch: Scratch, _ more: String...) throws -> CommandResult {
    if !scratch.exists("pictures") { try scratch.makePictures() }
    return try scratch.gan(
      [
        "train", "ccgan", "--data", "pictures", "--steps", "2", "--batch-size", "4", "--threads",
        "1", "--output", "run", "--set", "generatorWidths=4,6", "--set", "discriminatorWidths=4,6",
        "--set", "smallestHole=4", "--set", "largestHole=8",
      ] + more)
  }

  private func write(_ image: DecodedImage, _ scratch: Scratch, _ name: String) throws {
    let file = scratch.path(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(image.pngData()).write(to: file)
  }

  private func picture(_ width: Int, _ height: Int, channels: Int) -> DecodedImage {
    DecodedImage(
      width: width, height: height, channels: channels,
      pixels: (0..<width * height * channels).map { UInt8(truncatingIfNeeded: $0 * 7) })
  }

  /// White in a box, black elsewhere.
  private func mask(_ width: Int, _ height: Int, _ box: PixelBox) -> DecodedImage {
    let black = [UInt8](repeating: 0, count: width * height)
    return DecodedImage(
      width: width, height: height, channels: 1,
      pixels: PixelMask(box, width: width, height: height).filling(black, with: 255))
  }

  @Test("Only the hole changes, whether a box or a file says it, and the sheet shows three rows")
  func hole() throws {
    let scratch = try Scratch()
    let training = try makeRun(scratch)
    #expect(training.status == 0, "\(training)")
    #expect(training.output.contains("use: gan complete run INPUT --mask"))
    let sheet = try scratch.picture("run/samples/000002.png")
    #expect(sheet.width >= 8 * 16 && sheet.height >= 3 * 16 && sheet.height < 4 * 16 + 8)

    let colours = picture(21, 19, channels: 3)
    try write(colours, scratch, "odd.png")
    let box = PixelBox(x: 15, y: 12, width: 6, height: 7)
    try write(mask(21, 19, box), scratch, "mask.png")
    for (mask, name) in [("15,12,6,7", "a.png"), ("mask.png", "b.png")] {
      let result = try scratch.gan(
        "complete", "run", "odd.png", "--mask", mask, "--output", name)
      #expect(result.status == 0, "\(result)")
    }
    let found = try scratch.picture("a.png")
    #expect(try scratch.picture("b.png") == found)
    #expect(found != colours && found.channels == 3)
    let hole = PixelMask(box, width: 21, height: 19)
    #expect(found.replaced(in: hole, by: colours) == colours, "a pixel outside")
  }

  @Test("Transparent pixels keep colour and opacity; what fills a hole is opaque")
  func transparency() throws {
    let scratch = try Scratch()
    #expect(try makeRun(scratch, "--quiet").status == 0)
    let image = picture(16, 16, channels: 3)
    let alpha = (0..<256).map { UInt8($0 % 251) }
    try Data(image.pngData(alpha: alpha)).write(to: scratch.path("clear.png"))
    #expect(
      try scratch.gan(
        "complete", "run", "clear.png", "--mask", "0,0,5,5", "--output", "out.png"
      ).status == 0)
    let found = try LayeredImage(readingFrom: scratch.path("out.png").path)
    let hole = PixelMask(PixelBox(x: 0, y: 0, width: 5, height: 5), width: 16, height: 16)
    #expect(found.own.replaced(in: hole, by: image) == image)
    #expect(found.alpha == hole.filling(alpha, with: 255))
  }

  @Test("A folder of masks has one for each image by its name")
  func folder() throws {
    let scratch = try Scratch()
    #expect(try makeRun(scratch, "--quiet").status == 0)
    for (name, column) in [("one", 0), ("two", 9)] {
      try write(picture(16, 16, channels: 1), scratch, "in/\(name).png")
      let box = PixelBox(x: column, y: 3, width: 5, height: 5)
      try write(mask(16, 16, box), scratch, "masks/\(name).png")
    }
    let result = try scratch.gan("complete", "run", "in", "--mask", "masks", "--output", "out")
    #expect(result.status == 0, "\(result)")
    #expect(scratch.names("out") == ["one.png", "two.png"])
    let (one, two) = (try scratch.picture("out/one.png"), try scratch.picture("out/two.png"))
    #expect(one != two)
    let hole = PixelMask(PixelBox(x: 0, y: 3, width: 5, height: 5), width: 16, height: 16)
    let original = picture(16, 16, channels: 1)
    #expect(one.replaced(in: hole, by: original) == original)
    try write(picture(16, 16, channels: 1), scratch, "in/three.png")
    let lonely = try scratch.gan("complete", "run", "in", "--mask", "masks", "--output", "new")
    #expect(lonely.failed(naming: ["masks: no mask for 'three.png'"]) && !scratch.exists("new"))
  }

  @Test("A run of holes resumes bit by bit")
  func resume() throws {
    let scratch = try Scratch()
    #expect(
      try makeRun(scratch, "--quiet", "--steps", "6", "--output", "whole").status == 0)
    #expect(try makeRun(scratch, "--quiet", "--steps", "3", "--output", "parts").status == 0)
    #expect(try scratch.gan("resume", "parts", "--steps", "6", "--quiet").status == 0)
    for file in ["generator", "discriminator", "training"] {
      let name = "checkpoints/000006/\(file).safetensors"
      #expect(try scratch.data("whole/\(name)") == scratch.data("parts/\(name)"), "\(file)")
    }
  }

  @Test("What cannot be: one line each, before anything is trained or written")
  func refusals() throws {
    let scratch = try Scratch()
    #expect(try makeRun(scratch, "--quiet").status == 0)
    try scratch.makeRun(.gan, "noise")
    try write(picture(16, 16, channels: 1), scratch, "in.png")
    try write(mask(20, 16, PixelBox(x: 0, y: 0, width: 2, height: 2)), scratch, "wide.png")
    try write(DecodedImage(width: 16, height: 16, channels: 1, filledWith: 0), scratch, "none.png")
    try write(DecodedImage(width: 16, height: 16, channels: 1, filledWith: 255), scratch, "all.png")
    for index in 0..<8 { try write(picture(16, 16, channels: 1), scratch, "plain/\(index).png") }
    for index in 0..<8 { try write(picture(16, 16, channels: 1), scratch, "one/\(index).png") }
    let table = "file,class\n" + (0..<8).map { "\($0).png,a\n" }.joined()
    try Data(table.utf8).write(to: scratch.path("one/labels.csv"))
    for (mask, words) in [
      ("wide.png", ["wide.png: not the size of in.png", "16x16", "16x20"]),
      ("none.png", ["none.png: no pixel is white"]), ("all.png", ["all.png: all pixels are white"]),
      ("nothing.png", ["--mask", "'nothing.png'", "x,y,w,h"]),
      ("1,1,2", ["--mask", "'1,1,2'"]), ("12,0,5,5", ["--mask", "12,0,5,5", "16x16"]),
      ("0,0,16,16", ["--mask", "smaller than it"]),
    ] {
      let result = try scratch.gan("complete", "run", "in.png", "--mask", mask, "--output", "x.png")
      #expect(result.failed(naming: words), "\(mask): \(result)")
    }
    for (arguments, words) in [
      (
        ["complete", "noise", "in.png", "--mask", "0,0,2,2", "--output", "x.png"],
        ["'gan'", "complete images"]
      ),
      (
        ["complete", "run", "in.png", "--mask", "0,0,2,2", "--output", "in.png"],
        ["--output", "inputs are kept"]
      ),
      (["classify", "run", "in.png"], ["trained without labels"]),
      (
        [
          "train", "ccgan", "--data", "pictures", "--set", "largestHole=16", "--batch-size", "4",
        ], ["largestHole", "16"]
      ),
      (["train", "ccgan", "--data", "pictures", "--labels", "4"], ["--labels"]),
      (
        ["train", "ccgan", "--preset", "labels", "--data", "plain", "--size", "32"],
        ["needs labelled images", "plain"]
      ),
      (
        [
          "train", "ccgan", "--preset", "labels", "--data", "one", "--size", "32", "--batch-size",
          "4",
        ], ["at least 2 classes"]
      ),
    ] {
      let result = try scratch.gan(arguments)
      #expect(result.failed(naming: words), "\(arguments): \(result)")
    }
    #expect(!scratch.exists("x.png") && !scratch.exists("runs"))
  }
}
