import GANAnalysis
import GANData
import GANKit
import GANTraining
import GANZoo

extension Claims {
  static let critics = [wgan, snGAN, grid]

  private static let checkpoints = "--log-every 10 --keep 20 --checkpoint-every"

  private static let wgan = Claim(
    name: "wgan", system: "wgan",
    statement: WGAN.card.claim,
    paper: "the estimate falls as the pictures get better (figure 3)",
    training: "--data mnist --minutes 8 --seed 1 --set width=16 \(checkpoints) 1000",
    fullSize: "--device cuda --minutes 60 --set width=64 --checkpoint-every 10000",
    companions: [
      Claim.Companion(
        suffix: "dcgan", system: "dcgan",
        training: "--data mnist --minutes 4 --seed 1 --set generatorWidth=16 "
          + "--set discriminatorWidth=16 \(checkpoints) 200")
    ]
  ) { run in
    let (estimate, loss) = (
      try run.correlation(of: "estimate/W"), try run.companion("dcgan").correlation(of: "loss/D")
    )
    return Finding(
      figure: "\(decimal(estimate.value, 2)) over \(estimate.checkpoints) checkpoints",
      floor: "\(decimal(loss.value, 2)) (loss/D of DCGAN, \(loss.checkpoints) checkpoints)",
      isMet: abs(estimate.value) >= 0.8 && estimate.checkpoints >= 8)
  }

  /// One discriminator update for each of the generator's and a higher rate, both within what the
  /// paper tries (section 4.1, settings A to F): five leave the generator too few in a few minutes.
  private static let snGAN = Claim(
    name: "sn-gan", system: "sn-gan",
    statement: "\(SNGAN.card.claim); \(equalMinutes) minutes",
    paper: "none on MNIST (CIFAR-10: FID 29.3 with the standard CNN)",
    training: "\(equalTime) --set generatorWidth=16 --set discriminatorWidth=16 "
      + "--set discriminatorSteps=1 --set learningRate=0.001 --set beta1=0.5 --set beta2=0.999 "
      + "--set averageDecay=0.99 --precision bfloat16",
    fullSize: "--device cuda --minutes 60",
    companions: [
      Claim.Companion(suffix: "gan", system: "gan", training: noise),
      Claim.Companion(suffix: "dcgan", system: "dcgan", training: "\(equalTime) \(dcgan)"),
      Claim.Companion(suffix: "wgan-gp", system: "wgan-gp", training: noise),
    ]
  ) { run in
    let own = try run.evaluated()
    let (distance, classes) = (
      try own.value("fid[digits]"), try own.value("classes[digits]")
    )
    let others = try ["gan", "dcgan", "wgan-gp"].map {
      ($0, try run.companion($0).evaluated().value("fid[digits]"))
    }
    return Finding(
      figure: "fid[digits] \(decimal(distance, 2)), \(Int(classes)) classes",
      floor: others.map { "\($0.0) \(decimal($0.1, 2))" }.joined(separator: ", "),
      isMet: others.allSatisfy { distance < $0.1 } && classes == 10)
  }

  private static let noise = "\(equalTime) --set averageDecay=0.995"

  private static let grid = Claim(
    name: "wgan-gp-grid", system: "wgan-gp",
    statement: WGANGP.card.claim,
    paper: "all 25 (figure 2, by eye)",
    training: "--data grid --set architecture=toy --batch-size 256 --minutes 8 --seed 1",
    fullSize: "--device cuda --minutes 60"
  ) { run in
    let opened = try OpenedRun(run.path)
    let samples = try Samples(of: opened, count: 2500, seed: 1, latent: nil, classes: nil)
    let coverage = try ModeCoverage(of: samples.points(of: opened), from: .grid)
    return Finding(
      figure: "\(coverage.covered) modes, \(percent(coverage.highQuality)) of the samples within "
        + "three deviations of one",
      floor: "98.9 % (the Gaussians themselves)", isMet: coverage.covered >= 24)
  }
}

extension ClaimRun {
  /// The rank correlation of a logged number, averaged over the steps that lead to each checkpoint,
  /// with the Fréchet distance at the checkpoint.
  fileprivate func correlation(
    of metric: String
  ) throws -> (value: Double, checkpoints: Int) {
    let directory = RunDirectory(path)
    let logged = try MetricHistory(directory, name: path).metrics[metric] ?? []
    let steps = directory.checkpointSteps
    var (averages, distances): ([Double], [Double]) = ([], [])
    for (index, step) in steps.enumerated() {
      let before = index > 0 ? steps[index - 1] : 0
      let values = logged.filter { before < $0.step && $0.step <= step }.compactMap(\.value)
      guard !values.isEmpty else { continue }
      averages.append(values.reduce(0, +) / Double(values.count))
      let found = try evaluated("--step", "\(step)", "--metrics", "fid", "--count", "2000")
      distances.append(try found.value("fid[digits]"))
    }
    guard let value = rankCorrelation(averages, distances) else {
      throw CommandError("\(path): too few checkpoints to rank")
    }
    return (value, distances.count)
  }
}
