import GANAnalysis
import GANData
import GANKit
import GANTraining
import GANZoo

extension WGANGP: Claiming {
  /// Thin convolutional networks, those for points, or the residual ones of the paper.
  public static let ownPresets = [
    small, toy, .paper("32x32 photos, residual networks") { $0.architecture = .resnet },
  ]

  static let small = Preset<WGANGP>.small(steps: 12_000) {
    ($0.architecture, $0.width, $0.criticSteps) = (.dcgan, 16, 3)
    ($0.learningRate, $0.ema) = (5e-4, 0.99)
  }

  private static let toy = Preset<WGANGP>(
    "toy", "points of the plane (--data grid), five minutes on a core",
    .with {
      $0.architecture = .toy
      ($0.generatorWidths, $0.criticWidths) = ([128, 128, 128], [128, 128, 128])
      ($0.learningRate, $0.decayStart, $0.ema) = (2e-3, 0.2, 0.999)
    },
    RunDefaults(batchSize: 256, steps: 40_000))

  /// Ten digits, and the modes of a grid.
  public static let claims = [Claim.digits(small, paper: "none on MNIST"), grid]

  private static let grid = Claim(
    "wgan-gp-grid", "grid of 25 Gaussians",
    [
      .atLeast(24, "modes", "of the modes covered"),
      .atLeast(0.8, "near", "of the samples within three deviations of one", as: .percent),
    ], paper: "all 25 (figure 2, by eye)",
    TrainingPlan<WGANGP>(toy, on: .at("grid")),
    fullSize: { $0.config = .with { $0.architecture = .toy } }
  ) { run in
    let coverage = try run.coverage(of: .grid)
    return Measurement(
      ["modes": Double(coverage.covered), "near": coverage.highQuality],
      figure: "\(coverage.covered) modes, \(percent(coverage.highQuality)) of the samples within "
        + "three deviations of one",
      floor: "98.9 % (the Gaussians themselves)")
  }
}

extension ClaimRun {
  /// Which modes 2500 samples of the run cover.
  func coverage(of toy: ToyDistribution) throws -> ModeCoverage {
    let opened = try GeneratingRun(path)
    let samples = try Samples(of: opened, count: 2500, seed: 1, latent: nil, classes: nil)
    return try ModeCoverage(of: samples.points(of: opened), from: toy)
  }
}
