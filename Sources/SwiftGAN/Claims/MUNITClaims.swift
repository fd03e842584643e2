import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Torch

extension MUNIT: Claiming {
  /// Narrow networks for digits, or the paper's.
  public static let ownPresets = [small, .paper("photos of 256x256, one of each domain at a time")]

  private static let small = Preset<MUNIT>.small(batchSize: 8, steps: 4000, size: 32) {
    ($0.styleHalvings, $0.residualBlocks, $0.mlpWidth) = (3, 2, 64)
    ($0.generatorWidth, $0.discriminatorWidth) = (16, 16)
    ($0.discriminatorLayers, $0.scales) = (3, 2)
    $0.learningRate = 5e-4
  }

  /// Digits of another look, of which each has many.
  public static let claims = [
    Claim(
      "munit", "plain to textured digits in styles of the prior",
      [
        .atLeast(0.85, "kept", "of the digits are kept", as: .percent),
        .atLeast(
          0.3, "share", "of the distance between real ones lies between one digit's in two styles",
          as: .percent),
      ],
      paper:
        "none on digits (shoes from edges: LPIPS 0.109 between styles, 0.293 between real ones)",
      TrainingPlan<MUNIT>(small, on: .at("textured")), companions: [.reader(of: "textured")]
    ) { run in
      let (kept, real) = try run.read(by: run.reader()).kept("ab")
      let distances = try run.styleDistances()
      return Measurement(
        ["kept": kept, "share": distances.styles / distances.real],
        figure: "\(percent(kept)), feature distance \(decimal(distances.styles, 2)) between styles",
        floor:
          "\(percent(real)), feature distance \(decimal(distances.real, 2)) (real textured digits)")
    }
  ]
}

extension ClaimRun {
  /// Mean distances in the features of the network for photos: between a held-out digit's translations in two
  /// styles, and between two real images of the other domain.
  fileprivate func styleDistances(
    digits: Int = 100, styles count: Int = 4
  ) throws -> (styles: Double, real: Double) {
    let run = try Run.open(path)
    let recipe = try run.role((any StyledRecipe).self, "translate in styles")
    let network = try PhotoFeatures.installed()
    let looks = try DigitLooks(digits * count, as: run.shape)
    let plain = looks.plain[0..<digits]
    // Each digit `count` times, one behind the other.
    let inputs = plain.repeatedElements(count, axis: 0)
    let styles = try run.styles(digits * count, seed: 1)
    let outputs = run.inUse(seed: 1) { recipe.translate(inputs, .ab, style: styles) }
    let drawn = try network.features(ofImages: outputs)
    let between = (0..<digits).map { digit in
      meanDistance(drawn[digit * count..<(digit + 1) * count])
    }
    let real = try network.features(ofImages: looks.textured)
    return (between.reduce(0, +) / Double(digits), meanDistance(real))
  }
}

/// Of each row from each other.
private func meanDistance(_ rows: Tensor) -> Double {
  let count = Double(rows.size(0))
  return rows.distances(to: rows).sum().item() / (count * (count - 1))
}
