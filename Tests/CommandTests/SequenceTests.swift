import Foundation
import GANData
import Testing

@Suite("Frames as a user has them")
struct SequenceCommandTests {
  /// Two domains of two sequences each, in which a bright square goes to the right.
  private func makeFrames(_ scratch: Scratch) throws {
    for (domain, level) in [("A", UInt8(250)), ("B", 120)] {
      for sequence in 0..<2 {
        let folder = scratch.url.appendingPathComponent("frames/\(domain)/s\(sequence)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for frame in 0..<6 where !(domain == "A" && sequence == 1 && frame == 3) {
          let pixels = (0..<256).map { (place) -> UInt8 in
            let (x, y) = (place % 16, place / 16)
            return (4..<8).contains(y) && (frame..<frame + 4).contains(x) ? level : 10
          }
          let image = DecodedImage(width: 16, height: 16, channels: 1, pixels: pixels)
          try Data(image.pngData()).write(to: folder.appendingPathComponent("f\(frame + 8).png"))
        }
      }
    }
  }

  private static let training = [
    "train", "recycle-gan", "--data", "frames", "--batch-size", "2", "--threads", "1", "--set",
    "generatorWidth=4", "--set", "blocks=1", "--set", "predictorWidths=4,8", "--set",
    "discriminatorWidth=4", "--set", "discriminatorLayers=1", "--set", "poolSize=2", "--set",
    "decayStart=1",
  ]

  @Test("A run names the gap, resumes bit by bit, and turns frames into frames and an animation")
  func whole() throws {
    let scratch = try Scratch()
    try makeFrames(scratch)
    let whole = try scratch.gan(Self.training + ["--steps", "6", "--output", "whole"])
    #expect(whole.status == 0, "\(whole)")
    #expect("\(whole)".contains("sequences of 3 frames of 16x16"))
    #expect("\(whole)".contains("a gap in the frames behind") && "\(whole)".contains("f10.png"))
    #expect(try scratch.gan(Self.training + ["--steps", "3", "--output", "parts"]).status == 0)
    #expect(try scratch.gan("resume", "parts", "--steps", "6", "--quiet").status == 0)
    for file in ["generator_ab", "predictor_b", "training"] {
      let name = "checkpoints/000006/\(file).safetensors"
      #expect(try scratch.data("whole/\(name)") == scratch.data("parts/\(name)"), "\(file)")
    }
    let result = try scratch.gan(
      "translate", "whole", "frames/A/s0", "--output", "out", "--animation", "film.png")
    #expect(result.status == 0, "\(result)")
    #expect(scratch.names("out") == (8...13).map { "f\($0).png" }.sorted())
    try checkFilm(scratch)
  }

  /// Frame 8 is the first, although `f10` comes before it by letters.
  private func checkFilm(_ scratch: Scratch) throws {
    let film = try scratch.data("film.png")
    #expect(film.ranges(of: Data("fcTL".utf8)).count == 6)
    #expect(try scratch.picture("film.png") == scratch.picture("out/f8.png"))
    let mixed = DecodedImage(width: 20, height: 16, channels: 1, filledWith: 0)
    try Data(mixed.pngData()).write(to: scratch.url.appendingPathComponent("frames/A/s0/f99.png"))
    let refused = try scratch.gan(
      "translate", "whole", "frames/A/s0", "--output", "out2", "--animation", "film2.png")
    #expect(refused.status != 0 && "\(refused)".contains("images of one size"))
  }

  @Test("Too few frames in a row are refused in one line")
  func tooFew() throws {
    let scratch = try Scratch()
    try makeFrames(scratch)
    for frame in 10...13 {
      for sequence in 0..<2 {
        try? FileManager.default.removeItem(
          at: scratch.url.appendingPathComponent("frames/B/s\(sequence)/f\(frame).png"))
      }
    }
    let result = try scratch.gan(Self.training + ["--steps", "2", "--output", "run"])
    #expect(result.status != 0 && "\(result)".contains("no 3 frames in a row"))
    #expect(!scratch.names(".").contains("run"))
  }
}
