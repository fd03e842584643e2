import Foundation
import GANData
import Testing

@Suite("Animations")
struct AnimationTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What Pillow finds in a file.
  private struct Facts: Decodable, Equatable {
    let frames: Int
    let different: Int
    let milliseconds: Int
    let loop: Int
    /// The mean step from a frame to the next in 8-bit levels, and from the last to the first.
    let step: Double
    let closing: Double
  }

  private static let reader = """
    import json, sys
    from PIL import Image, ImageChops, ImageSequence, ImageStat
    image = Image.open(sys.argv[1])
    loop, times, frames = image.info.get("loop", -1), [], []
    for frame in ImageSequence.Iterator(image):
        frame.load()
        times.append(frame.info["duration"])
        frames.append(frame.convert("RGB"))
    def gap(a, b):
        return sum(ImageStat.Stat(ImageChops.difference(a, b)).mean) / 3
    steps = [gap(a, b) for a, b in zip(frames, frames[1:])]
    print(json.dumps({
        "frames": len(frames), "different": len({frame.tobytes() for frame in frames}),
        "milliseconds": int(times[0]), "loop": loop, "step": sum(steps) / len(steps),
        "closing": gap(frames[-1], frames[0])}))
    """

  /// - Returns: nothing where there is no Pillow.
  private func facts(_ url: URL) throws -> Facts? {
    let named = ProcessInfo.processInfo.environment["SWIFTGAN_PYTHON"]
    let python = named ?? Self.root.appendingPathComponent(".venv/bin/python").path
    guard FileManager.default.isExecutableFile(atPath: python),
      try output(python, ["-c", "import PIL"]) != nil
    else {
      print("skipped: no Python with Pillow")
      return nil
    }
    let text = try #require(try output(python, ["-c", Self.reader, url.path]))
    return try JSONDecoder().decode(Facts.self, from: text)
  }

  /// What a program prints; nothing where it fails.
  private func output(_ program: String, _ arguments: [String]) throws -> Data? {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? data : nil
  }

  /// A folder whose only program is an ffmpeg that runs these lines.
  private func fakeFFmpeg(_ scratch: Scratch, _ lines: String) throws -> [String: String] {
    let folder = scratch.path("programs")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let program = folder.appendingPathComponent("ffmpeg")
    try Data("#!/bin/sh\nPATH=/usr/bin:/bin\n\(lines)\n".utf8).write(to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    return ["PATH": folder.path]
  }

  @Test(
    "A walk through points leads back to the first, as WebP and as PNG",
    arguments: ["webp", "apng"])
  func loops(ending: String) throws {
    let scratch = try Scratch()
    try scratch.makeRun(.cgan)
    let result = try scratch.gan(
      "analyze", "walk", "run", "--through", "3", "--frames", "6", "--rows", "2",
      "--frames-per-second", "20", "--output", "walk.\(ending)")
    #expect(result.status == 0 && result.errors.isEmpty && result.output.isEmpty, "\(result)")
    guard let found = try facts(scratch.path("walk.\(ending)")) else { return }
    #expect(found.frames == 15 && found.different == 15, "\(found)")
    #expect(found.milliseconds == 50 && found.loop == 0, "\(found)")
    #expect(found.closing < 3 * found.step, "\(found): it does not close")
    let open = try scratch.gan(
      "analyze", "walk", "run", "--frames", "15", "--output", "open.\(ending)")
    #expect(open.status == 0, "\(open)")
    let other = try #require(try facts(scratch.path("open.\(ending)")))
    #expect(other.frames == 15 && other.milliseconds == 80, "\(other)")
    #expect(other.closing > 3 * other.step, "\(other): it closes")
  }

  @Test("Samples become each other and the last one the first, in every class")
  func samples() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.cgan)
    let command = ["sample", "run", "--count", "3", "--frames", "4", "--output"]
    #expect(try scratch.gan(command + ["s.apng"]).status == 0)
    let grid = try scratch.picture("s.apng")
    try scratch.gan("sample", "run", "--count", "2", "--output", "two.png")
    #expect(try scratch.picture("two.png").size == grid.size)
    try scratch.gan(command + ["one.webp", "--classes", "odd"])
    #expect(try scratch.picture("one.webp").width < grid.width)
    guard let found = try facts(scratch.path("s.apng")) else { return }
    #expect(found.frames == 12 && found.different == 12 && found.milliseconds == 80, "\(found)")
    #expect(found.closing < 3 * found.step, "\(found): it does not close")
  }

  @Test("WebP and PNG animations show the same")
  func sameFrames() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.gan)
    for name in ["a.webp", "a.apng"] {
      try scratch.gan("analyze", "walk", "run", "--through", "2", "--output", name)
    }
    let still = try scratch.picture("a.apng")
    #expect(try scratch.picture("a.webp") == still.converted(toChannels: 3))
    guard let webp = try facts(scratch.path("a.webp")) else { return }
    #expect(try facts(scratch.path("a.apng")) == webp)
  }

  @Test("A video is what ffmpeg is given: raw frames through a pipe")
  func video() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.gan)
    let lines = """
      echo "$@" > arguments.txt
      for last; do :; done
      cat > "$last"
      """
    let walk = [
      "analyze", "walk", "run", "--through", "3", "--frames", "5", "--rows", "1", "--output",
    ]
    let environment = try fakeFFmpeg(scratch, lines)
    let result = try CommandProcess(
      walk + ["walk.mp4"], in: scratch.url, environment: environment
    ).wait()
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let still = try {
      try scratch.gan(walk + ["walk.apng"]); return try scratch.picture("walk.apng")
    }()
    let bytes = try scratch.data("walk.mp4")
    let each = still.width * still.height * 3
    #expect(bytes.count == 12 * each)
    #expect([UInt8](bytes.prefix(each)) == still.converted(toChannels: 3).pixels)
    let arguments = try String(decoding: scratch.data("arguments.txt"), as: UTF8.self)
    #expect(arguments.contains("-video_size \(still.width)x\(still.height) -framerate 12.5"))
    #expect(scratch.names("").filter { $0.contains("tmp") }.isEmpty)
  }

  @Test("An ffmpeg that fails, or ends early, or is not there, is one line and no file")
  func failures() throws {
    let scratch = try Scratch()
    try scratch.makeRun(.gan)
    let walk = ["analyze", "walk", "run", "--through", "9", "--rows", "64", "--output", "walk.mp4"]
    let failing = try fakeFFmpeg(scratch, "echo first >&2; echo Unknown encoder >&2; exit 3")
    let failed = try CommandProcess(walk, in: scratch.url, environment: failing).wait()
    #expect(failed.failed(naming: ["walk.mp4", "ffmpeg", "Unknown encoder"]), "\(failed)")
    let missing = try CommandProcess(
      walk, in: scratch.url, environment: ["PATH": "/none"]
    ).wait()
    #expect(missing.failed(naming: ["--output", "walk.mp4", "no ffmpeg"]), "\(missing)")
    #expect(scratch.names("").filter { $0.hasPrefix("walk") }.isEmpty)
  }

  @Test("A real ffmpeg makes a video of all frames")
  func realVideo() throws {
    let scratch = try Scratch()
    let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard
      let folder = places.first(where: {
        FileManager.default.isExecutableFile(atPath: "\($0)/ffmpeg")
      })
    else { return print("skipped: no ffmpeg") }
    try scratch.makeRun(.gan)
    let result = try scratch.gan(
      "analyze", "walk", "run", "--through", "3", "--frames", "5", "--output", "walk.mp4")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let raw = try output(
      "\(folder)/ffmpeg",
      [
        "-loglevel", "error", "-i", scratch.path("walk.mp4").path, "-f", "rawvideo", "-pix_fmt",
        "gray", "-",
      ])
    let still = try {
      try scratch.gan(
        "analyze", "walk", "run", "--through", "3", "--frames", "5", "--output", "walk.apng");
      return try scratch.picture("walk.apng")
    }()
    let factor = (240 + min(still.width, still.height) - 1) / min(still.width, still.height)
    #expect(raw?.count == 12 * still.width * still.height * factor * factor)
  }

  @Test("Translated frames as an animated WebP, in the order of their names")
  func translations() throws {
    let scratch = try Scratch()
    try scratch.makePairs(test: 12)
    #expect(try scratch.gan(Scratch.pix2pix("run", "--steps", "2")).status == 0)
    let result = try scratch.gan(
      "translate", "run", "pairs/test/A", "--output", "out", "--animation", "film.webp")
    #expect(result.status == 0, "\(result)")
    #expect(
      try scratch.picture("film.webp") == scratch.picture("out/0.png").converted(toChannels: 3))
    guard let found = try facts(scratch.path("film.webp")) else { return }
    #expect(found.frames == 12 && found.milliseconds == 100, "\(found)")
  }
}
