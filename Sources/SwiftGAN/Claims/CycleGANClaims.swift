import GANKit
import GANTraining
import GANZoo

extension CycleGAN: Claiming {
  /// Narrow networks for digits or small photos, or the paper's.
  public static let ownPresets = [
    small, photos, .paper("photos of 256x256, one at a time") { _ in },
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
    nearer(
      "cyclegan-animals", from: "cats", to: "dogs", on: .real("cat2dog.tar", size: 128, flip: true)),
    nearer("cyclegan-streets", from: "streets at dusk", to: "streets by day", on: streets),
  ]

  private static var streets: DataConfiguration {
    var data = DataConfiguration.real("camvid256.tar", size: 128, flip: true)
    data.attributes = ["light=dusk", "light=day"]
    return data
  }

  /// Photos of two kinds, as far as two cores come.
  private static func nearer(
    _ name: String, from a: String, to b: String, on data: DataConfiguration
  ) -> Claim {
    Claim(
      name, "\(a) to \(b) at 128x128",
      [
        .below("inputs ab", "ab", "closer to \(b) than the \(a) were"),
        .below("inputs ba", "ba", "and to \(a) than the \(b) were"),
      ], paper: "none", TrainingPlan<CycleGAN>(photos, on: data), measure: kernelDistances)
  }

  private static func kernelDistances(of run: ClaimRun) throws -> Measurement {
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
