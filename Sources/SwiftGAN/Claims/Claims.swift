import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo

/// Every claim, in the order of the systems.
public enum Claims {
  /// Those of all systems of the zoo.
  public static let all: [Claim] = Zoo.recipes.flatMap { claims(of: $0) }

  /// Those of a system.
  public static func claims(of recipe: any Recipe.Type) -> [Claim] {
    (recipe as? any Claiming.Type)?.claims ?? []
  }

  /// The claim of a name.
  ///
  /// - Throws: `RunError` with the nearest name.
  public static func named(_ name: String) throws -> Claim {
    guard let claim = all.first(where: { $0.name == name }) else {
      let nearest = nearestName(to: name, among: all.map(\.name))
      throw RunError.unsupported(
        "unknown claim '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
    }
    return claim
  }
}

// MARK: - What several systems share

extension Claim {
  /// Minutes that are the same for every system that draws digits from noise.
  static let equalMinutes = 3.0

  /// Digits from noise: Fréchet distance and classes.
  static func digits<R: Recipe>(
    _ plan: TrainingPlan<R>, minutes: Double = equalMinutes, paper: String
  ) -> Claim {
    var plan = plan
    plan.length = .minutes(minutes)
    return Claim(
      R.card.name, "MNIST, after \(Int(minutes)) minutes",
      [
        .atLeast(10, "classes", "classes among the samples"),
        .atLeast(0.05, "share", "of the samples in each", as: .percent),
      ], paper: paper, plan, fullSize: { $0.length = .minutes(60) }
    ) { run in
      let found = try run.evaluated()
      let (classes, share) = (
        try found.value("classes[digits]"), try found.value("smallest-share[digits]")
      )
      return Measurement(
        ["classes": classes, "share": share],
        figure: "fid[digits] \(decimal(try found.value("fid[digits]"), 2)), \(Int(classes)) "
          + "classes, smallest share \(percent(share))",
        floor: "fid[digits] \(decimal(try realDistance(), 2)) (training against test images)")
    }
  }

  /// What the metrics find in as many training images of MNIST.
  static func realDistance() throws -> Double {
    try ClaimRun(path: "mnist:train").evaluated {
      ($0.against, $0.count, $0.metrics) = ("mnist:test", 10_000, "fid")
    }.value("fid[digits]")
  }

  /// How many of the test images the classifier reads as what they are.
  static func realAccuracy() throws -> Double {
    let digits = try DigitsFeatures.bundled()
    let images = try NamedSet("mnist", otherwise: .test).load(side: 28, channels: 1)
    let features = try FeatureSet(of: images, using: digits, batchSize: 250)
    return try MetricSuite([.accuracy]).evaluate(features, reference: features)[0].value
  }
}

extension DataConfiguration {
  /// Stands for the folder of real image sets in a plan, see ``Reproduction``.
  static let realSets = "SWIFTGAN_DATA"

  /// One of the real image sets that do not ship with the package.
  static func real(_ file: String, size: Int? = nil, flip: Bool = false) -> DataConfiguration {
    var data = DataConfiguration(source: "\(realSets)/\(file)", size: size)
    data.flip = flip
    return data
  }
}

extension TrainingPlan {
  /// This plan with something changed.
  func with(_ change: (inout TrainingPlan) -> Void) -> TrainingPlan {
    var copy = self
    change(&copy)
    return copy
  }
}
