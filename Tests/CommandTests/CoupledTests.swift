import Foundation
import GANData
import GANKit
import Testing
import Torch

/// A system that draws pairs, of which the first images are in colour and the second grey.
@Suite("Pairs of one noise")
struct CoupledTests {
  private func trained() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.makePairs()
    let settings = ["latentSize=6", "generatorWidth=4", "discriminatorWidths=3,4,6"]
    let result = try scratch.gan(
      ["train", "cogan", "--data", "pairs", "--size", "16", "--steps", "2", "--batch-size", "4"]
        + ["--threads", "1", "--quiet", "--output", "run"] + settings.flatMap { ["--set", $0] })
    try #require(result.status == 0, "\(result)")
    return scratch
  }

  private func array(_ name: String, in scratch: Scratch) throws -> NPYFile {
    try NPYFile(readingFrom: scratch.path(name).path)
  }

  @Test("Both images of each noise follow each other; those of one domain are the same")
  func arrays() throws {
    let scratch = try trained()
    for (name, more) in [("both", []), ("a", ["--domain", "a"]), ("b", ["--domain", "b"])] {
      let result = try scratch.gan(
        ["sample", "run", "--count", "3", "--output", "\(name).npy"] + more)
      #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    }
    let (both, a, b) = (
      try array("both.npy", in: scratch), try array("a.npy", in: scratch),
      try array("b.npy", in: scratch)
    )
    #expect(
      both.shape == [6, 16, 16, 3] && a.shape == [3, 16, 16, 3] && b.shape == [3, 16, 16, 1])
    let colour = 16 * 16 * 3
    for index in 0..<3 {
      let first = both.bytes[2 * index * colour..<(2 * index + 1) * colour]
      let second = both.bytes[(2 * index + 1) * colour..<(2 * index + 2) * colour]
      #expect(Array(first) == Array(a.bytes[index * colour..<(index + 1) * colour]))
      let grey = b.bytes[index * 256..<(index + 1) * 256]
      #expect(Array(second) == grey.flatMap { [$0, $0, $0] })
    }
    #expect(!scratch.exists("both.labels.npy"))
  }

  @Test("Pictures: pairs side by side, or one file each")
  func pictures() throws {
    let scratch = try trained()
    #expect(try scratch.gan("sample", "run", "--count", "4", "--output", "pairs.png").status == 0)
    let sheet = try scratch.picture("pairs.png")
    // Two pairs in a row.
    #expect(sheet.width > 4 * 16 && sheet.width < 5 * 16 && sheet.height < 3 * 16)
    #expect(try scratch.gan("sample", "run", "--count", "2", "--output", "each/").status == 0)
    #expect(
      scratch.names("each") == ["000000-a.png", "000000-b.png", "000001-a.png", "000001-b.png"])
    let (a, b) = (
      try scratch.picture("each/000001-a.png"), try scratch.picture("each/000001-b.png")
    )
    #expect(a.channels == 3 && a.width == 16 && b.width == 16)
    #expect(
      try scratch.gan(
        "sample", "run", "--count", "2", "--seed", "3,5", "--domain", "a", "--output", "seeds/"
      ).status == 0)
    #expect(scratch.names("seeds").contains("seed5-000001.png"))
  }

  @Test("Only a system that draws pairs has domains")
  func refusals() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.gan)
    let result = try scratch.gan("sample", "run", "--domain", "a", "--output", "x.png")
    #expect(result.failed(naming: ["--domain", "'gan' does not draw pairs"]), "\(result)")
    #expect(!scratch.exists("x.png"))
    let other = try scratch.gan("sample", "run", "--domain", "c", "--output", "x.png")
    #expect(other.failed(64, naming: ["--domain"]), "\(other)")
  }
}
