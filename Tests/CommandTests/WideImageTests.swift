import Foundation
import GANData
import Testing

@Suite("Images that are not square, from training to evaluation")
struct WideImageTests {
  /// Grey images, 16 high and 24 wide.
  private func makePhotos(in scratch: Scratch, _ folder: String) throws {
    try FileManager.default.createDirectory(
      at: scratch.path(folder), withIntermediateDirectories: true)
    for index in 0..<16 {
      let pixels = (0..<16 * 24).map { UInt8(($0 * (index + 3) + index * 40) % 251) }
      let image = DecodedImage(width: 24, height: 16, channels: 1, pixels: pixels)
      try Data(image.pngData()).write(to: scratch.path("\(folder)/\(index).png"))
    }
  }

  @Test("A generator keeps the size of its data, draws it, and is measured at it")
  func generator() throws {
    let scratch = try Scratch()
    try makePhotos(in: scratch, "photos")
    let trained = try scratch.gan(
      "train", "dcgan", "--data", "photos", "--steps", "2", "--batch-size", "4", "--threads", "1",
      "--set", "generatorWidth=8", "--set", "discriminatorWidth=8", "--output", "run")
    #expect(trained.status == 0, "\(trained)")
    #expect(trained.output.contains("16 images of 16x24 (height x width)"), "\(trained)")
    #expect(try scratch.gan("sample", "run", "--count", "4", "--output", "four.npy").status == 0)
    #expect(try NPYFile(readingFrom: scratch.path("four.npy").path).shape == [4, 16, 24, 1])
    let found = try scratch.gan(
      "evaluate", "run", "--count", "16", "--metrics", "kid-full", "--features", "digits",
      "--cache", "cache")
    #expect(found.status == 0 && found.output.contains("kid-full[digits]"), "\(found)")
    // An array of such images is compared like any other.
    let array = try scratch.gan(
      "evaluate", "four.npy", "--against", "photos", "--metrics", "kid-full", "--features",
      "digits", "--cache", "cache")
    #expect(array.status == 0 && !array.output.contains("became"), "\(array)")
  }

  @Test("A size asked for, of parts cut out, and what is refused in a line")
  func sizes() throws {
    let scratch = try Scratch()
    try makePhotos(in: scratch, "photos")
    func train(_ size: String, _ more: String...) throws -> CommandResult {
      try scratch.gan(
        ["train", "gan", "--data", "photos", "--steps", "1", "--batch-size", "4", "--size", size]
          + ["--threads", "1", "--output", "run-\(size)"] + more)
    }
    #expect(try train("16x20", "--crop", "8x12").output.contains("images of 8x12 (height"))
    #expect(try train("24x16").output.contains("24x16 (height x width), sides cut off"))
    #expect(try train("16").output.contains("images of 16x16, sides cut off"))
    #expect(try train("16x20", "--crop", "8x24").failed(naming: ["--crop", "1 to 16x20", "8x24"]))
    #expect(try train("0x20").failed(naming: ["--size", "0x20"]))
    #expect(try train("16x").status == 64)
    let refused = try scratch.gan(
      "train", "dcgan", "--data", "photos", "--batch-size", "4", "--steps", "1", "--size", "16x18")
    #expect(refused.failed(naming: ["quarters", "16x18", "--size"]), "\(refused)")
  }

  @Test("Pairs: trained, drawn as a sheet, translated and measured")
  func translator() throws {
    let scratch = try Scratch()
    for part in ["train", "test"] {
      for side in ["A", "B"] { try makePhotos(in: scratch, "pairs/\(part)/\(side)") }
    }
    let trained = try scratch.gan(
      Scratch.pix2pix("run", "--steps", "2").map { $0 == "16" ? "16x24" : $0 })
    #expect(trained.status == 0, "\(trained)")
    let sheet = try scratch.picture("run/samples/000002.png")
    #expect(sheet.width > 8 * 24 && sheet.height < 4 * 24)
    #expect(
      try scratch.gan("translate", "run", "pairs/test/A/0.png", "--output", "one.png").status == 0)
    let one = try scratch.picture("one.png")
    #expect(one.width == 24 && one.height == 16)
    let found = try scratch.gan("evaluate", "run", "--count", "16", "--cache", "cache")
    #expect(found.status == 0 && found.output.contains("psnr"), "\(found)")
  }
}
