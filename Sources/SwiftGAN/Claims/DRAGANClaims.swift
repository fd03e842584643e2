import GANAnalysis
import GANKit
import GANTraining
import GANZoo

extension DRAGAN: Claiming {
  /// Thin convolutional networks, those for points, or all of the paper's numbers.
  public static let ownPresets = [
    small, toy, .paper("32x32 images, noise of variance 10 in pixels of [-1, 1]"),
  ]

  private static let small = Preset<DRAGAN>.small(steps: 6000) {
    ($0.width, $0.perturbation) = (32, .oneSided)
    ($0.learningRate, $0.ema) = (2e-4, 0.99)
  }

  private static let toy = Preset<DRAGAN>(
    "toy", "points of the plane (--data grid or ring), five minutes on a core",
    .with {
      $0.architecture = .toy
      ($0.generatorWidths, $0.discriminatorWidths) = ([128, 128, 128], [128, 128, 128])
      ($0.learningRate, $0.decayStart, $0.ema) = (1e-3, 0.2, 0.999)
    },
    RunDefaults(batchSize: 256, steps: 20_000))

  /// Ten digits, and the modes of a grid and of a ring.
  public static let claims = [Claim.digits(small, paper: "none on MNIST but pictures"), modes]

  private static let modes = Claim(
    "dragan-grid", "grid of 25 Gaussians, and ring of 8",
    [
      .atLeast(24, "modes", "of the grid's modes covered"),
      .atLeast(8, "ring modes", "of the ring's"),
      .atLeast(0.8, "near", "of the samples of each within three deviations of one", as: .percent),
    ], paper: "all of both (by eye)",
    TrainingPlan<DRAGAN>(toy, on: .at("grid")),
    fullSize: { $0.config = .with { $0.architecture = .toy } },
    companions: [
      Claim.Companion("ring", TrainingPlan<DRAGAN>(toy, on: .at("ring"))) {
        $0.config = .with { $0.architecture = .toy }
      },
      Claim.Companion("gan", plainGAN),
      Claim.Companion("wgan", clippedGAN),
    ]
  ) { run in
    let grid = try run.coverage(of: .grid)
    let ring = try run.companion("ring").coverage(of: .ring)
    func text(_ name: String, _ found: ModeCoverage) -> String {
      "\(name): \(found.covered) modes, \(percent(found.highQuality)) of the samples within three "
        + "deviations of one"
    }
    let others = try ["gan", "wgan"].map {
      text("\($0) on the grid", try run.companion($0).coverage(of: .grid))
    }
    return Measurement(
      [
        "modes": Double(grid.covered), "ring modes": Double(ring.covered),
        "near": min(grid.highQuality, ring.highQuality),
      ], figure: "\(text("grid", grid)); \(text("ring", ring))",
      floor: (["98.9 % (the Gaussians themselves)"] + others).joined(separator: "; "))
  }

  /// Perceptrons of the same widths without a penalty, for as long.
  private static let plainGAN = TrainingPlan<GAN>(
    .with {
      ($0.generatorWidths, $0.discriminatorWidths) = ([128, 128, 128], [128, 128, 128])
      ($0.latentSize, $0.learningRate, $0.ema) = (2, 1e-3, 0.999)
    }, on: .at("grid")
  ).with { ($0.batchSize, $0.length) = (toy.run.batchSize, .steps(toy.run.steps)) }

  /// The same with clipped weights in place of a penalty.
  private static let clippedGAN = TrainingPlan<WGAN>(
    .with {
      $0.architecture = .mlp
      ($0.generatorWidths, $0.criticWidths) = ([128, 128, 128], [128, 128, 128])
      ($0.latentSize, $0.learningRate, $0.ema) = (2, 5e-4, 0.999)
    }, on: .at("grid")
  ).with { ($0.batchSize, $0.length) = (toy.run.batchSize, .steps(toy.run.steps)) }
}
