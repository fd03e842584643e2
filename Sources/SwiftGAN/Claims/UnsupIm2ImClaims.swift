import GANKit
import GANTraining
import GANZoo

extension UnsupIm2Im: Claiming {
  /// Narrow networks for digits, or the authors'.
  public static let ownPresets = [
    small, .paper("faces of 64x64, 32 of each domain at a time") { _ in },
  ]

  private static let small = Preset<UnsupIm2Im>.small(batchSize: 32, steps: 6000, size: 32) {
    ($0.generatorSteps, $0.latentSize) = (4000, 64)
    ($0.generatorWidth, $0.discriminatorWidth) = (32, 32)
    $0.encoderRate = 2e-4
  }

  /// Digits of two looks.
  public static let claims = [
    Claim(
      "unsup-im2im", "plain to textured digits and back",
      [.atLeast(0.5, "kept", "of the digits are kept both ways (chance: 10 %)", as: .percent)],
      paper: "none (faces and house numbers, by eye)",
      TrainingPlan<UnsupIm2Im>(small, on: .at("textured")),
      companions: [.reader(of: "textured")]
    ) { run in
      let reader = try run.reader()
      let there = try run.evaluated { ($0.features, $0.count) = (reader, 2000) }
      let back = try run.evaluated { $0.count = 2000 }
      let (kept, keptBack) = (try there.first("ab/accuracy["), try back.first("ba/accuracy["))
      return Measurement(
        ["kept": min(kept, keptBack)],
        figure: "ab \(percent(kept)), ba \(percent(keptBack)), cycle error "
          + "\(decimal(try back.value("ab/cycle-error"), 3)) and "
          + "\(decimal(try back.value("ba/cycle-error"), 3))",
        floor: "\(percent(try there.first("ab/real-accuracy["))) (real textured digits), "
          + "\(percent(try back.first("ba/real-accuracy["))) (real plain ones)")
    }
  ]
}
