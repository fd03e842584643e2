import GANKit
import GANMetrics
import GANTraining
import GANZoo

extension SRGAN: Claiming {
  /// A narrow network, or the authors'.
  public static let ownPresets = [small, .paper("parts of 96x96 of photos")]

  private static let small = Preset<SRGAN>(
    "small", "photos, two processor cores, half an hour",
    .with {
      ($0.blocks, $0.generatorWidth) = (6, 32)
      ($0.discriminatorWidth, $0.discriminatorFeatures) = (16, 128)
      ($0.pretraining, $0.pretrainingRate) = (5000, 1e-3)
      // On training photos, 1e-3 leads further from the originals in features of another network, and 1e-4
      // as near as no adversary.
      $0.adversarialWeight = 1e-4
    }, RunDefaults(crop: 96, batchSize: 4, steps: 8000))

  /// Photos four times as large.
  public static let claims = [
    Claim(
      "srgan", "photos of BSDS500 four times as large, held out",
      [
        .atLeast(0.5, "gain", "dB of PSNR above a cubic filter in SRResNet's phase"),
        .below("distance of SRResNet", "distance", "in the GAN phase nearer in features"),
        .below("distance of the filter", "distance", "nearer than the filter, too"),
      ], paper: "BSD100: PSNR 27.58 (SRResNet), 25.16 (SRGAN), 25.94 (bicubic)",
      TrainingPlan<SRGAN>(small, on: .real("bsds500.tar")).with {
        $0.intervals.checkpoints = small.config.pretraining
      }, fullSize: { $0.intervals.checkpoints = 100_000 }
    ) { run in
      let (first, last) = (try run.enlargements(at: run.endOfPretraining()), try run.enlargements())
      let (plain, own, filter) = (
        try first.likeness(), try last.likeness(), try last.likeness("bicubic-")
      )
      return Measurement(
        [
          "gain": plain.psnr - filter.psnr, "distance": own.distance,
          "distance of SRResNet": plain.distance, "distance of the filter": filter.distance,
        ], figure: "SRResNet \(plain.words); SRGAN \(own.words)",
        floor: "\(filter.words) (cubic filter)")
    }
  ]
}

extension ClaimRun {
  /// The last checkpoint of the first phase.
  fileprivate func endOfPretraining() throws -> CheckpointChoice {
    let directory = RunDirectory(path)
    let config = try SRGAN.Config.decoded(from: directory.configuration().config)
    let steps = directory.checkpointSteps
    let step = steps.last { $0 <= config.pretraining } ?? steps.first
    return step.map { CheckpointChoice.at($0) } ?? .newest
  }

  /// Numbers of held-out images, judged by a network that no phase learns from.
  fileprivate func enlargements(
    at step: CheckpointChoice = .newest
  ) throws -> [String: MetricResult] {
    try evaluated { ($0.step, $0.features) = (step, EfficientNetLite.Depth.lite1.rawValue) }
  }
}

/// How near enlarged images come to the originals.
private struct Likeness {
  let psnr, ssim, distance: Double

  var words: String {
    "psnr-y \(decimal(psnr, 2)), ssim-y \(decimal(ssim, 3)), "
      + "feature-distance[\(EfficientNetLite.Depth.lite1.rawValue)] \(decimal(distance, 1))"
  }
}

extension [String: MetricResult] {
  fileprivate func likeness(_ prefix: String = "") throws -> Likeness {
    Likeness(
      psnr: try value("\(prefix)psnr-y"), ssim: try value("\(prefix)ssim-y"),
      distance: try first("\(prefix)feature-distance"))
  }
}
