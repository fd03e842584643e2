import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo

/// Every claim, in the order of the systems.
public enum Claims {
  /// Those of all systems of the zoo, and those of several together.
  public static let all: [Claim] =
    Zoo.recipes.flatMap { claims(of: $0) } + [TranslationEqualTime.claim]

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
  /// Digits from noise, drawn by a system trained as its preset says: Fréchet distance and classes.
  static func digits<R: Claiming>(_ preset: Preset<R>, paper: String) -> Claim {
    Claim(
      R.card.name, "MNIST, \(R.card.name)'s preset \(preset.name)",
      [
        .atMost(60, "fid", "fid[digits]"),
        .atLeast(10, "classes", "classes among the samples"),
        .atLeast(0.05, "share", "of the samples in each", as: .percent),
      ], paper: paper, TrainingPlan<R>(preset, on: .mnist)
    ) { run in
      let found = try run.evaluated()
      let (classes, share) = (
        try found.value("classes[digits]"), try found.value("smallest-share[digits]")
      )
      let fid = try found.value("fid[digits]")
      return Measurement(
        ["classes": classes, "share": share, "fid": fid],
        figure: "fid[digits] \(decimal(fid, 2)), \(Int(classes)) classes, "
          + "smallest share \(percent(share))",
        floor: "fid[digits] \(decimal(try realDistance(), 2)) (training against test images)")
    }
  }

  /// Few labels of MNIST: how many test images are read as what they are, beside the same classifier that
  /// these labels alone have taught.
  ///
  /// - Parameters:
  ///   - preset: with which the system learns from few labels.
  ///   - steps: of the companion; `nil` is as many.
  ///   - alone: leaves nothing but the labels.
  ///   - change: what is both runs' own at full size.
  static func fewLabels<R: Claiming>(
    _ labels: Int, _ preset: Preset<R>, named name: String = R.card.name,
    _ requirements: [Requirement], paper: String, aloneFor steps: Int? = nil,
    fullSize change: (inout TrainingPlan<R>) -> Void = { _ in },
    alone: (inout R.Config) -> Void
  ) -> Claim {
    let plan = TrainingPlan<R>(preset, on: .mnist).with { $0.data.labels = labels }
    let labelsAlone = plan.with { plan in
      alone(&plan.config)
      if let steps { plan.length = .steps(steps) }
    }
    let companion = Companion("supervised", labelsAlone) { plan in
      change(&plan)
      alone(&plan.config)
    }
    return Claim(
      name, "MNIST with \(labels) labels", requirements, paper: paper, plan, fullSize: change,
      companions: [companion]
    ) { run in
      let (found, alone) = (
        try run.accuracy(on: "mnist"), try run.companion("supervised").accuracy(on: "mnist")
      )
      return Measurement(
        ["accuracy": found, "alone": alone], figure: percent(found),
        floor: "\(percent(alone)) (the \(labels) labelled images alone)")
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
    let images = try NamedSet("mnist", otherwise: .test).load(size: 28, channels: 1)
    let features = try FeatureSet(of: images, using: digits, batchSize: 250)
    return try MetricSuite([.accuracy]).evaluate(features, reference: features)[0].value
  }
}

extension Measurement {
  /// How well a classifier reads a target domain, beside its companion `source`, which has learned from the
  /// source alone.
  static func adapted(
    _ run: ClaimRun, accuracy: (ClaimRun) throws -> Double
  ) rethrows -> Measurement {
    let (adapted, source) = (try accuracy(run), try accuracy(run.companion("source")))
    return Measurement(
      ["accuracy": adapted, "source": source], figure: percent(adapted),
      floor: "\(percent(source)) (source alone)")
  }
}

extension DataConfiguration {
  /// Stands for the folder of real image sets in a plan, see ``Reproduction``.
  static let realSets = "SWIFTGAN_DATA"

  /// Whether it names a real image set.
  var isReal: Bool {
    [source, other].contains { $0?.hasPrefix(Self.realSets) ?? false }
  }

  /// This data with the real image sets that it names in a folder.
  func located(in folder: String) -> DataConfiguration {
    var data = self
    data.source = source.replacing(Self.realSets, with: folder)
    data.other = other?.replacing(Self.realSets, with: folder)
    return data
  }

  /// One of the real image sets that do not ship with the package.
  ///
  /// - Parameter other: another one, which is the second domain.
  static func real(
    _ file: String, other: String? = nil, size: ImageSize? = nil, flip: Bool = false
  ) -> DataConfiguration {
    var data = DataConfiguration(source: "\(realSets)/\(file)", size: size)
    (data.other, data.flip) = (other.map { "\(realSets)/\($0)" }, flip)
    return data
  }
}

extension TrainingPlan {
  /// This plan with the paper's numbers, where there is a preset of them, on a GPU.
  func atFullSize(_ change: (inout TrainingPlan) -> Void) -> TrainingPlan {
    with { plan in
      if let paper = R.presets.first(where: { $0.name == "paper" }) {
        (plan.config, plan.defaults, plan.preset) = (paper.config, paper.run, paper.name)
        plan.length = nil
      }
      plan.device = "cuda"
      change(&plan)
    }
  }

  /// This plan with something changed.
  func with(_ change: (inout TrainingPlan) -> Void) -> TrainingPlan {
    var copy = self
    change(&copy)
    return copy
  }
}
