import GANTraining
import GANZoo

extension CycleGAN: Claiming {
  /// Digits of two looks, and animals.
  public static let claims = [digits, animals]

  private static let digits = Claim(
    "cyclegan", "plain to textured digits and back",
    [.atLeast(0.9, "kept", "of the digits are kept both ways", as: .percent)],
    paper: "none on digits",
    TrainingPlan<CycleGAN>(
      .with {
        ($0.generatorWidth, $0.blocks) = (16, 3)
        ($0.discriminatorWidth, $0.discriminatorLayers) = (32, 2)
      }, on: .at("textured")
    ).with { ($0.batchSize, $0.length) = (8, .steps(5000)) },
    fullSize: {
      ($0.batchSize, $0.length) = (1, .steps(200_000))
      ($0.config.generatorWidth, $0.config.blocks, $0.config.discriminatorWidth) = (64, 6, 64)
    },
    companions: [
      // Reads textured digits, which the classifier of plain ones cannot.
      Claim.Companion(
        "reader",
        TrainingPlan<Classifier>(
          .with { ($0.architecture, $0.width) = (.residual, 16) }, on: .at("textured")
        ).with { $0.length = .steps(1200) })
    ]
  ) { run in
    let reader = try run.reader()
    let there = try run.evaluated { ($0.features, $0.count) = (reader, 2000) }
    let back = try run.evaluated { $0.count = 2000 }
    let (kept, keptBack) = (try there.first("ab/accuracy["), try back.first("ba/accuracy["))
    func text(_ name: String, _ kept: Double) throws -> String {
      "\(name) \(percent(kept)), fid[digits] \(decimal(try back.first("\(name)/fid["), 1)), "
        + "cycle error \(decimal(try back.value("\(name)/cycle-error"), 3))"
    }
    return Measurement(
      ["kept": min(kept, keptBack)],
      figure: "\(try text("ab", kept)); \(try text("ba", keptBack))",
      floor: "\(percent(try there.first("ab/real-accuracy["))) (real textured digits), "
        + "\(percent(try back.first("ba/real-accuracy["))) (real plain ones)")
  }

  private static let animals = Claim(
    "cyclegan-animals", "cats to dogs at 128x128",
    [
      .below("inputs ab", "ab", "closer to dogs than the cats were"),
      .below("inputs ba", "ba", "and to cats than the dogs were"),
    ], paper: "none",
    TrainingPlan<CycleGAN>(
      .with {
        ($0.generatorWidth, $0.discriminatorWidth, $0.decayStart) = (32, 32, 1)
      }, on: .real("cat2dog.tar", size: 128, flip: true)
    ).with { ($0.batchSize, $0.length) = (1, .minutes(12)) },
    fullSize: {
      ($0.length, $0.config.generatorWidth, $0.config.discriminatorWidth) = (.minutes(600), 64, 64)
    }
  ) { run in
    let found = try run.evaluated { $0.metrics = "kid-full" }
    func distances(_ name: String) throws -> [Double] {
      try ["ab", "ba"].map { try found.value("\($0)/\(name)\(Claim.photoKernelDistance)") }
    }
    let (reached, before) = (try distances(""), try distances("input-"))
    func text(_ values: [Double]) -> String {
      "\(Claim.photoKernelDistance) ab \(decimal(values[0], 4)), ba \(decimal(values[1], 4))"
    }
    return Measurement(
      ["ab": reached[0], "ba": reached[1], "inputs ab": before[0], "inputs ba": before[1]],
      figure: text(reached), floor: "\(text(before)) (the inputs)")
  }
}

extension ClaimRun {
  /// The features of the companion `reader`, written to a file.
  fileprivate func reader() throws -> String {
    let file = "\(path)-reader/reader.safetensors"
    _ = try companion("reader").evaluated { $0.export = file }
    return file
  }
}
