import Foundation
import GANData
import GANTraining
import SwiftGAN

/// Where an animation goes and in which form, which the ending of its name says.
struct AnimationFile {
  /// What a file is.
  enum Form: String, CaseIterable {
    case apng, webp, mp4
  }

  private let path: String
  private let field: String
  private let framesPerSecond: Double
  private let form: Form

  /// Checks the name, and that there is what writes it, before any work is done.
  ///
  /// - Parameters:
  ///   - field: The option that names it.
  ///   - framesPerSecond: How many frames are shown in a second.
  ///   - isPNG: Whether FILE.png is an animation, too.
  ///   - other: Other forms that the option takes, for the message.
  init(
    _ path: String, field: String = "output", framesPerSecond: Double, isPNG: Bool = false,
    or other: String = ""
  ) throws {
    let ending = (path as NSString).pathExtension.lowercased()
    guard let form = isPNG && ending == "png" ? .apng : Form(rawValue: ending) else {
      throw RunError.field(
        field, found: "'\(path)'",
        expected:
          "\(other)\(isPNG ? "FILE.png, " : "")FILE.apng, FILE.webp or (with ffmpeg) FILE.mp4")
    }
    // A frame stays for whole milliseconds, 16 bits of them in an APNG.
    try checkNumber("framesPerSecond", framesPerSecond, 0.02...200)
    (self.path, self.field, self.form) = (path, field, form)
    self.framesPerSecond = framesPerSecond
    if form == .mp4 { _ = try program() }
  }

  /// Whether the ending of a name is one of an animation.
  static func isNamed(by path: String) -> Bool {
    Form(rawValue: (path as NSString).pathExtension.lowercased()) != nil
  }

  /// Writes the frames, which repeat for ever but in a video.
  ///
  /// - Precondition: pictures of one size and number of channels, at least one.
  func write(_ frames: [DecodedImage]) throws {
    let delay = UInt16((1000 / framesPerSecond).rounded())
    switch form {
    case .apng: try AtomicFile.write(APNG.data(frames: frames, delay: delay), to: path)
    case .webp:
      try AtomicFile.write(
        WebPAnimation.data(frames: frames, delay: delay, path: path), to: path)
    case .mp4:
      let video = VideoEncoder(program: try program(), framesPerSecond: framesPerSecond)
      try video.write(frames, to: path)
    }
  }

  private func program() throws -> URL {
    if let program = Executable.named("ffmpeg") { return program }
    throw RunError.field(
      field, found: "'\(path)' and no ffmpeg on the PATH",
      expected: "ffmpeg, which makes videos, or FILE.webp or FILE.apng")
  }
}

/// Stops where a number is not in its range.
private func checkNumber(_ name: String, _ value: Double, _ range: ClosedRange<Double>) throws {
  guard range.contains(value) else {
    throw RunError.field(
      name, found: "\(value)", expected: "from \(range.lowerBound) to \(range.upperBound)")
  }
}
