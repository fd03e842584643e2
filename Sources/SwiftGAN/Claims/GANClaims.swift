import GANTraining
import GANZoo

extension GAN: Claiming {
  /// Ten digits.
  public static let claims = [
    Claim.digits(equalTimePlan, paper: "Parzen window log-likelihood 225")
  ]

  /// Also what others are compared with after equal time.
  static let equalTimePlan = TrainingPlan<GAN>(.with { $0.ema = 0.995 }, on: .mnist)
}
