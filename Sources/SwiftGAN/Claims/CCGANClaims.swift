import GANKit
import GANMetrics
import GANTraining
import GANZoo

extension CCGAN: Claiming {
  /// Digits without and with labels, small photos, or the paper's networks.
  public static let ownPresets = [small, labels, photos, paper]

  private static let small = Preset<CCGAN>.small(steps: 3000, size: 32) { digits(&$0) }

  private static let labels = Preset<CCGAN>(
    "labels", "digits and a classifier of few labels, minutes on two cores",
    .with {
      digits(&$0)
      ($0.variant, $0.supervision) = (.cc2, .labels)
    }, RunDefaults(size: 32, batchSize: 64, steps: 3000))

  private static let photos = Preset<CCGAN>(
    "photos", "photos of 64x64, a quarter of an hour on two cores",
    .with {
      ($0.generatorWidths, $0.discriminatorWidths) = ([32, 64, 128, 256], [16, 32, 64, 128])
      ($0.smallestHole, $0.largestHole, $0.ema) = (16, 32, 0.998)
    }, RunDefaults(size: 64, batchSize: 32, steps: 4000))

  private static let paper = Preset<CCGAN>.paper("STL-10, 96x96") {
    ($0.variant, $0.supervision) = (.cc2, .labels)
  }

  private static func digits(_ config: inout Config) {
    (config.generatorWidths, config.discriminatorWidths) = ([32, 64, 128], [16, 32, 64])
    (config.smallestHole, config.largestHole) = (8, 16)
    (config.learningRate, config.ema) = (1e-3, 0.995)
  }

  /// Holes of digits, and few labels.
  public static let claims = [holes, fewLabels]

  private static let plan = TrainingPlan<CCGAN>(small, on: .mnist)

  /// Digits, in the paper's networks as well.
  private static func ofDigits(_ plan: inout TrainingPlan<CCGAN>) {
    plan.data.size = 32
    (plan.config.smallestHole, plan.config.largestHole) = (8, 16)
  }

  private static let holes = Claim(
    "ccgan", "MNIST, holes of 8 to 16 pixels",
    [
      .below("mean fill", "error", "a smaller error inside the holes than that of their mean fill"),
      .below("distance of L1", "distance", "nearer in features than by L1 alone"),
    ], paper: "by eye", plan,
    fullSize: {
      ofDigits(&$0)
      $0.config.supervision = .none
    },
    companions: [
      Claim.Companion("l1", plan.with { $0.config.variant = .l1 }) {
        ofDigits(&$0)
        ($0.config.variant, $0.config.supervision) = (.l1, .none)
      }
    ]
  ) { run in
    func words(_ found: [String: MetricResult]) throws -> String {
      "hole-l1 \(decimal(try found.value("hole-l1"), 4)), fid[digits] "
        + "\(decimal(try found.value("fid[digits]"), 2)), read rightly "
        + percent(try found.value("accuracy[digits]"))
    }
    let (found, plain) = (try run.evaluated(), try run.companion("l1").evaluated())
    let mean = try found.value("mean-fill-l1")
    return Measurement(
      [
        "error": try found.value("hole-l1"), "mean fill": mean,
        "distance": try found.value("fid[digits]"),
        "distance of L1": try plain.value("fid[digits]"),
      ], figure: try words(found),
      floor: "\(try words(plain)) (L1 alone); hole-l1 \(decimal(mean, 4)) (mean fill)")
  }

  private static let fewLabels = Claim.fewLabels(
    100, labels, named: "ccgan-labels",
    [.points(2, above: "alone", "accuracy", "the labelled images alone")],
    paper: "none on MNIST (STL-10: 77.8 %)", fullSize: ofDigits,
    alone: { $0.supervision = .labelsOnly })
}
