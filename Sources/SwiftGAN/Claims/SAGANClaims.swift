import GANKit
import GANTraining
import GANZoo

extension SAGAN: Claiming {
  /// Thin networks, wider conditional ones for labelled photos, or the paper's. At small batches the
  /// paper's Adam without a first moment is slow, so digits take another.
  public static let ownPresets = [
    small, photos, .paper("labelled photos of 128x128; for a GPU") { $0.conditional = true },
  ]

  private static let small = Preset<SAGAN>.small(steps: 4000, size: 32) {
    ($0.generatorWidth, $0.discriminatorWidth) = (8, 8)
    ($0.generatorRate, $0.discriminatorRate, $0.ema) = (5e-4, 2e-3, 0.99)
  }

  private static let photos = Preset<SAGAN>(
    "photos", "labelled photos of 32x32, half an hour on two cores",
    .with {
      ($0.conditional, $0.ema) = (true, 0.99)
      ($0.generatorWidth, $0.discriminatorWidth) = (32, 32)
    }, RunDefaults(size: 32, steps: 2500))

  /// Ten digits, and photos with and without attention.
  public static let claims = [
    Claim.digits(small, paper: "none on MNIST (ImageNet: FID 18.65)"), colours,
  ]

  private static let colours = Claim(
    "sagan-photos",
    "CIFAR-10, conditional, the Fréchet distance to the test images over the checkpoints",
    [Claim.falling, .below("plain", "last", "at the end smaller than without attention")],
    paper: "ImageNet: FID 18.28 with attention at 32x32, 22.96 without (tables 1 and 2)",
    course(photos) { _ in },
    fullSize: { $0.intervals.checkpoints = 50_000 },
    companions: [
      Claim.Companion("plain", course(photos) { $0.attention = 0 }) {
        ($0.config.attention, $0.intervals.checkpoints) = (0, 50_000)
      }
    ]
  ) { run in
    let own = try run.improvement(on: .test)
    let plain = try run.companion("plain").evaluated {
      ($0.split, $0.metrics, $0.count) = (.test, "fid", 2000)
    }.value(Claim.photoDistance)
    return Measurement(
      own.numbers.merging(["plain": plain]) { $1 }, figure: own.figure,
      floor: "\(own.floor); \(decimal(plain, 1)) without attention at the end")
  }

  private static func course(
    _ preset: Preset<SAGAN>, _ change: (inout SAGAN.Config) -> Void
  ) -> TrainingPlan<SAGAN> {
    TrainingPlan<SAGAN>(preset, on: .real("cifar10.tar", flip: true)).with {
      ($0.intervals.keep, $0.intervals.checkpoints) = (40, 250)
      change(&$0.config)
    }
  }
}
