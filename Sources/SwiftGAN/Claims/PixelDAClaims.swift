import GANTraining
import GANZoo

extension PixelDA: Claiming {
  /// Narrow networks, or the authors'.
  public static let ownPresets = [small, .paper("16 million images")]

  private static let small = Preset<PixelDA>.small(batchSize: 32, steps: 5000) {
    ($0.generatorWidth, $0.discriminatorWidth) = (32, 32)
  }

  /// Digits of another look, without their labels.
  public static let claims = [
    Claim(
      "pixelda", "MNIST to MNIST-M",
      [
        .atLeast(0.9, "accuracy", "of the target's test images", as: .percent),
        .points(30, above: "source", "accuracy", "the source alone"),
      ], paper: "98.2 %", plan,
      companions: [
        .changed("source", plan) { ($0.config.sourceOnly, $0.length) = (true, .steps(4000)) }
      ]
    ) { run in
      try Measurement.adapted(run) { try $0.evaluated().first("accuracy[pixelda]") }
    }
  ]

  private static let plan = TrainingPlan<PixelDA>(small, on: .at("mnist-m"))
}
