import GANTraining
import GANZoo

extension PixelDA: Claiming {
  /// Digits of another look, without their labels.
  public static let claims = [
    Claim(
      "pixelda", "MNIST to MNIST-M",
      [
        .atLeast(0.9, "accuracy", "of the target's test images", as: .percent),
        .points(30, above: "source", "accuracy", "the source alone"),
      ], paper: "98.2 %",
      TrainingPlan<PixelDA>(
        .with { ($0.generatorWidth, $0.discriminatorWidth) = (32, 32) }, on: .at("mnist-m")
      ).with { ($0.length, $0.precision) = (.minutes(40), nil) },
      fullSize: { ($0.length, $0.config) = (.minutes(600), Config()) },
      companions: [
        Claim.Companion(
          "source",
          TrainingPlan<PixelDA>(.with { $0.sourceOnly = true }, on: .at("mnist-m"))
            .with { $0.length = .steps(4000) })
      ]
    ) { run in
      let adapted = try run.evaluated().first("accuracy[pixelda]")
      let source = try run.companion("source").evaluated().first("accuracy[pixelda]")
      return Measurement(
        ["accuracy": adapted, "source": source], figure: percent(adapted),
        floor: "\(percent(source)) (source alone)")
    }
  ]
}
