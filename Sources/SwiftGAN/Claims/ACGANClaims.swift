import GANKit
import GANMetrics
import GANTraining
import GANZoo

extension ACGAN: Claiming {
  /// Narrow networks for digits, the paper's for small photos, or those for ImageNet.
  public static let ownPresets = [
    small, photos,
    .paper("128x128 photos of ten classes (table 1); for a GPU") {
      $0.generatorWidths = [768, 384, 256, 192, 64]
    },
  ]

  private static let small = Preset<ACGAN>.small(steps: 6000, size: 28) {
    ($0.generatorWidths, $0.discriminatorWidth) = ([64, 32], 8)
    ($0.dropout, $0.learningRate, $0.ema) = (0.2, 5e-4, 0.99)
  }

  private static let photos = Preset<ACGAN>(
    "photos", "labelled photos of 32x32 (table 2, CIFAR-10); for a GPU")

  /// The digits asked for, and different ones of each.
  public static let claims = [
    Claim(
      "acgan", "MNIST",
      [
        .atLeast(0.97, "accuracy", "of the digits are read as those asked for", as: .percent),
        .atMost(
          0.05, "excess", "more MS-SSIM among pairs of a class than real ones have (mean)"),
      ], paper: "MS-SSIM of a class below 0.25 for 84.7 % of ImageNet's classes (section 4.2)",
      TrainingPlan<ACGAN>(small, on: .mnist)
    ) { run in
      let found = try run.evaluated { $0.metrics = "fid,\(ClassSimilarity.name)" }
      let accuracy = try found.value("accuracy[digits]")
      let (own, real) = (
        try found.value(ClassSimilarity.name), try found.value("real-\(ClassSimilarity.name)")
      )
      return Measurement(
        ["accuracy": accuracy, "excess": own - real],
        figure: "\(percent(accuracy)), MS-SSIM \(decimal(own, 3)), fid[digits] "
          + "\(decimal(try found.value("fid[digits]"), 2)); reads "
          + "\(percent(try found.value("accuracy[acgan]"))) of the test images itself",
        floor: "\(percent(try Claim.realAccuracy())), MS-SSIM \(decimal(real, 3)) "
          + "(real test images)")
    }
  ]
}
