import GANTraining
import GANZoo

extension SGAN: Claiming {
  /// Networks of half the width, or DCGAN's.
  public static let ownPresets = [small, .paper("the paper names no numbers") { _ in }]

  private static let small = Preset<SGAN>.small(batchSize: 100, steps: 1500, size: 32) {
    ($0.generatorWidth, $0.discriminatorWidth) = (32, 32)
  }

  /// Few labels.
  public static let claims = [
    Claim(
      "sgan", "MNIST with 100 labels",
      [.points(2, above: "alone", "accuracy", "the labelled images alone")],
      paper: "92.8 %; labels alone 89.5 % (table 1)",
      plan,
      companions: [
        Claim.Companion("supervised", plan.with { $0.config.unlabeledWeight = 0 }) {
          $0.config.unlabeledWeight = 0
        }
      ]
    ) { run in
      let (found, alone) = (
        try run.accuracy(on: "mnist"), try run.companion("supervised").accuracy(on: "mnist")
      )
      return Measurement(
        ["accuracy": found, "alone": alone], figure: percent(found),
        floor: "\(percent(alone)) (the 100 labelled images alone)")
    }
  ]

  private static let plan = TrainingPlan<SGAN>(small, on: .mnist).with { $0.data.labels = 100 }
}
