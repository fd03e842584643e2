import GANKit
import GANMetrics
import GANTraining
import GANZoo

extension AttentionGAN: Claiming {
  /// Narrow networks for digits, the same with masks, or the authors'.
  public static let ownPresets = [
    small, masked, .paper("photos of 256x256, four at a time"),
  ]

  private static let small = Preset<AttentionGAN>.small(batchSize: 8, steps: 5000, size: 32) {
    narrow(&$0)
  }

  private static let masked = Preset<AttentionGAN>(
    "masked", "maps learned from masks, two processor cores, minutes",
    .with {
      narrow(&$0)
      $0.variant = .supervised
    }, small.run)

  private static func narrow(_ config: inout Config) {
    (config.generatorWidth, config.blocks) = (16, 3)
    (config.attentionWidth, config.attentionBlocks) = (8, 2)
    (config.discriminatorWidth, config.discriminatorLayers) = (32, 2)
    // Maps that come near 0 early stay there, and nothing is ever translated.
    config.sparsityWeight = 0.1
  }

  /// Digits of two looks on the same grounds.
  public static let claims = [
    Claim(
      "attention-gan", "white to painted digits on the same grounds and back",
      [
        .atLeast(0.9, "kept", "of the digits are kept both ways", as: .percent),
        .atMost(
          0.5, "distance", "of the inputs' distance from the other domain is left", as: .percent),
        .below("cyclegan ab", "ab", "the background is changed less than by cyclegan"),
        .below("cyclegan ba", "ba", "and on the way back, too"),
      ], paper: "none on digits (PSNR and SSIM of the background above CycleGAN's)",
      TrainingPlan<AttentionGAN>(small, on: .at("painted")),
      companions: [
        .reader(of: "painted"),
        Claim.Companion("cyclegan", plain) { $0.data.size = 256 },
      ]
    ) { run in
      let reader = try run.reader()
      let ours = try ChangedDigits(run, reader)
      let theirs = try ChangedDigits(run.companion("cyclegan"), reader)
      let real = ours.real.map { percent($0) }.joined(separator: ", ")
      return Measurement(
        [
          "kept": ours.kept.min() ?? 0, "distance": ours.distances.max() ?? 1,
          "ab": ours.backgrounds[0], "ba": ours.backgrounds[1],
          "cyclegan ab": theirs.backgrounds[0], "cyclegan ba": theirs.backgrounds[1],
        ], figure: ours.words,
        floor: "\(theirs.words) (cyclegan); kept of real ones \(real)")
    }
  ]

  /// CycleGAN of the same size, trained for as long.
  private static let plain = TrainingPlan<CycleGAN>(CycleGAN.ownPresets[0], on: .at("painted")).with
  {
    $0.defaults = small.run
  }
}

/// What becomes of held-out digits whose look is changed, from A to B and from B to A.
private struct ChangedDigits {
  /// The share that is read as before.
  let kept: [Double]
  /// The share of real digits that is read as what they are.
  let real: [Double]
  /// The mean change of what is not the digit, of 1.
  let backgrounds: [Double]
  /// The Fréchet distance from the other domain, as a share of the inputs'.
  let distances: [Double]

  init(_ run: ClaimRun, _ reader: String) throws {
    let found = try run.read(by: reader)
    func both(_ value: (String) throws -> Double) rethrows -> [Double] {
      try ["ab", "ba"].map(value)
    }
    kept = try both { try found.kept($0).outputs }
    real = try both { try found.kept($0).real }
    backgrounds = try both { try found.value("\($0)/background-error") }
    distances = try both {
      try found.first("\($0)/fid[") / found.first("\($0)/input-fid[")
    }
  }

  var words: String {
    zip(["ab", "ba"], kept.indices).map { name, index in
      "\(name) \(percent(kept[index])) kept, background error \(decimal(backgrounds[index], 4)), "
        + "\(percent(distances[index])) of the distance left"
    }.joined(separator: "; ")
  }
}
