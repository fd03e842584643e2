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

  /// Ten digits, and photos.
  public static let claims = [
    Claim.digits(small, paper: "none on MNIST (CIFAR-10: FID 29.3 with the standard CNN)"),
    colours,
  ]

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
