import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo

extension BGAN: Claiming {
  /// Thin networks for grey and for black and white digits, or the authors' for faces and for the latter.
  public static let ownPresets = [
    small, binary, .paper("64x64 faces"), paperBinary,
  ]

  private static let small = Preset<BGAN>.small(steps: 3500) {
    ($0.generatorWidth, $0.discriminatorWidth) = (32, 32)
    ($0.learningRate, $0.ema) = (1e-3, 0.995)
  }

  private static let binary = Preset<BGAN>(
    "binary", "black and white digits, a quarter of an hour on a core",
    .with {
      discrete(&$0)
      ($0.generatorWidth, $0.discriminatorWidth, $0.samples) = (16, 12, 5)
      ($0.learningRate, $0.ema) = (1e-3, 0.995)
    }, RunDefaults(size: 32, steps: 10_000))

  private static let paperBinary = Preset<BGAN>(
    "paper-binary", "black and white digits, all of the authors' numbers", .with(discrete))

  private static func discrete(_ config: inout Config) { config.pixels = .binary }

  /// Ten digits, of grey and of black and white pixels.
  public static let claims = [Claim.digits(small, paper: "none on MNIST"), bits]

  private static let bits = Claim(
    "bgan-binary", "MNIST in black and white, bgan's preset binary",
    [
      .atLeast(10, "classes", "classes among the samples"),
      .atLeast(0.01, "share", "of the samples in each", as: .percent),
      .atLeast(10_000, "steps", "steps with finite losses"),
    ], paper: "all digits (by eye)", TrainingPlan<BGAN>(binary, on: .mnist),
    fullSize: {
      ($0.config, $0.defaults, $0.preset) = (
        paperBinary.config, paperBinary.run, paperBinary.name
      )
    }
  ) { run in
    let found = try run.evaluated()
    let (classes, share) = (
      try found.value("classes[digits]"), try found.value("smallest-share[digits]")
    )
    // A loss that is not finite ends a run.
    let steps = try Run.open(run.path).step
    return Measurement(
      ["classes": classes, "share": share, "steps": Double(steps)],
      figure: "\(Int(classes)) classes, smallest share \(percent(share)), \(steps) steps, "
        + "fid[digits] \(decimal(try found.value("fid[digits]"), 2))",
      floor: "fid[digits] \(decimal(try realDistance(), 2)) (training against test images)")
  }

  /// What the metrics find in as many training images, as black and white.
  private static func realDistance() throws -> Double {
    let digits = try DigitsFeatures.bundled()
    func features(_ split: Split) throws -> FeatureSet {
      let images = try NamedSet("mnist", otherwise: split).moved(toGreyLevels: 2)
        .load(size: 32, channels: 1)
      return try FeatureSet(of: images, using: digits, batchSize: 250, limit: 10_000)
    }
    return try MetricSuite([.fid]).evaluate(features(.train), reference: features(.test))[0].value
  }
}
