import GANTraining
import GANZoo

extension CGAN: Claiming {
  /// The digits asked for.
  public static let claims = [
    Claim(
      "cgan", "MNIST",
      [.atLeast(0.97, "accuracy", "of the digits are read as those asked for", as: .percent)],
      paper: "Parzen window log-likelihood 132",
      TrainingPlan<CGAN>(.with { $0.ema = 0.995 }, on: .mnist).with { $0.length = .minutes(8) },
      fullSize: { $0.length = .minutes(60) }
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
