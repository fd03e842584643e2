import GANAnalysis
import GANTraining
import GANZoo

extension InfoGAN: Claiming {
  /// Networks of half the width, or the authors'.
  public static let ownPresets = [small, .paper("MNIST, 50 passes of 100 updates")]

  private static let small = Preset<InfoGAN>.small(batchSize: 128, steps: 10_000) {
    ($0.width, $0.features) = (32, 512)
  }

  /// Codes that mean class, slant and width.
  public static let claims = [
    Claim(
      "infogan", "MNIST, codes without labels",
      [
        .atMost(0.08, "error", "of the test digits sorted wrongly by c1", as: .percent),
        .atLeast(0.7, "slant", "correlation of one continuous code with slant"),
        .atLeast(0.7, "width", "of another with width"),
      ], paper: "5 % error",
      TrainingPlan<InfoGAN>(small, on: .mnist)
    ) { run in
      let opened = try GeneratingRun(images: run.path)
      let recipe = try opened.codedRecipe(run.path)
      let found = try CodeNumbers(
        CodeAnalysis(of: recipe, on: opened.device), of: recipe.codes,
        on: RunImages(opened, nil), training: 10_000, tests: 10_000, sweeps: 200, seed: 1)
      let error = found.categorical.map(\.error).min() ?? 1
      let (slant, width) = slantAndWidth(found.continuous)
      return Measurement(
        ["error": error, "slant": slant, "width": width],
        figure: "\(percent(error)) error, correlation \(decimal(slant, 2)) with slant and "
          + "\(decimal(width, 2)) with width", floor: "90 % error, correlation 0 (chance)")
    }
  ]

  /// For the two different codes of which the weaker correlation is the strongest.
  private static func slantAndWidth(_ codes: [CodeMeaning]) -> (slant: Double, width: Double) {
    let pairs = codes.indices.flatMap { i in
      codes.indices.filter { $0 != i }.map { (abs(codes[i].slant), abs(codes[$0].width)) }
    }
    return pairs.max { min($0.0, $0.1) < min($1.0, $1.1) } ?? (0, 0)
  }
}
