import ArgumentParser
import GANData
import GANKit
import GANTraining
import Torch
import SwiftGAN

/// `gan analyze`
struct AnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze", abstract: "Look into trained networks.",
    discussion: """
      EXAMPLES:
        gan analyze walk runs/dcgan-1 --output walk.png
        gan analyze curves runs/dcgan-1 --output losses.png
        gan analyze features runs/dcgan-1
        gan analyze cam digits mnist --output cam.png
      """,
    subcommands: [
      WalkCommand.self, CurvesCommand.self, ModesCommand.self, LatentsCommand.self,
      ArithmeticCommand.self, ReconstructCommand.self, NeighborsCommand.self,
      FeaturesCommand.self, FiltersCommand.self, AblateCommand.self, AttributesCommand.self,
      ClassActivationCommand.self, CodesCommand.self, PlaneCommand.self,
    ])
}

/// `gan analyze walk`
struct WalkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "walk", abstract: "Walk between points of the noise and show what changes.",
    discussion: """
      Each row leads from one random point to another: on the great circle for normal noise, on the \
      straight line for uniform noise. FILE.png has a row for each pair; FILE.apng is an animation \
      of all of them, which browsers play. Of a system that encodes images, such as aae, --between \
      leads from one image's code to another's.

      EXAMPLES:
        gan analyze walk runs/dcgan-1 --output walk.png
        gan analyze walk runs/cgan-1 --class 3 --rows 4 --frames 60 --output walk.apng
        gan analyze walk runs/aae-1 --between three.png eight.png --output between.png
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @Option(help: "How many pairs of points (default: 8).")
  var rows: Int?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Two images to walk between (systems that encode images only).", valueName: "a.png b.png"))
  var between: [String] = []

  @Option(help: "Pictures on each way, both ends included.")
  var frames = 10

  @Option(help: "Decides the points.")
  var seed: UInt64 = 1

  @Option(
    name: .customLong("class"),
    help: "The class of all pictures (default: the rows take turns; conditional systems only).")
  var className: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.png|FILE.apng"))
  var output: String

  func run() throws {
    let isAnimation = try checked()
    let opened = try Run.open(path)
    let run = try GeneratingRun(opened)
    if run.drawsPoints {
      throw RunError.unsupported("the run draws points; a walk needs a system that draws images")
    }
    let index = try className.map { try run.classIndex("class", $0) }
    let ends =
      try between.isEmpty
      ? Walk.Ends(of: run, rows: rows ?? 8, seed: seed)
      : Walk.Ends(between.map { try NamedImage.picture(at: $0) }, encodedBy: opened)
    let walk = try Walk(run, ends, frames: frames, class: index)
    try AtomicFile.write(isAnimation ? walk.animation() : walk.sheet(), to: output)
  }

  func validate() throws {
    guard between.isEmpty || between.count == 2 else {
      throw ValidationError("--between: expected two images, found \(between.count)")
    }
    if !between.isEmpty && rows != nil {
      throw ValidationError("--between and --rows exclude each other: two images make one row")
    }
  }

  private func checked() throws -> Bool {
    if let rows { try checkField("rows", rows, 1...256) }
    try checkField("frames", frames, 2...1000)
    let name = output.lowercased()
    guard name.hasSuffix(".png") || name.hasSuffix(".apng") else {
      throw RunError.field(
        "output", found: "'\(output)'",
        expected: "FILE.png, or FILE.apng for an animation, of which ffmpeg -i makes others")
    }
    return name.hasSuffix(".apng")
  }
}

/// The pictures on the ways between pairs of points.
struct Walk {
  private let rows: Int
  private let shape: [Int]
  /// For each frame the pictures of all rows, `[rows, C, H, W]`.
  private let frames: [[UInt8]]

  /// Where each row begins and ends, `[rows, dimension]` each.
  struct Ends {
    let from, to: Tensor

    /// Random points; two after each other belong to a row, whatever the number of rows.
    init(of run: GeneratingRun, rows: Int, seed: UInt64) {
      let prior = run.generator.prior
      let ends = prior.rows(2 * rows, seed: seed, on: run.device)
        .reshaped(to: [rows, 2, prior.dimension])
      (from, to) = (ends.sliced(1, 0..<1).squeezed(1), ends.sliced(1, 1..<2).squeezed(1))
    }

    /// The codes of two images.
    init(_ images: [DecodedImage], encodedBy run: Run) throws {
      let codes = try run.encode(images)
      (from, to) = (codes[0..<1], codes[1..<2])
    }
  }

  init(_ run: GeneratingRun, _ ends: Ends, frames: Int, class index: Int?) throws {
    let rows = ends.from.size(0)
    try run.check("frames", pictures: rows * frames)
    let (prior, classes) = (run.generator.prior, run.generator.classCount)
    let labels =
      classes > 0
      ? Tensor((0..<rows).map { index ?? $0 % classes }).moved(to: run.device) : nil
    (self.rows, shape) = (rows, run.shape)
    self.frames = (0..<frames).map { frame in
      let latent = prior.interpolate(
        ends.from, ends.to, at: Double(frame) / Double(frames - 1))
      return SampleSheet.bytes(of: run.generator, latent: latent, labels: labels).pixels
    }
  }

  /// One row for each pair, as a PNG.
  func sheet() -> [UInt8] {
    let each = shape.reduce(1, *)
    let pixels = (0..<rows).flatMap { row in
      frames.flatMap { $0[row * each..<(row + 1) * each] }
    }
    let shape = [rows * frames.count] + shape
    return SampleSheet.grid(pixels: pixels, shape: shape, columns: frames.count).pngData()
  }

  /// All pairs at once, as an animated PNG.
  func animation() -> [UInt8] {
    let columns = pictureColumns(count: rows, classes: 0)
    let pictures = frames.map {
      SampleSheet.grid(pixels: $0, shape: [rows] + shape, columns: columns)
    }
    return APNG.data(frames: pictures, delay: 80)
  }
}
