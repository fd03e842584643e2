import GANKit
import GANTraining
import GANZoo

extension Pix2Pix: Claiming {
  /// Narrow networks for digits or small photos, or the paper's.
  public static let ownPresets = [
    small, photos, .paper("façades of 256x256, one at a time"),
  ]

  private static let small = Preset<Pix2Pix>.small(batchSize: 16, steps: 4000, size: 32) {
    $0.generatorWidths = [32, 64, 128, 256, 256]
    ($0.discriminatorWidth, $0.discriminatorLayers) = (32, 2)
  }

  private static let photos = Preset<Pix2Pix>(
    "photos", "photos of 64x64, a quarter of an hour on two cores",
    .with {
      $0.generatorWidths = [32, 64, 128, 128, 128, 128]
      ($0.discriminatorWidth, $0.discriminatorLayers) = (32, 2)
    }, RunDefaults(size: 64, batchSize: 4, steps: 3000))

  /// Digits from their outlines and from blocks, and streets from labels.
  public static let claims = [edges, pixelated, streets]

  private static let edges = Claim(
    "pix2pix", "edges to digits",
    [
      .atLeast(
        0.97, "accuracy", "of the held-out outputs are read as the input's digit", as: .percent)
    ],
    paper: "none on digits", TrainingPlan<Pix2Pix>(small, on: .at("edges"))
  ) { run in
    let found = try run.evaluated()
    let accuracy = try found.value("accuracy[digits]")
    return Measurement(
      ["accuracy": accuracy],
      figure: "\(percent(accuracy)), fid[digits] \(decimal(try found.value("fid[digits]"), 2))",
      floor: "\(percent(try found.value("input-accuracy[digits]"))) (the input itself), "
        + "\(percent(try found.value("real-accuracy[digits]"))) (the target)")
  }

  private static let pixelated = Claim(
    "pix2pix-pixelated", "pixelated to clear digits",
    [.points(30, above: "input", "accuracy", "the pixelated input")], paper: "none",
    TrainingPlan<Pix2Pix>(small, on: .at("pixelated"))
  ) { run in
    let found = try run.evaluated()
    let (accuracy, input) = (
      try found.value("accuracy[digits]"), try found.value("input-accuracy[digits]")
    )
    return Measurement(
      ["accuracy": accuracy, "input": input], figure: percent(accuracy),
      floor: "\(percent(input)) (the input itself)")
  }

  private static let photo = TrainingPlan<Pix2Pix>(
    photos, on: .real("camvid256.tar", size: 64))

  private static func atFullSize(_ plan: inout TrainingPlan<Pix2Pix>) {
    (plan.data.size, plan.data.crop, plan.data.flip) = (286, 256, true)
  }

  private static let streets = Claim(
    "pix2pix-streets", "street labels to photos (CamVid, held out)",
    [.below("distance of L1", "distance", "a smaller kid-full than L1 alone")],
    paper: "Cityscapes: 0.66 per-pixel accuracy", photo,
    fullSize: { atFullSize(&$0) },
    companions: [
      Claim.Companion("l1", photo.with { $0.config.adversarialWeight = 0 }) {
        atFullSize(&$0)
        $0.config.adversarialWeight = 0
      }
    ]
  ) { run in
    func measured(_ run: ClaimRun) throws -> (distance: Double, words: String) {
      let found = try run.evaluated { $0.metrics = "kid-full" }
      let (name, distance) = (
        Claim.photoKernelDistance, try found.value(Claim.photoKernelDistance)
      )
      return (
        distance, "\(name) \(decimal(distance, 4)), ssim \(decimal(try found.value("ssim"), 3))"
      )
    }
    let (ours, plain) = (try measured(run), try measured(run.companion("l1")))
    return Measurement(
      ["distance": ours.distance, "distance of L1": plain.distance], figure: ours.words,
      floor: "\(plain.words) (L1 alone)")
  }
}
