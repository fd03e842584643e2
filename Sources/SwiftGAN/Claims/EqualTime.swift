import GANKit
import GANTraining
import GANZoo

/// Digits from noise by every system that draws them, each with its numbers for a processor and trained
/// equally long: a claim that counts minutes, and so one for a quiet machine.
enum EqualTime {
  static let claim = Claim(
    "gan-equal-time",
    "MNIST, systems of noise with their presets small after the same \(Int(minutes)) minutes",
    [
      .atMost(60, "fid", "fid[digits] of each but wgan, whose clipping is slow"),
      .atLeast(10, "classes", "classes among the samples of each but wgan"),
    ], paper: "none", TrainingPlan<GAN>(on: .mnist, minutes: minutes), companions: others
  ) { run in
    let all =
      try [Drawn(GAN.card.name, by: run)]
      + others.map { try Drawn($0.suffix, by: run.companion($0.suffix)) }
    let asked = all.filter { $0.system != WGAN.card.name }
    return Measurement(
      [
        "fid": asked.map(\.distance).max() ?? .infinity,
        "classes": Double(asked.map(\.classes).min() ?? 0),
      ],
      figure: "fid[digits], precision, recall, classes: " + all.map(\.text).joined(separator: "; "),
      floor: "fid[digits] \(decimal(try Claim.realDistance(), 2)) (training against test images); "
        + "\(try run.machine())")
  }

  private static let minutes = 3.0

  private static let others = [
    companion(DCGAN.self), companion(LSGAN.self), companion(WGAN.self), companion(WGANGP.self),
    companion(DRAGAN.self), companion(BGAN.self), companion(WeightNormGAN.self),
    companion(SNGAN.self), companion(SAGAN.self), companion(PGGAN.self),
  ]

  private static func companion<R: Claiming>(_: R.Type) -> Claim.Companion {
    Claim.Companion(R.self, on: .mnist, minutes: minutes)
  }
}

extension TrainingPlan where R: Claiming {
  /// A system with its numbers for a processor, trained for so long.
  init(on data: DataConfiguration, minutes: Double) {
    self.init(R.ownPresets[0], on: data)
    length = .minutes(minutes)
  }
}

extension Claim.Companion {
  /// A system by its name, trained for so long, at full size as well.
  init<R: Claiming>(_: R.Type, on data: DataConfiguration, minutes: Double) {
    self.init(R.card.name, TrainingPlan<R>(on: data, minutes: minutes))
  }
}

extension ClaimRun {
  /// How many steps it was trained for.
  var steps: Int { RunDirectory(path).checkpointSteps.last ?? 0 }

  /// With how many threads and on which processor it was trained, in words.
  func machine() throws -> String {
    let configuration = try RunDirectory(path).configuration()
    return "\(configuration.threads) threads, \(configuration.versions.processor)"
  }
}

/// What a system draws after its time.
private struct Drawn {
  let system: String
  let distance, precision, recall: Double
  let classes, steps: Int

  init(_ system: String, by run: ClaimRun) throws {
    let found = try run.evaluated()
    self.system = system
    distance = try found.value("fid[digits]")
    precision = try found.value("precision[digits]")
    recall = try found.value("recall[digits]")
    classes = Int(try found.value("classes[digits]"))
    steps = run.steps
  }

  var text: String {
    "\(system) \(decimal(distance, 1)), \(decimal(precision, 2)), \(decimal(recall, 2)), \(classes) "
      + "(\(steps) steps)"
  }
}
