import GANTraining
import GANZoo

extension SNGAN: Claiming {
  /// The best of four after equal time, and photos.
  public static let claims = [best, photos]

  /// One critic update for each of the generator's and a higher rate, both within what the paper
  /// tries (section 4.1, settings A to F): five leave the generator too few in a few minutes.
  private static let best = Claim(
    "sn-gan", "MNIST, the same \(Int(Claim.equalMinutes)) minutes",
    [
      .below("fid of the others", "fid", "a smaller fid[digits] than gan, dcgan and wgan-gp"),
      .atLeast(10, "classes", "classes"),
    ], paper: "none on MNIST (CIFAR-10: FID 29.3 with the standard CNN)",
    TrainingPlan<SNGAN>(
      .with {
        ($0.generatorWidth, $0.discriminatorWidth, $0.criticSteps) = (16, 16, 1)
        ($0.learningRate, $0.beta1, $0.beta2, $0.ema) = (0.001, 0.5, 0.999, 0.99)
      }, on: .mnist
    ).with { ($0.length, $0.precision) = (.minutes(Claim.equalMinutes), nil) },
    fullSize: { $0.length = .minutes(60) },
    companions: [
      Claim.Companion("gan", equalTime(GAN.equalTimePlan)),
      Claim.Companion("dcgan", equalTime(DCGAN.equalTimePlan)),
      Claim.Companion("wgan-gp", equalTime(WGANGP.equalTimePlan)),
    ]
  ) { run in
    let own = try run.evaluated()
    let (distance, classes) = (try own.value("fid[digits]"), try own.value("classes[digits]"))
    let others = try ["gan", "dcgan", "wgan-gp"].map {
      ($0, try run.companion($0).evaluated().value("fid[digits]"))
    }
    return Measurement(
      [
        "fid": distance, "classes": classes,
        "fid of the others": others.map(\.1).min() ?? .infinity,
      ], figure: "fid[digits] \(decimal(distance, 2)), \(Int(classes)) classes",
      floor: others.map { "\($0.0) \(decimal($0.1, 2))" }.joined(separator: ", "))
  }

  private static func equalTime<R>(_ plan: TrainingPlan<R>) -> TrainingPlan<R> {
    plan.with { ($0.length, $0.precision) = (.minutes(Claim.equalMinutes), nil) }
  }

  private static let photos = Claim(
    "sn-gan-photos",
    "CIFAR-10, conditional, the Fréchet distance to the test images over the checkpoints",
    [Claim.falling],
    paper: "FID 21.7 unconditional, 17.5 conditional (the same networks, full size)",
    TrainingPlan<SNGAN>(
      .with {
        ($0.architecture, $0.conditional, $0.criticSteps, $0.ema) = (.resnet, true, 1, 0.99)
        ($0.generatorWidth, $0.discriminatorWidth) = (32, 32)
      }, on: .real("cifar10.tar", flip: true)
    ).with {
      ($0.length, $0.precision) = (.minutes(8), nil)
      ($0.intervals.keep, $0.intervals.checkpoints) = (40, 200)
    },
    fullSize: {
      ($0.length, $0.config.criticSteps, $0.intervals.checkpoints) = (.minutes(600), 5, 20_000)
      ($0.config.generatorWidth, $0.config.discriminatorWidth) = (256, 128)
    }
  ) { run in try run.improvement(on: .test) }
}
