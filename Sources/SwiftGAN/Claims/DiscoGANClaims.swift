import GANZoo

extension DiscoGAN: Claiming {
  /// Narrow networks for digits, or the authors'.
  public static let ownPresets = [small, .paper("photos of 64x64")]

  // A short run compares images with what comes back from its first step.
  private static let small = Preset<DiscoGAN>.small(batchSize: 32, steps: 6000, size: 32) {
    ($0.generatorWidth, $0.discriminatorWidth, $0.curriculumSteps) = (24, 24, 0)
  }

  /// Digits of two looks.
  public static let claims = [Claim.texturedDigits(small)]
}
