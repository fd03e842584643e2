import GANTraining
import GANZoo

extension SemiAAE: Claiming {
  /// Networks of half the width, or the paper's.
  public static let ownPresets = [small, .paper("5,000 passes over MNIST")]

  private static let small = Preset<SemiAAE>.small(batchSize: 100, steps: 6000) {
    ($0.encoderWidths, $0.generatorWidths) = ([500, 500], [500, 500])
    ($0.discriminatorWidths, $0.ema) = ([500, 500], 0.998)
  }

  /// A thousand labels, and a hundred.
  public static let claims = [
    Claim.fewLabels(
      1000, small,
      [
        .atLeast(0.96, "accuracy", "of the test images", as: .percent),
        .points(0, above: "alone", "accuracy", "the labelled images alone"),
      ], paper: "98.40 % (5,000 passes)",
      alone: { $0.unlabeledWeight = 0 }),
    Claim.fewLabels(
      100, small, named: "aae-semi-100",
      [.points(0, above: "alone", "accuracy", "the labelled images alone")],
      paper: "98.10 % (5,000 passes)", alone: { $0.unlabeledWeight = 0 }),
  ]
}
