import GANTraining
import GANZoo

extension SGAN: Claiming {
  /// Few labels.
  public static let claims = [
    Claim(
      "sgan", "MNIST with 100 labels",
      [.points(2, above: "alone", "accuracy", "the labelled images alone")],
      paper: "92.8 %; labels alone 89.5 % (table 1)",
      plan(weight: 1), fullSize: { $0.length = .steps(60_000) },
      companions: [Claim.Companion("supervised", plan(weight: 0))]
    ) { run in
      let (found, alone) = (
        try run.accuracy(on: "mnist"), try run.companion("supervised").accuracy(on: "mnist")
      )
      return Measurement(
        ["accuracy": found, "alone": alone], figure: percent(found),
        floor: "\(percent(alone)) (the 100 labelled images alone)")
    }
  ]

  private static func plan(weight: Double) -> TrainingPlan<SGAN> {
    var data = DataConfiguration.mnist
    data.labels = 100
    return TrainingPlan<SGAN>(
      .with { ($0.unlabeledWeight, $0.generatorWidth, $0.discriminatorWidth) = (weight, 32, 32) },
      on: data
    ).with { ($0.length, $0.batchSize) = (.steps(1500), 100) }
  }
}
