import GANTraining
import GANZoo

extension SGAN: Claiming {
  /// Networks of half the width, or DCGAN's.
  public static let ownPresets = [small, .paper("the paper names no numbers")]

  private static let small = Preset<SGAN>.small(batchSize: 100, steps: 1500, size: 32) {
    ($0.generatorWidth, $0.discriminatorWidth) = (32, 32)
  }

  /// Few labels.
  public static let claims = [
    Claim.fewLabels(
      100, small, [.points(2, above: "alone", "accuracy", "the labelled images alone")],
      paper: "92.8 %; labels alone 89.5 % (table 1)",
      alone: { $0.unlabeledWeight = 0 })
  ]
}
