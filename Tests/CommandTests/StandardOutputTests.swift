import Foundation
import GANData
import Testing

@Suite("Pictures on standard output")
struct StandardOutputTests {
  /// Runs a command with `--output -` into a pipe, and again with a file, and compares.
  private func check(_ scratch: Scratch, _ arguments: [String]) throws {
    let piped = try CommandProcess(
      arguments + ["--output", "-"], in: scratch.url, shell: "\"$0\" \"$@\" | cat > piped.png"
    ).wait()
    #expect(piped.status == 0 && piped.errors.isEmpty, "\(piped)")
    let plain = try scratch.gan(arguments + ["--output", "plain.png"])
    #expect(plain.status == 0, "\(plain)")
    #expect(try scratch.data("piped.png") == scratch.data("plain.png"), "\(arguments)")
    let picture = try scratch.picture("piped.png")
    #expect(Set(picture.pixels).count > 1, "\(arguments): one colour")
    #expect(!scratch.exists("-"), "\(arguments): a file called -")
    try FileManager.default.removeItem(at: scratch.path("piped.png"))
    try FileManager.default.removeItem(at: scratch.path("plain.png"))
  }

  @Test("Samples and points go into a pipe, and not to a terminal")
  func samples() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    try check(scratch, ["sample", "run", "--count", "6"])
    try scratch.gan(
      "train", "gan", "--data", "ring", "--steps", "2", "--set", "generatorWidths=8", "--set",
      "discriminatorWidths=8", "--threads", "1", "--quiet", "--output", "points")
    try check(scratch, ["sample", "points"])
    let shell = "script -qec \"$0 sample run --output -\" /dev/null"
    let shown = try CommandProcess([], in: scratch.url, shell: shell).wait()
    #expect(shown.status == 1 && shown.output.contains("--output"), "\(shown)")
    #expect(shown.output.contains("terminal") && !shown.output.contains("PNG"), "\(shown)")
  }

  @Test("A reader that stops early is no failure with a message")
  func closedPipe() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    let arguments = ["sample", "run", "--count", "4000", "--output", "-"]
    let result = try CommandProcess(
      arguments, in: scratch.url, shell: "\"$0\" \"$@\" | head -c 8 > head.bin"
    ).wait()
    #expect(result.errors.isEmpty, "\(result)")
    #expect(try scratch.data("head.bin").starts(with: [0x89, 0x50, 0x4e, 0x47]))
  }

  @Test("A translation and a sheet of styles, and one line where there are several images")
  func translations() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    #expect(try scratch.gan(Scratch.pix2pix("run", "--steps", "2")).status == 0)
    try check(scratch, ["translate", "run", "pairs/test/A/0.png"])
    let several = try scratch.gan("translate", "run", "pairs/test/A", "--output", "-")
    #expect(several.failed(naming: ["--output", "'-'", "6 images"]), "\(several)")
    let beside = try scratch.gan(
      "translate", "run", "pairs/test/A/0.png", "--output", "-", "--animation", "x.gif")
    #expect(beside.failed(naming: ["--animation"]) && beside.output.isEmpty, "\(beside)")
  }

  @Test("What skipped files and notes say goes to standard error")
  func notes() throws {
    let scratch = try Scratch()
    try scratch.makePairs()
    #expect(try scratch.gan(Scratch.pix2pix("run", "--steps", "2")).status == 0)
    try FileManager.default.createDirectory(
      at: scratch.path("mixed"), withIntermediateDirectories: true)
    try scratch.data("pairs/test/A/0.png").write(to: scratch.path("mixed/0.png"))
    try Data("text".utf8).write(to: scratch.path("mixed/notes.txt"))
    let result = try CommandProcess(
      ["translate", "run", "mixed", "--output", "-"], in: scratch.url,
      shell: "\"$0\" \"$@\" > piped.png"
    ).wait()
    #expect(result.status == 0 && result.errors.hasPrefix("gan: "), "\(result)")
    #expect(try scratch.picture("piped.png").width == 16)
  }

  @Test("An enlarged and a completed image")
  func imagesOfImages() throws {
    let scratch = try Scratch()
    try scratch.makePictures()
    try scratch.makeColours("photos", count: 18)
    let settings = [
      "scale=2", "blocks=1", "generatorWidth=4", "discriminatorWidth=4", "discriminatorFeatures=8",
      "content=pixels",
    ].flatMap { ["--set", $0] }
    let common = ["--batch-size", "2", "--steps", "2", "--threads", "1", "--quiet"]
    let enlarging = try scratch.gan(
      ["train", "srgan", "--data", "photos", "--crop", "16", "--output", "large"] + common
        + settings)
    #expect(enlarging.status == 0, "\(enlarging)")
    try check(scratch, ["enlarge", "large", "pictures/odd/1.png"])
    let sizes = ["generatorWidths=4,6", "discriminatorWidths=4,6", "smallestHole=4"]
    let completing = try scratch.gan(
      ["train", "ccgan", "--data", "pictures", "--output", "whole"] + common
        + (sizes + ["largestHole=8"]).flatMap { ["--set", $0] })
    #expect(completing.status == 0, "\(completing)")
    try check(scratch, ["complete", "whole", "pictures/odd/1.png", "--mask", "4,4,6,6"])
  }
}
