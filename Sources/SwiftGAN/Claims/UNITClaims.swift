import GANKit
import GANTraining
import GANZoo
import Torch

extension UNIT: Claiming {
  /// Narrow networks for digits, or the paper's.
  public static let ownPresets = [small, .paper("photos of 256x256, one of each domain at a time")]

  private static let small = Preset<UNIT>.small(batchSize: 8, steps: 4000, size: 32) {
    ($0.blocks, $0.generatorWidth) = (1, 16)
    ($0.discriminatorWidth, $0.discriminatorLayers) = (16, 4)
    $0.learningRate = 5e-4
  }

  /// Digits of two looks, and what their codes have in common.
  public static let claims = [
    Claim(
      "unit", "plain to textured digits and back",
      [
        .atLeast(0.9, "kept", "of the digits are kept both ways", as: .percent),
        .atMost(
          0.8, "ratio",
          "of the distance between two digits' codes lie between those of one digit's two looks",
          as: .percent),
      ], paper: "none on these (SVHN to MNIST: 90.5 % of the target's test images)",
      TrainingPlan<UNIT>(small, on: .at("textured")), companions: [.reader(of: "textured")]
    ) { run in
      let digits = try KeptDigits(by: run, run.reader())
      let (codes, pixels) = try run.distanceRatios()
      return Measurement(
        ["kept": digits.share, "ratio": codes],
        figure: "\(digits.text); codes \(percent(codes)) of the distance",
        floor: "\(digits.floor); pixels \(percent(pixels)) of the distance")
    }
  ]
}

extension ClaimRun {
  /// The mean distance of a held-out digit's plain from its textured look as a share of that from other
  /// digits' textured looks: of codes, and of pixels.
  fileprivate func distanceRatios() throws -> (codes: Double, pixels: Double) {
    let run = try Run.open(path)
    guard let recipe = run.recipe as? UNIT else {
      throw RunError.unsupported("\(path) is no run of \(UNIT.card.name)")
    }
    let looks = try DigitLooks(500, as: run.shape)
    let codes = run.inUse(seed: 1) {
      (recipe.codes(of: looks.plain, .ab), recipe.codes(of: looks.textured, .ba))
    }
    let grey = Tensor.concatenated([looks.plain, looks.plain, looks.plain], axis: 1)
    return (pairRatio(codes.0, codes.1), pairRatio(grey, looks.textured))
  }
}

/// The mean distance of rows of equal index, as a share of that of all others; all axes but the first are a
/// row.
private func pairRatio(_ a: Tensor, _ b: Tensor) -> Double {
  let distances = a.flattened(from: 1).contiguous().distances(to: b.flattened(from: 1).contiguous())
  let count = Double(a.size(0))
  let identity = Tensor([Int](0..<a.size(0))).oneHot(classes: a.size(0))
  let (pairs, all) = ((distances * identity).sum().item(), distances.sum().item())
  return (pairs / count) / ((all - pairs) / (count * (count - 1)))
}
