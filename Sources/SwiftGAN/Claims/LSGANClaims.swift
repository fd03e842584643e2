import GANTraining
import GANZoo

extension LSGAN: Claiming {
  /// Thin networks, or those of the paper; both with the paper's rate for scenes.
  public static let ownPresets = [small, .paper("scenes of LSUN") { $0.learningRate = 1e-3 }]

  static let small = Preset<LSGAN>.small(steps: 3500) {
    ($0.generatorWidth, $0.discriminatorWidth) = (32, 32)
    ($0.learningRate, $0.ema) = (1e-3, 0.995)
  }

  /// Ten digits.
  public static let claims = [
    Claim.digits(small, paper: "none on MNIST (scenes of LSUN, by eye)")
  ]
}
