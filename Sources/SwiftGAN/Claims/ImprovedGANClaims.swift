import GANTraining
import GANZoo

extension ImprovedGAN: Claiming {
  /// A short run, or the authors' 300 passes. The average follows the length: the authors' is over
  /// ten thousand updates, as many as the short run makes.
  public static let ownPresets = [small, .paper("300 passes over MNIST")]

  private static let small = Preset<ImprovedGAN>.small(batchSize: 100, steps: 10_000) {
    $0.discriminatorEma = 0.998
  }

  /// A hundred labels, and other numbers of them.
  public static let claims = [hundred, counts]

  private static func plan(_ labels: Int, steps: Int? = nil) -> TrainingPlan<ImprovedGAN> {
    TrainingPlan<ImprovedGAN>(small, on: .mnist).with {
      ($0.data.labels, $0.length) = (labels, steps.map { .steps($0) })
    }
  }

  private static func alone(_ labels: Int, _ suffix: String) -> Claim.Companion {
    .changed(suffix, plan(labels, steps: stepsAlone)) { $0.config.unlabeledWeight = 0 }
  }

  private static let hundred = Claim.fewLabels(
    100, small,
    [
      .atLeast(0.93, "accuracy", "of the test images", as: .percent),
      .points(5, above: "alone", "accuracy", "the labelled images alone"),
    ], paper: "99.07 % (300 epochs)", aloneFor: stepsAlone, alone: { $0.unlabeledWeight = 0 })

  /// Labels alone are learned sooner.
  private static let stepsAlone = 1500

  /// The numbers of labels in Odena's table 1; the claim's own run has the first.
  private static let labelCounts = [25, 50, 100, 1000]

  /// Short trainings: what labels are worth shows long before the best accuracy does.
  private static let counts = Claim(
    "improved-gan-labels", "MNIST with 25, 50, 100 and 1000 labels",
    [
      .points(0, above: "alone of few", "few", "the labelled images alone up to 100"),
      .points(-1, above: "alone of 1000", "of 1000", "them with 1000"),
      .atLeast(3, "rising", "of the 3 steps to more labels raise the accuracy"),
    ], paper: "80.2, 88.3, 92.8, 96.4 %; labels alone 75.0, 85.9, 89.5, 96.5 % (Odena, table 1)",
    plan(labelCounts[0], steps: 3000),
    companions: labelCounts.dropFirst().map {
      Claim.Companion("\($0)", plan($0, steps: 3000))
    } + labelCounts.map { alone($0, "\($0)-alone") }
  ) { run in
    let runs = [run] + labelCounts.dropFirst().map { run.companion("\($0)") }
    let found = try runs.map { try $0.accuracy(on: "mnist") }
    let alone = try labelCounts.map { try run.companion("\($0)-alone").accuracy(on: "mnist") }
    func listed(_ values: [Double]) -> String {
      zip(labelCounts, values).map { "\($0) labels \(percent($1))" }.joined(separator: ", ")
    }
    // The smallest gain of the small numbers of labels decides.
    let worst = found.indices.dropLast().min { found[$0] - alone[$0] < found[$1] - alone[$1] } ?? 0
    let last = found.count - 1
    return Measurement(
      [
        "few": found[worst], "alone of few": alone[worst], "of 1000": found[last],
        "alone of 1000": alone[last],
        "rising": Double(zip(found, found.dropFirst()).filter { $0 < $1 }.count),
      ], figure: listed(found), floor: "\(listed(alone)) (the labelled images alone)")
  }
}
