import GANTraining
import GANZoo

extension LSGAN: Claiming {
  /// Ten digits.
  public static let claims = [
    // The paper's rate: three minutes are short for DCGAN's.
    Claim.digits(
      TrainingPlan<LSGAN>(
        .with {
          ($0.generatorWidth, $0.discriminatorWidth) = (32, 32)
          ($0.learningRate, $0.ema) = (1e-3, 0.995)
        }, on: .at("mnist", size: 32)), paper: "none on MNIST (scenes of LSUN, by eye)")
  ]
}
