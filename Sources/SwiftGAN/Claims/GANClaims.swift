import GANTraining
import GANZoo

extension GAN: Claiming {
  /// Perceptrons of today, or the networks of 2014.
  public static let ownPresets = [
    small, .paper("maxout networks of 2014") { $0.architecture = .maxout },
  ]

  private static let small = Preset<GAN>.small(steps: 15_000) { $0.ema = 0.995 }

  /// Ten digits, and those of all systems of noise after equal time.
  public static let claims = [
    Claim.digits(small, paper: "Parzen window log-likelihood 225"), EqualTime.claim,
  ]
}
