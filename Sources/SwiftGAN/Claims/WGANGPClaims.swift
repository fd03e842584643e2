import GANAnalysis
import GANTraining
import GANZoo

extension WGANGP: Claiming {
  /// Ten digits, and the modes of a grid.
  public static let claims = [Claim.digits(equalTimePlan, paper: "none on MNIST"), grid]

  /// Also what others are compared with after equal time.
  static let equalTimePlan = TrainingPlan<WGANGP>(.with { $0.ema = 0.995 }, on: .mnist)

  private static let grid = Claim(
    "wgan-gp-grid", "grid of 25 Gaussians",
    [.atLeast(24, "modes", "of the modes covered")], paper: "all 25 (figure 2, by eye)",
    TrainingPlan<WGANGP>(.with { $0.architecture = .toy }, on: .at("grid")).with {
      ($0.batchSize, $0.length) = (256, .minutes(8))
    }, fullSize: { $0.length = .minutes(60) }
  ) { run in
    let opened = try GeneratingRun(run.path)
    let samples = try Samples(of: opened, count: 2500, seed: 1, latent: nil, classes: nil)
    let coverage = try ModeCoverage(of: samples.points(of: opened), from: .grid)
    return Measurement(
      ["modes": Double(coverage.covered)],
      figure: "\(coverage.covered) modes, \(percent(coverage.highQuality)) of the samples within "
        + "three deviations of one",
      floor: "98.9 % (the Gaussians themselves)")
  }
}
