import GANData
import GANKit
import GANTraining
import GANZoo

extension AdaptingCoGAN: Claiming {
  /// Narrow generators, or the authors'.
  public static let ownPresets = [
    small, .paper("10,000 steps of 64 images of either domain"),
  ]

  private static let small = Preset<AdaptingCoGAN>.small(steps: 5000) { $0.generatorWidth = 32 }

  /// Digits of the other set, without their labels, both ways.
  public static let claims = [
    claim("cogan-adaptation", "MNIST to USPS", mnistToUSPS(), paper: "91.2 %"),
    claim(
      "cogan-adaptation-mnist", "USPS to MNIST", mnistToUSPS(direction: .ba), paper: "89.1 %"),
  ]

  private static func claim(
    _ name: String, _ setting: String, _ data: DataConfiguration, paper: String
  ) -> Claim {
    let plan = TrainingPlan<AdaptingCoGAN>(small, on: data)
    return Claim(
      name, "\(setting), whole sets",
      [
        .atLeast(0.85, "accuracy", "of the target's test images", as: .percent),
        .points(5, above: "source", "accuracy", "the source alone"),
      ], paper: "\(paper) (2,000 images of MNIST and 1,800 of USPS)", plan,
      companions: [.changed("source", plan) { $0.config.sourceOnly = true }]
    ) { run in
      try Measurement.adapted(run) { try $0.accuracyOnTarget() }
    }
  }

  /// Digits of USPS fill their 16x16 pixels, and are enlarged to the 28x28 of MNIST's.
  private static func mnistToUSPS(direction: Direction? = nil) -> DataConfiguration {
    var data = DataConfiguration(source: "mnist", size: 28)
    (data.other, data.fit, data.direction) = (
      "\(DataConfiguration.realSets)/usps", .stretch, direction
    )
    return data
  }
}

extension ClaimRun {
  /// The share of the test images of the set that a classifier is adapted to which it reads as what they are.
  fileprivate func accuracyOnTarget() throws -> Double {
    let found = try ClassifierEvaluation(Run.open(path)).evaluated(
      on: nil, split: .test, count: nil)
    return found.results[0].value
  }
}
