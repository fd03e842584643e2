import GANTraining
import GANZoo

extension DCGAN: Claiming {
  /// Thin networks that enlarge by resizing, or the paper's.
  public static let ownPresets = [small, .paper("64x64 photos")]

  static let small = Preset<DCGAN>.small(steps: 5000) {
    ($0.upsampling, $0.kernelSize) = (.resize, 4)
    ($0.generatorWidth, $0.discriminatorWidth) = (32, 32)
    ($0.learningRate, $0.ema) = (6e-4, 0.995)
  }

  /// Ten digits.
  public static let claims = [Claim.digits(small, paper: "none on MNIST")]
}
