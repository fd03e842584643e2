import GANKit
import GANTraining
import GANZoo

extension UnsupIm2Im: Claiming {
  /// Narrow networks for digits, or the authors'.
  public static let ownPresets = [
    small, .paper("faces of 64x64, 32 of each domain at a time"),
  ]

  private static let small = Preset<UnsupIm2Im>.small(batchSize: 32, steps: 6000, size: 32) {
    ($0.generatorSteps, $0.latentSize) = (4000, 64)
    ($0.generatorWidth, $0.discriminatorWidth) = (32, 32)
    $0.encoderRate = 2e-4
  }

  /// Digits of two looks: half of them, where chance keeps a tenth.
  public static let claims = [Claim.texturedDigits(small, keeping: 0.5)]
}
