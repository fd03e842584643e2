import GANAnalysis
import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Torch
import TorchNN

extension AAE: Claiming {
  /// Networks of half the width, the plane with labels, or all of the paper's.
  public static let ownPresets = [small, labeled, .paper("MNIST, codes of 8 numbers")]

  private static let small = Preset<AAE>.small(batchSize: 100, steps: 6000) {
    ($0.encoderWidths, $0.generatorWidths, $0.discriminatorWidths) = (width, width, width)
  }

  private static let labeled = Preset<AAE>(
    "labeled", "a Gaussian of a mixture in the plane for each of ten classes",
    .with {
      ($0.variant, $0.learningRate) = (.labeled, 2e-4)
      ($0.encoderWidths, $0.generatorWidths, $0.discriminatorWidths) = (width, width, width)
    }, RunDefaults(size: 32, batchSize: 100, steps: 6000))

  private static let width = [500, 500]

  /// Codes like the prior's.
  public static let claims = [
    Claim(
      "aae", "MNIST, \(small.name) preset",
      [
        .atMost(0.03, "energy", "energy coefficient of held-out codes and the prior"),
        .below("plain", "energy", "below that of a plain autoencoder of the same networks"),
        .below("plain fid", "fid", "samples nearer to the digits than that one's"),
      ], paper: "by eye (figure 1)", plan,
      companions: [.changed("plain", plan) { $0.config.adversarialWeight = 0 }]
    ) { run in
      let plain = run.companion("plain")
      let (energy, alone) = (try run.codeEnergy(), try plain.codeEnergy())
      let (found, other) = (try run.evaluated(), try plain.evaluated())
      func words(_ energy: Double, _ found: [String: MetricResult]) throws -> String {
        "energy coefficient \(decimal(energy, 4)), fid[digits] "
          + "\(decimal(try found.value("fid[digits]"), 1)), reconstruction error "
          + decimal(try found.value("reconstruction-error"), 4)
      }
      return Measurement(
        [
          "energy": energy, "plain": alone, "fid": try found.value("fid[digits]"),
          "plain fid": try other.value("fid[digits]"),
        ], figure: try words(energy, found),
        floor: "\(try words(alone, other)) (plain autoencoder)")
    }
  ]

  private static let plan = TrainingPlan<AAE>(small, on: .mnist)
}

extension ClaimRun {
  /// How far codes of MNIST's test images are from as many of the prior.
  fileprivate func codeEnergy(count: Int = 5000) throws -> Double {
    let run = try GeneratingRun(images: path)
    guard let recipe = run.generator as? any EncodingRecipe,
      let images = try RunImages(run, nil).heldOut()
    else { throw RunError.unsupported("\(path): no codes of held-out images") }
    let indices = images.chosen(count, seed: 1)
    let found = Reconstruction(of: try images.tensor(indices, on: run.device), by: recipe)
    return try energyCoefficient(
      found.latents, recipe.prior.rows(found.latents.size(0), seed: 2, on: run.device))
  }
}
