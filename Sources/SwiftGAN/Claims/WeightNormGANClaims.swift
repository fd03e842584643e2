import GANAnalysis
import GANKit
import GANTraining
import GANZoo

extension WeightNormGAN: Claiming {
  /// Thin networks at a higher rate, or those of the authors' code.
  public static let ownPresets = [small, .paper("64x64 photos, rate 0.0001")]

  private static let small = Preset<WeightNormGAN>.small(steps: 5000, size: 32) {
    ($0.width, $0.learningRate, $0.ema) = (16, 5e-4, 0.99)
  }

  /// Ten digits, and how well held-out ones can be drawn.
  public static let claims = [
    Claim.digits(small, paper: "none on MNIST (CelebA, LSUN and CIFAR-10, by eye)"), reconstruction,
  ]

  private static let seeds: [UInt64] = [1, 2, 3]

  /// The paper's comparison: for each seed the same network with either normalisation.
  private static let reconstruction = Claim(
    "weight-norm-gan-reconstruction",
    "MNIST, mean squared error of held-out digits drawn as well as can be, equal steps",
    [.atLeast(3, "smaller", "of 3 seeds with a smaller error than with batch normalisation")],
    paper: "about 10 % smaller errors (CelebA, LSUN, CIFAR-10)",
    plan(.weight, seed: seeds[0]),
    companions: seeds.dropFirst().map { companion(.weight, seed: $0) }
      + seeds.map { companion(.batch, seed: $0) }
  ) { run in
    let weight = try seeds.map { seed in
      try (seed == seeds[0] ? run : run.companion(suffix(.weight, seed: seed)))
        .reconstructionError()
    }
    let batch = try seeds.map { try run.companion(suffix(.batch, seed: $0)).reconstructionError() }
    func text(_ errors: [Double]) -> String {
      errors.map { decimal($0, 4) }.joined(separator: ", ")
    }
    return Measurement(
      ["smaller": Double(zip(weight, batch).count { $0 < $1 })],
      figure: "\(text(weight)) with seeds 1, 2, 3", floor: "\(text(batch)) (batch normalisation)")
  }

  private static func plan(
    _ normalization: Normalization, seed: UInt64
  ) -> TrainingPlan<WeightNormGAN> {
    TrainingPlan<WeightNormGAN>(small, on: .mnist).with {
      $0.config.normalization = normalization
      ($0.seed, $0.length) = (seed, .steps(2000))
    }
  }

  private static func suffix(_ normalization: Normalization, seed: UInt64) -> String {
    "\(normalization.rawValue)-\(seed)"
  }

  private static func companion(_ normalization: Normalization, seed: UInt64) -> Claim.Companion {
    Claim.Companion(suffix(normalization, seed: seed), plan(normalization, seed: seed)) {
      $0.config.normalization = normalization
    }
  }
}

extension ClaimRun {
  /// The mean squared error, on the scale of [-1, 1], of 100 test images and the nearest pictures that
  /// the run's generator was found to draw in 500 steps.
  fileprivate func reconstructionError() throws -> Double {
    let run = try GeneratingRun(path)
    let images = try RunImages(run, nil).split(.test)
    let originals = try images.tensor(images.chosen(100, seed: 1), on: run.device)
    let errors = Reconstruction(of: originals, labels: nil, by: run.generator, steps: 500).errors
    return errors.reduce(0, +) / Double(errors.count)
  }
}
