import GANTraining
import GANZoo

extension CGAN: Claiming {
  /// Perceptrons of today, or the networks of 2014.
  public static let ownPresets = [
    small, .paper("maxout networks of 2014") { $0.architecture = .maxout },
  ]

  private static let small = Preset<CGAN>.small(steps: 12_000) { $0.ema = 0.995 }

  /// The digits asked for.
  public static let claims = [
    Claim(
      "cgan", "MNIST",
      [.atLeast(0.97, "accuracy", "of the digits are read as those asked for", as: .percent)],
      paper: "Parzen window log-likelihood 132",
      TrainingPlan<CGAN>(small, on: .mnist)
    ) { run in
      let found = try run.evaluated()
      let accuracy = try found.value("accuracy[digits]")
      return Measurement(
        ["accuracy": accuracy],
        figure: "\(percent(accuracy)), fid[digits] "
          + decimal(try found.value("fid[digits]"), 2),
        floor: "\(percent(try Claim.realAccuracy())) (real test images)")
    }
  ]
}
