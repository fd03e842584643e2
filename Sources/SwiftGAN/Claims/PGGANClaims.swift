import GANTraining
import GANZoo

extension PGGAN: Claiming {
  /// Ten digits, and faces.
  public static let claims = [
    Claim.digits(
      TrainingPlan<PGGAN>(small(channelBase: 256, stage: 16_000, ema: 0.995), on: .mnist)
        .with { $0.batchSize = 16 }, minutes: 10, paper: "none on MNIST"), faces,
  ]

  private static func small(channelBase: Int, stage images: Int, ema: Double) -> Config {
    .with {
      ($0.latentSize, $0.channelBase, $0.maxChannels) = (64, channelBase, 32)
      ($0.stableImages, $0.fadeImages) = (images, images)
      ($0.learningRate, $0.ema) = (0.003, ema)
    }
  }

  private static let faces = Claim(
    "pggan-faces",
    "CelebA from 4x4 to 64x64, the Fréchet distance to all photos over the checkpoints",
    [Claim.falling], paper: "FID 7.3 on CelebA-HQ at 1024x1024",
    TrainingPlan<PGGAN>(
      small(channelBase: 512, stage: 10_000, ema: 0.99),
      on: .real("celeba64.tar", size: 64, flip: true)
    ).with {
      ($0.batchSize, $0.length) = (16, .minutes(12))
      ($0.intervals.keep, $0.intervals.checkpoints) = (40, 500)
    },
    fullSize: {
      ($0.length, $0.intervals.checkpoints) = (.minutes(600), 20_000)
      $0.config = .with { ($0.stableImages, $0.fadeImages) = (600_000, 600_000) }
    }
  ) { run in try run.improvement(on: .all) }
}
