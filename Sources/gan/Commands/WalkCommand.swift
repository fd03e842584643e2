import ArgumentParser
import GANData
import GANKit
import GANTraining
import SwiftGAN
import Torch

/// `gan analyze walk`
struct WalkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "walk", abstract: "Walk between points of the noise and show what changes.",
    discussion: """
      Each row leads from one random point to another: on the great circle for normal noise, on the \
      straight line for uniform noise. With --through it leads through more of them and back to the \
      first, so that an animation has no beginning. FILE.png has a row for each; FILE.webp and \
      FILE.apng are animations of all of them, which browsers play, and FILE.mp4 is a video where \
      there is ffmpeg. Of a system that encodes images, such as aae, --between leads from one \
      image's code to another's.

      EXAMPLES:
        gan analyze walk runs/dcgan-1 --output walk.png
        gan analyze walk runs/cgan-1 --class 3 --frames 60 --output walk.apng
        gan analyze walk runs/dcgan-1 --through 8 --frames 24 --output walk.webp
        gan analyze walk runs/dcgan-1 --through 8 --rows 9 --output walk.mp4
        gan analyze walk runs/aae-1 --between three.png eight.png --output between.png
      """)

  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @Option(help: "How many ways (default: 8; 1 with --through).")
  var rows: Int?

  @Option(
    help: ArgumentHelp(
      "Lead each way through so many points and back to the first (default: from one to another).",
      valueName: "N"))
  var through: Int?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Two images to walk between (systems that encode images only).", valueName: "a.png b.png"))
  var between: [String] = []

  @Option(help: "Pictures from one point to the next, both included.")
  var frames = 10

  @Option(help: "How many pictures of an animation are shown in a second.")
  var framesPerSecond = 12.5

  @Option(help: "Decides the points.")
  var seed: UInt64 = 1

  @Option(
    name: .customLong("class"),
    help: "The class of all pictures (default: the rows take turns; conditional systems only).")
  var className: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to.", valueName: "FILE.png|FILE.webp|FILE.apng|FILE.mp4"))
  var output: String

  func run() throws {
    let animation = try checked()
    let opened = try Run.open(path)
    let run = try GeneratingRun(opened)
    if run.drawsPoints {
      throw RunError.unsupported("the run draws points; a walk needs a system that draws images")
    }
    let index = try className.map { try run.classIndex("class", $0) }
    let walk = try Walk(run, stops(of: run, opened), frames: frames, class: index)
    guard let animation else { return try AtomicFile.write(walk.sheet(), to: output) }
    try animation.write(walk.pictures())
  }

  func validate() throws {
    guard between.isEmpty || between.count == 2 else {
      throw ValidationError("--between: expected two images, found \(between.count)")
    }
    if !between.isEmpty && rows != nil {
      throw ValidationError("--between and --rows exclude each other: two images make one row")
    }
    if !between.isEmpty && through != nil {
      throw ValidationError("--between and --through exclude each other: two images are two points")
    }
  }

  /// Checks the numbers and the name.
  ///
  /// - Returns: where an animation goes; `nil` for a picture.
  private func checked() throws -> AnimationFile? {
    if let rows { try checkField("rows", rows, 1...256) }
    if let through { try checkField("through", through, 2...1000) }
    try checkField("frames", frames, 2...1000)
    if output.lowercased().hasSuffix(".png") { return nil }
    return try AnimationFile(output, framesPerSecond: framesPerSecond, or: "FILE.png, ")
  }

  private func stops(of run: GeneratingRun, _ opened: Run) throws -> Walk.Stops {
    guard between.isEmpty else {
      return try Walk.Stops(between.map { try NamedImage.picture(at: $0) }, encodedBy: opened)
    }
    guard let through else { return Walk.Stops(of: run, rows: rows ?? 8, points: 2, seed: seed) }
    return Walk.Stops(of: run, rows: rows ?? 1, points: through, seed: seed).closed()
  }
}

/// The pictures on the ways from point to point.
struct Walk {
  private let rows: Int
  private let shape: [Int]
  /// For each frame the pictures of all rows, `[rows, C, H, W]`.
  private let frames: [[UInt8]]

  /// The points that each row leads through.
  struct Stops {
    /// `[rows, dimension]` each, in the order of the way.
    fileprivate let points: [Tensor]
    /// Whether the last point is the first one again.
    fileprivate var isClosed = false

    /// Random points; those after each other belong to a row, whatever the number of rows.
    init(of run: GeneratingRun, rows: Int, points count: Int, seed: UInt64) {
      let prior = run.generator.prior
      let all = prior.rows(count * rows, seed: seed, on: run.device)
        .reshaped(to: [rows, count, prior.dimension])
      points = (0..<count).map { all.sliced(1, $0..<$0 + 1).squeezed(1) }
    }

    /// The codes of two images.
    init(_ images: [DecodedImage], encodedBy run: Run) throws {
      let codes = try run.encode(images)
      points = (0..<2).map { codes[$0..<$0 + 1] }
    }

    /// The same ways, which lead back to where they began.
    func closed() -> Stops {
      var result = self
      result.isClosed = true
      return result
    }

    /// From where to where each stretch leads.
    fileprivate var stretches: [(from: Tensor, to: Tensor)] {
      let ends = points.dropFirst() + (isClosed ? points.prefix(1) : [])
      return zip(points, ends).map { ($0, $1) }
    }
  }

  /// Draws the pictures: so many on each stretch, the last of which is the first of the next.
  init(_ run: GeneratingRun, _ stops: Stops, frames: Int, class index: Int?) throws {
    let rows = stops.points[0].size(0)
    let stretches = stops.stretches
    try run.check("frames", pictures: rows * frames * stretches.count)
    let (prior, classes) = (run.generator.prior, run.generator.classCount)
    let labels =
      classes > 0
      ? Tensor((0..<rows).map { index ?? $0 % classes }).moved(to: run.device) : nil
    (self.rows, shape) = (rows, run.shape)
    self.frames = stretches.enumerated().flatMap { place, stretch in
      let isLast = place == stretches.count - 1 && !stops.isClosed
      return (0..<(isLast ? frames : frames - 1)).map { frame in
        let latent = prior.interpolate(
          stretch.from, stretch.to, at: Double(frame) / Double(frames - 1))
        return SampleSheet.bytes(of: run.generator, latent: latent, labels: labels).pixels
      }
    }
  }

  /// One row for each way, as a PNG.
  func sheet() -> [UInt8] {
    let each = shape.reduce(1, *)
    let pixels = (0..<rows).flatMap { row in
      frames.flatMap { $0[row * each..<(row + 1) * each] }
    }
    let shape = [rows * frames.count] + shape
    return SampleSheet.grid(pixels: pixels, shape: shape, columns: frames.count).pngData()
  }

  /// All ways at once, a picture for each frame.
  func pictures() -> [DecodedImage] {
    let columns = pictureColumns(count: rows, classes: 0)
    return frames.map {
      SampleSheet.grid(pixels: $0, shape: [rows] + shape, columns: columns)
    }
  }
}
