import GANZoo

extension DualGAN: Claiming {
  /// Narrow networks for digits, or the paper's.
  public static let ownPresets = [small, .paper("photos of 256x256, one at a time")]

  private static let small = Preset<DualGAN>.small(batchSize: 8, steps: 6000, size: 32) {
    $0.generatorWidths = [32, 64, 128, 256, 256]
    ($0.discriminatorWidth, $0.discriminatorLayers) = (32, 2)
    ($0.cycleWeightA, $0.cycleWeightB) = (100, 100)
    ($0.clip, $0.learningRate) = (0.05, 2e-4)
  }

  /// Digits of two looks.
  public static let claims = [Claim.texturedDigits(small)]
}
