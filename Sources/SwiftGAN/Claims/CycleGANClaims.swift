import GANKit
import GANTraining
import GANZoo

extension CycleGAN: Claiming {
  /// Narrow networks for digits or small photos, or the paper's.
  public static let ownPresets = [
    small, photos, .paper("photos of 256x256, one at a time"),
  ]

  private static let small = Preset<CycleGAN>.small(batchSize: 8, steps: 5000, size: 32) {
    ($0.generatorWidth, $0.blocks) = (16, 3)
    ($0.discriminatorWidth, $0.discriminatorLayers) = (32, 2)
  }

  private static let photos = Preset<CycleGAN>(
    "photos", "photos of 128x128, half an hour on two cores",
    .with { ($0.generatorWidth, $0.discriminatorWidth) = (32, 32) },
    RunDefaults(size: 128, batchSize: 1, steps: 2500))

  /// Digits of two looks, animals, and streets.
  public static let claims = [
    Claim.texturedDigits(small),
    .nearer(
      "cyclegan-animals", from: "cats", to: "dogs", at: 128,
      TrainingPlan<CycleGAN>(photos, on: .real("cat2dog.tar", size: 128, flip: true))),
    .nearer(
      "cyclegan-streets", from: "streets at dusk", to: "streets by day", at: 128,
      TrainingPlan<CycleGAN>(photos, on: streets)),
  ]

  private static var streets: DataConfiguration {
    var data = DataConfiguration.real("camvid256.tar", size: 128, flip: true)
    data.attributes = ["light=dusk", "light=day"]
    return data
  }
}
