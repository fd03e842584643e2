import GANTraining
import GANZoo

extension DCGAN: Claiming {
  /// Ten digits.
  public static let claims = [Claim.digits(equalTimePlan, paper: "none on MNIST")]

  /// Also what others are compared with after equal time.
  static let equalTimePlan = TrainingPlan<DCGAN>(
    .with {
      ($0.upsampling, $0.generatorWidth, $0.discriminatorWidth) = (.resize, 32, 32)
      $0.ema = 0.995
    }, on: .at("mnist", size: 32))
}
