import Foundation
import GANData
import GANTraining

/// ffmpeg, which is given frames through a pipe.
struct VideoEncoder {
  /// Where ffmpeg is.
  let program: URL
  /// How many frames are shown in a second.
  let framesPerSecond: Double
  /// The shorter side of a video is at least as long: players show smaller ones badly.
  private static let shortestSide = 240

  /// Makes an MP4 file, whole or not at all.
  ///
  /// - Precondition: pictures of one size, at least one.
  /// - Throws: ``CommandError`` with the last line of what ffmpeg says.
  func write(_ frames: [DecodedImage], to path: String) throws {
    let temporary = path + ".tmp-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
    defer { unlink(temporary) }
    let messages = try encode(frames, to: temporary)
    if let messages {
      let line = messages.split(whereSeparator: \.isNewline).last.map(String.init)
      let words = line?.replacingOccurrences(of: temporary, with: path)
      throw CommandError("\(path): ffmpeg failed: \(words ?? "without a word")")
    }
    if rename(temporary, path) != 0 {
      throw DataError.cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }

  /// Runs ffmpeg.
  ///
  /// - Returns: what it says where it fails.
  private func encode(_ frames: [DecodedImage], to path: String) throws -> String? {
    let messages = FileManager.default.temporaryDirectory
      .appendingPathComponent("gan-ffmpeg-\(UUID().uuidString)")
    try Data().write(to: messages)
    defer { try? FileManager.default.removeItem(at: messages) }
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = program
    process.arguments = arguments(for: frames[0].size, to: path)
    process.standardInput = pipe
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: messages)
    signal(SIGPIPE, SIG_IGN)  // An ffmpeg that ends early is an error with words.
    defer { signal(SIGPIPE, SIG_DFL) }
    try process.run()
    for frame in frames {
      let pixels = Data(frame.converted(toChannels: 3).pixels)
      guard (try? pipe.fileHandleForWriting.write(contentsOf: pixels)) != nil else { break }
    }
    try? pipe.fileHandleForWriting.close()
    process.waitUntilExit()
    guard process.terminationStatus != 0 else { return nil }
    return (try? String(contentsOf: messages, encoding: .utf8)) ?? ""
  }

  private func arguments(for size: ImageSize, to path: String) -> [String] {
    let side = min(size.width, size.height)
    let factor = max(1, (Self.shortestSide + side - 1) / side)
    // Whole pixels stay sharp; a side must be even where colours have half the resolution.
    let filter = "scale=iw*\(factor):ih*\(factor):flags=neighbor,pad=ceil(iw/2)*2:ceil(ih/2)*2"
    return [
      "-loglevel", "error", "-nostdin", "-y", "-f", "rawvideo", "-pixel_format", "rgb24",
      "-video_size", "\(size.width)x\(size.height)", "-framerate", "\(framesPerSecond)", "-i",
      "pipe:0", "-vf", filter, "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4", path,
    ]
  }
}
