import GANKit
import GANTraining
import GANZoo

extension TPGAN: Claiming {
  /// Narrow networks for turned digits or small faces, or the paper's.
  public static let ownPresets = [small, photos, .paper("faces of 128x128")]

  private static let small = Preset<TPGAN>.small(batchSize: 16, steps: 1000, size: 32) {
    narrow(&$0)
    // The points of the digit's plane, among the border that makes 32x32 of 28x28.
    $0.meanLandmarks = [0.34375, 0.34375, 0.65625, 0.34375, 0.5, 0.5, 0.5, 0.6875]
    // Digits are not symmetric.
    $0.symmetryWeight = 0
  }

  private static let photos = Preset<TPGAN>(
    "photos", "grey faces of 32x32 without landmarks, minutes on two cores",
    .with {
      narrow(&$0)
      $0.landmarks = .fixed
      $0.meanLandmarks = umistLandmarks
      $0.symmetryWeight = 0
    }, RunDefaults(size: 32, batchSize: 16, steps: 2000))

  /// Where eyes, nose and mouth stand in UMIST's frontal faces of 32x32, which are not in the middle of
  /// their images: the pixels darker than their eight neighbours in the mean of the frontal faces of the
  /// 15 people that are trained on, all of whom count alike. They are 12,12 (left eye), 24,12 (right eye;
  /// 26,12 is lighter), 20,19 (under the nose) and 21,23 (mouth); points are the pixels' middles.
  private static let umistLandmarks = [
    12.5, 12.5, 24.5, 12.5, 20.5, 19.5, 21.5, 23.5,
  ].map { $0 / 32 }

  private static func narrow(_ config: inout Config) {
    (config.generatorWidth, config.localWidths) = (8, [8, 16, 32])
    (config.discriminatorWidth, config.featureSize, config.noiseSize) = (32, 64, 16)
    config.learningRate = 1e-3
  }

  /// Digits that are turned like faces, and faces.
  public static let claims = [digits, faces]

  private static let digits = Claim(
    "tp-gan", "digits turned by 30 to 75 degrees, to the front",
    [
      .points(10, above: "input", "accuracy", "the turned digits, by a network it does not know")
    ],
    paper: "none on digits", TrainingPlan<TPGAN>(small, on: .at("turned")),
    preparations: [identities(on: .mnist, steps: 800)],
    prepare: { $0.config.identity = try $1.identityNetwork() }
  ) { run in
    let found = try run.evaluated()
    let (accuracy, input) = (
      try found.value("accuracy[digits]"), try found.value("input-accuracy[digits]")
    )
    return Measurement(
      ["accuracy": accuracy, "input": input],
      figure: "\(percent(accuracy)), l1 \(decimal(try found.value("l1"), 3)), "
        + "ssim \(decimal(try found.value("ssim"), 3))",
      floor: "\(percent(input)) (the turned digits), "
        + "\(percent(try found.value("real-accuracy[digits]"))) (frontal ones)")
  }

  private static let posed = DataConfiguration.real("faces_pose.tar", size: 32)

  /// Fifteen people are trained on; images of the other five are turned to the front, and looked for
  /// among one frontal image of each of the five.
  private static let faces = Claim(
    "tp-gan-faces", "faces of people that were not trained on (UMIST, 5 of 20)",
    [.below("missed turned", "missed", "fewer are missed at rank 1 than of the turned faces")],
    paper: "Multi-PIE: 64.0 % (90 degrees) to 98.6 % (45 degrees) of 100 people",
    TrainingPlan<TPGAN>(photos, on: posed),
    preparations: [identities(on: posed, steps: 400)],
    prepare: { $0.config.identity = try $1.identityNetwork() }
  ) { run in
    let found = try run.evaluated { $0.features = "efficientnet-lite0" }
    let name = "rank-1[efficientnet-lite0]"
    let (rate, input) = (try found.value(name), try found.value("input-\(name)"))
    return Measurement(
      ["missed": 1 - rate, "missed turned": 1 - input],
      figure: "rank-1 \(percent(rate)), l1 \(decimal(try found.value("l1"), 3)), "
        + "ssim \(decimal(try found.value("ssim"), 3))",
      floor: "rank-1 \(percent(input)) (the turned faces), 20 % (by chance)")
  }

  /// A classifier of whom images show.
  private static func identities(on data: DataConfiguration, steps: Int) -> Claim.Companion {
    Claim.Companion(
      "identity", TrainingPlan<Classifier>.residual(width: 8, on: data, steps: steps))
  }
}

extension ClaimRun {
  /// The classifier of the preparation `identity`, written to a file.
  fileprivate func identityNetwork() throws -> String {
    try exported("identity") { $0.split = .train }
  }
}
