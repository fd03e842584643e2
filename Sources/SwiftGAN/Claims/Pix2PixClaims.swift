import GANTraining
import GANZoo

extension Pix2Pix: Claiming {
  /// Digits from their outlines and from blocks, and streets from labels.
  public static let claims = [edges, pixelated, streets]

  private static func digits(_ set: String) -> TrainingPlan<Pix2Pix> {
    TrainingPlan<Pix2Pix>(
      .with {
        $0.generatorWidths = [32, 64, 128, 256, 256]
        ($0.discriminatorWidth, $0.discriminatorLayers) = (32, 2)
      }, on: .at(set)
    ).with { ($0.batchSize, $0.length) = (16, .steps(4000)) }
  }

  private static let edges = Claim(
    "pix2pix", "edges to digits",
    [
      .atLeast(
        0.97, "accuracy", "of the held-out outputs are read as the input's digit", as: .percent)
    ],
    paper: "none on digits", digits("edges"), fullSize: { $0.length = .steps(40_000) }
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
    digits("pixelated"), fullSize: { $0.length = .steps(40_000) }
  ) { run in
    let found = try run.evaluated()
    let (accuracy, input) = (
      try found.value("accuracy[digits]"), try found.value("input-accuracy[digits]")
    )
    return Measurement(
      ["accuracy": accuracy, "input": input], figure: percent(accuracy),
      floor: "\(percent(input)) (the input itself)")
  }

  private static func street(adversarial weight: Double) -> TrainingPlan<Pix2Pix> {
    TrainingPlan<Pix2Pix>(
      .with {
        $0.generatorWidths = [32, 64, 128, 128, 128, 128]
        ($0.discriminatorWidth, $0.discriminatorLayers) = (32, 2)
        $0.adversarialWeight = weight
      }, on: .real("camvid256.tar", size: 64)
    ).with { ($0.batchSize, $0.length) = (4, .steps(3000)) }
  }

  private static let streets = Claim(
    "pix2pix-streets", "street labels to photos (CamVid, held out)",
    [.below("distance of L1", "distance", "a smaller kid-full than L1 alone")],
    paper: "Cityscapes: 0.66 per-pixel accuracy", street(adversarial: 1),
    fullSize: {
      ($0.config, $0.batchSize, $0.length) = (Config(), 1, .steps(70_000))
      ($0.data.size, $0.data.crop, $0.data.flip) = (286, 256, true)
    },
    companions: [Claim.Companion("l1", street(adversarial: 0))]
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
