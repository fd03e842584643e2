import GANAnalysis
import GANTraining
import GANZoo

extension WGAN: Claiming {
  /// Thin networks, or the authors'.
  public static let ownPresets = [small, .paper("64x64 bedrooms")]

  private static let small = Preset<WGAN>.small(steps: 20_000) { ($0.width, $0.ema) = (16, 0.99) }

  /// The critic's estimate goes with the quality of the pictures.
  public static let claims = [
    Claim(
      "wgan", "MNIST, the critic's estimate and fid[digits] over the checkpoints",
      [
        .atLeast(0.8, "correlation", "rank correlation"), .atLeast(8, "checkpoints", "checkpoints"),
      ], paper: "the estimate falls as the pictures get better (figure 3)",
      TrainingPlan<WGAN>(small, on: .mnist).with { $0.intervals.manyCheckpoints(every: 1000) },
      fullSize: { $0.intervals.checkpoints = 10_000 },
      companions: [
        Claim.Companion("dcgan", thinDCGAN, fullSize: { $0.intervals.checkpoints = 2000 })
      ]
    ) { run in
      let (estimate, loss) = (
        try run.correlation(of: "estimate/W"), try run.companion("dcgan").correlation(of: "loss/D")
      )
      return Measurement(
        ["correlation": abs(estimate.value), "checkpoints": Double(estimate.checkpoints)],
        figure: "\(decimal(estimate.value, 2)) over \(estimate.checkpoints) checkpoints, at the "
          + "end fid[digits] \(decimal(try run.evaluated().value("fid[digits]"), 2))",
        floor: "\(decimal(loss.value, 2)) (loss/D of DCGAN, \(loss.checkpoints) checkpoints)")
    }
  ]

  private static let thinDCGAN = TrainingPlan<DCGAN>(DCGAN.small, on: .mnist).with {
    $0.intervals.manyCheckpoints(every: 250)
  }
}

extension AskedIntervals {
  /// Twenty checkpoints, and what is logged between them.
  fileprivate mutating func manyCheckpoints(every steps: Int) {
    (log, keep, checkpoints) = (10, 20, steps)
  }
}

extension ClaimRun {
  /// The rank correlation of a logged number, averaged over the steps that lead to each checkpoint,
  /// with the Fréchet distance at the checkpoint.
  fileprivate func correlation(of metric: String) throws -> (value: Double, checkpoints: Int) {
    let directory = RunDirectory(path)
    let logged = try MetricHistory(directory, name: path).metrics[metric] ?? []
    let steps = directory.checkpointSteps
    var (averages, distances): ([Double], [Double]) = ([], [])
    for (index, step) in steps.enumerated() {
      let before = index > 0 ? steps[index - 1] : 0
      let values = logged.filter { before < $0.step && $0.step <= step }.compactMap(\.value)
      guard !values.isEmpty else { continue }
      averages.append(values.reduce(0, +) / Double(values.count))
      let found = try evaluated { ($0.step, $0.metrics, $0.count) = (.at(step), "fid", 2000) }
      distances.append(try found.value("fid[digits]"))
    }
    guard let value = rankCorrelation(averages, distances) else {
      throw RunError.unsupported("\(path): too few checkpoints to rank")
    }
    return (value, distances.count)
  }
}
