import GANKit
import GANTraining
import GANZoo

extension SNGAN: Claiming {
  /// Thin plain networks, residual ones for labelled photos, or the paper's. One critic update for
  /// each of the generator's and a higher rate, both within what the paper tries (section 4.1,
  /// settings A to F): five leave the generator too few in a few minutes.
  public static let ownPresets = [
    small, photos, .paper("32x32 photos, residual networks") { $0.architecture = .resnet },
  ]

  private static let small = Preset<SNGAN>.small(steps: 4000) {
    ($0.generatorWidth, $0.discriminatorWidth, $0.criticSteps) = (16, 16, 1)
    ($0.learningRate, $0.beta1, $0.beta2, $0.ema) = (0.001, 0.5, 0.999, 0.99)
  }

  private static let photos = Preset<SNGAN>(
    "photos", "labelled photos of 32x32, a quarter of an hour on two cores",
    .with {
      ($0.architecture, $0.conditional, $0.criticSteps, $0.ema) = (.resnet, true, 1, 0.99)
      ($0.generatorWidth, $0.discriminatorWidth) = (32, 32)
    }, RunDefaults(size: 32, steps: 3000))

  /// Ten digits, the best of four after equal time, and photos.
  public static let claims = [
    Claim.digits(small, paper: "none on MNIST (CIFAR-10: FID 29.3 with the standard CNN)"), best,
    colours,
  ]

  private static let minutes = 3.0

  private static let best = Claim(
    "sn-gan-equal-time", "MNIST, the same \(Int(minutes)) minutes",
    [
      .below("fid of the others", "fid", "a smaller fid[digits] than gan, dcgan and wgan-gp"),
      .atLeast(10, "classes", "classes"),
    ], paper: "none on MNIST (CIFAR-10: FID 29.3 with the standard CNN)",
    equalTime(small),
    companions: [
      Claim.Companion("gan", equalTime(GAN.small), fullSize: { _ in }),
      Claim.Companion("dcgan", equalTime(DCGAN.small), fullSize: { _ in }),
      Claim.Companion("wgan-gp", equalTime(WGANGP.small), fullSize: { _ in }),
    ]
  ) { run in
    let own = try run.evaluated()
    let (distance, classes) = (try own.value("fid[digits]"), try own.value("classes[digits]"))
    let others = try ["gan", "dcgan", "wgan-gp"].map {
      ($0, try run.companion($0).evaluated().value("fid[digits]"))
    }
    return Measurement(
      [
        "fid": distance, "classes": classes,
        "fid of the others": others.map(\.1).min() ?? .infinity,
      ], figure: "fid[digits] \(decimal(distance, 2)), \(Int(classes)) classes",
      floor: others.map { "\($0.0) \(decimal($0.1, 2))" }.joined(separator: ", "))
  }

  private static func equalTime<R: Claiming>(_ preset: Preset<R>) -> TrainingPlan<R> {
    TrainingPlan<R>(preset, on: .mnist).with { $0.length = .minutes(minutes) }
  }

  private static let colours = Claim(
    "sn-gan-photos",
    "CIFAR-10, conditional, the Fréchet distance to the test images over the checkpoints",
    [Claim.falling],
    paper: "FID 21.7 unconditional, 17.5 conditional (the same networks, full size)",
    TrainingPlan<SNGAN>(photos, on: .real("cifar10.tar", flip: true)).with {
      ($0.intervals.keep, $0.intervals.checkpoints) = (40, 200)
    },
    fullSize: { ($0.config.conditional, $0.intervals.checkpoints) = (true, 20_000) }
  ) { run in try run.improvement(on: .test) }
}
