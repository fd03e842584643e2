import GANKit
import GANTraining
import GANZoo

extension PGGAN: Claiming {
  /// Narrow networks for digits or small photos, or the paper's.
  public static let ownPresets = [
    small, photos, .paper("CelebA-HQ at 1024x1024; for a GPU"),
  ]

  static let small = Preset<PGGAN>.small(batchSize: 16, steps: 9000, size: 32) {
    $0.grow(channelBase: 256, stage: 10_000, ema: 0.99)
  }

  private static let photos = Preset<PGGAN>(
    "photos", "photos of 64x64, half an hour on two cores",
    .with { $0.grow(channelBase: 512, stage: 10_000, ema: 0.99) },
    RunDefaults(size: 64, batchSize: 16, steps: 6500))

  /// Ten digits, and faces.
  public static let claims = [Claim.digits(small, paper: "none on MNIST"), faces]

  private static let faces = Claim(
    "pggan-faces",
    "CelebA from 4x4 to 64x64, the Fréchet distance to all photos over the last stage's checkpoints",
    [Claim.falling], paper: "FID 7.3 on CelebA-HQ at 1024x1024",
    TrainingPlan<PGGAN>(photos, on: .real("celeba64.tar", flip: true)).with {
      ($0.intervals.keep, $0.intervals.checkpoints) = (40, 250)
    },
    fullSize: {
      $0.intervals.checkpoints = 20_000
      ($0.config.stableImages, $0.config.fadeImages) = (600_000, 600_000)
    }
  ) { run in
    // Small pictures enlarged are further from photos the better they are: only the last stage's tell.
    try run.improvement(on: .all) { ($0 as? PGGAN)?.isInLastStage ?? false }
  }
}

extension PGGAN.Config {
  /// Narrow networks whose stages take `images` each.
  fileprivate mutating func grow(channelBase base: Int, stage images: Int, ema decay: Double) {
    (latentSize, channelBase, maxChannels) = (64, base, 32)
    (stableImages, fadeImages) = (images, images)
    (learningRate, ema) = (0.003, decay)
  }
}
