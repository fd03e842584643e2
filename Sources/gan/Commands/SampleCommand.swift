import ArgumentParser
import GANAnalysis
import GANKit
import GANTraining
import Torch
import SwiftGAN

/// `gan sample`
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Draw samples from a trained run.",
    discussion: """
      FILE.png is one picture of all samples. FILE.npy holds them as uint8 [N, H, W, C], and \
      FILE.labels.npy the classes of a conditional system as int64 [N]; FILE.npz has both, as arr_0 \
      and arr_1. FOLDER/ gets one numbered PNG each, with the class's name in its own, and must be new or \
      empty. Points become float32 [N, 2] or (of a line) [N, 1] in FILE.npy or FILE.npz, or in \
      FILE.png a picture of their density or a histogram. With - the picture goes to standard output.

      FILE.webp and FILE.apng, and FILE.mp4 where there is ffmpeg, are animations: each sample becomes \
      the next, and the last one the first, in every class of a conditional system. `gan analyze walk` \
      has more to choose.

      A sample follows from its seed and number alone: more of them begin with the same ones. Of \
      several seeds, such as 5-8, --count samples each are drawn.

      Of a system with codes, such as infogan, --codes sets some: c1=3 to one value, c2=-1...1 to \
      values from left to right. Each row of the picture then has its own noise, --count rows in \
      all, and an array holds row after row.

      Of a system that draws pairs, such as cogan, both images of each noise stand side by side; in an array \
      they follow each other, and in a folder end with -a.png and -b.png. --domain draws those of one domain.

      EXAMPLES:
        gan sample runs/dcgan-1 --output digits.png
        gan sample runs/cgan-1 --classes 3,7 --count 20 --output digits/
        gan sample runs/dcgan-1 --count 10000 --seed 5 --output samples.npy
        gan sample runs/dcgan-1 --seed 5-8 --output four/
        gan sample runs/dcgan-1 --step best --output best.png
        gan sample runs/dcgan-1 --output - | display
        gan sample runs/dcgan-1 --count 8 --output walk.webp
        gan sample runs/dcgan-1 --noise z.npy --step 3000 --output fixed.npy
        gan sample runs/infogan-1 --codes c1=3 c2=-1...1 --count 8 --output sweep.png
        gan sample runs/cogan-1 --count 32 --output pairs.png
      """)

  @Argument(
    help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var path: String

  @Option(
    help: ArgumentHelp(
      "How many samples, or rows of a --codes range (default: 64; 8 rows or in an animation; 1 of each "
        + "of several seeds; as --noise)."))
  var count: Int?

  @Option(
    help: ArgumentHelp(
      "Decides the noise; several seeds one after the other.", valueName: "5|5-8|1,5-8"))
  var seed = SeedList(1...1)

  @Option(
    help: ArgumentHelp(
      "Classes to draw in turn by their names, or by numbers from 0 where no name is one (default: "
        + "all; conditional systems only).", valueName: "cat,dog"))
  var classes: ClassList?

  @Option(
    help: ArgumentHelp(
      "How often each class is drawn: equal, or data, as the training images have them.",
      valueName: "equal|data"))
  var shares = ClassShares.equal

  @Option(
    help: ArgumentHelp(
      "Noise to use: a float32 array [N, latent], one row a sample.", valueName: "z.npy"))
  var noise: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Codes to set, and at most one to run over a range (systems with codes only).",
      valueName: "c1=3 c2=-1...1"))
  var codes: [CodeAssignment] = []

  @Option(
    help: ArgumentHelp(
      "Which images of pairs to draw (default: both; systems that draw pairs only).",
      valueName: "both|a|b"))
  var domain: DrawnDomain?

  @Option(help: "How many values a continuous code takes on its way over a range.")
  var columns = 11

  @Option(help: "Pictures from one sample to the next in an animation.")
  var frames = 12

  @Option(help: CheckpointChoice.help)
  var step = CheckpointChoice.newest

  @Option(help: "cpu, cuda, cuda:N or mps.")
  var device = "cpu"

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to.", valueName: "FILE.png|.webp|.apng|.mp4|.npy|.npz|FOLDER/|-"))
  var output: String

  @Flag(help: "Replace the samples that FOLDER/ holds.")
  var overwrite = false

  func validate() throws {
    if count != nil && noise != nil {
      throw ValidationError("--count and --noise exclude each other: each row is one sample")
    }
    if seed.numbers.count > 1 && (noise != nil || !codes.isEmpty) {
      throw ValidationError("--seed: several seeds exclude --noise and --codes")
    }
  }

  func run() throws {
    if let count { try checkField("count", count, 1...10_000_000) }
    try checkField("columns", columns, 2...1000)
    try checkField("frames", frames, 2...1000)
    let output = try SampleOutput(output, overwrite ? .replace : .keep, frames: frames)
    let run = try GeneratingRun(path, step: step, device: device)
    var samples = try samples(of: run)
    samples.domain = try drawnDomain(of: run)
    try output.write(samples, of: run)
  }

  /// How many samples, or rows of a range, there are where nothing says it.
  private var usualCount: Int { AnimationFile.isNamed(by: output) ? 8 : 64 }

  private func drawnDomain(of run: GeneratingRun) throws -> DrawnDomain? {
    if run.generator is any CoupledRecipe { return domain ?? .both }
    guard let domain else { return nil }
    throw RunError.field(
      "domain", found: domain.rawValue,
      expected: "none, for '\(run.configuration.recipe)' does not draw pairs")
  }

  private func samples(of run: GeneratingRun) throws -> Samples {
    let seeds = seed.numbers
    guard seeds.count == 1 else {
      return try Samples(
        of: run, count: count ?? 1, seeds: seeds, classes: indices(of: run),
        shares: shares.counts(of: run))
    }
    let seed = seeds[0]
    let latent = try noise.map { try Samples.noise($0, for: run) }
    guard !codes.isEmpty else {
      return try Samples(
        of: run, count: count ?? usualCount, seed: seed, latent: latent,
        classes: try indices(of: run),
        shares: try shares.counts(of: run))
    }
    let chosen = try ChosenCodes(codes, of: run, steps: columns)
    let rows = latent?.size(0) ?? count ?? (chosen.sweep == nil ? usualCount : 8)
    try run.check("count", pictures: rows * (chosen.sweep?.values.count ?? 1))
    let noise = try Samples(of: run, count: rows, seed: seed, latent: latent, classes: nil)
    var samples = try Samples(
      of: run, count: rows, seed: seed, latent: chosen.applied(to: noise.latent),
      classes: try indices(of: run), shares: try shares.counts(of: run))
    samples.columns = chosen.sweep?.values.count
    return samples
  }

  private func indices(of run: GeneratingRun) throws -> [Int]? {
    try classes?.names.map { try run.classIndex("classes", $0) }
  }
}

/// Names of classes with commas between them.
struct ClassList: ExpressibleByArgument {
  let names: [String]

  init?(argument: String) {
    names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard !names.contains("") else { return nil }
  }
}

extension DrawnDomain: ExpressibleByArgument {}

/// How often each class is drawn.
enum ClassShares: String, ExpressibleByArgument, CaseIterable {
  case equal
  case data

  /// A weight for each of a run's classes; `nil` where all are equal.
  ///
  /// - Throws: `RunError` for a run that has none, or does not know them.
  func counts(of run: GeneratingRun) throws -> [Int]? {
    guard self == .data else { return nil }
    guard let counts = run.configuration.data.classCounts, run.generator.classCount > 0 else {
      throw RunError.field(
        "shares", found: "data",
        expected: "equal, for the run has no numbers of its classes' images")
    }
    return counts
  }
}
