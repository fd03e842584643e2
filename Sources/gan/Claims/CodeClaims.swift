import ArgumentParser
import GANAnalysis
import GANKit
import GANMetrics
import GANZoo

extension Claims {
  static let codes = [infogan, pggan, sgan, sganLabels]

  private static let infogan = Claim(
    name: "infogan", system: "infogan",
    statement: InfoGAN.card.claim,
    paper: "5 % error",
    training: "--data mnist --steps 7500 --seed 1 --batch-size 128 "
      + "--set width=32 --set features=512",
    fullSize: "--device cuda --batch-size 128 --steps 23400"
  ) { run in
    let found = try CodesCommand.parse([run.path]).found()
    let error = found.categorical.map(\.error).min() ?? 1
    // The weaker of slant and width, for the best choice of two different codes.
    let codes = found.continuous
    let pairs = codes.indices.flatMap { i in
      codes.indices.filter { $0 != i }.map { (abs(codes[i].slant), abs(codes[$0].width)) }
    }
    let (slant, width) = pairs.max { min($0.0, $0.1) < min($1.0, $1.1) } ?? (0, 0)
    return Finding(
      figure: "\(percent(error)) error, correlation \(decimal(slant, 2)) with slant and "
        + "\(decimal(width, 2)) with width",
      floor: "90 % error, correlation 0 (chance)",
      isMet: error <= 0.08 && min(slant, width) >= 0.7)
  }

  private static let pggan = Claim.digits(
    "pggan", minutes: 10, paper: "none on MNIST",
    "--batch-size 16 --set latentSize=64 --set channelBase=256 --set mostChannels=32 "
      + "--set stableImages=16000 --set fadeImages=16000 --set learningRate=0.003 "
      + "--set averageDecay=0.995")

  private static func labels(_ count: Int, _ more: String) -> String {
    "--data mnist --labels \(count) --batch-size 100 --seed 1 \(more)"
  }

  private static let alone = "--steps 1500 --set unlabeledWeight=0"

  private static let sgan = Claim(
    name: "sgan", system: "sgan",
    statement: SGAN.card.claim,
    paper: "99.07 % (300 epochs)", training: labels(100, "--steps 4600"),
    fullSize: "--device cuda --batch-size 100 --steps 180000",
    companions: [
      Claim.Companion(suffix: "supervised", system: "sgan", training: labels(100, alone))
    ]
  ) { run in
    let (found, alone) = (
      try run.accuracy(on: "mnist"), try run.companion("supervised").accuracy(on: "mnist")
    )
    return Finding(
      figure: percent(found), floor: "\(percent(alone)) (the 100 labelled images alone)",
      isMet: found >= 0.93 && found - alone >= 0.05)
  }

  /// The numbers of labels in Odena's table 1; the claim's own run has the first.
  private static let labelCounts = [25, 50, 100, 1000]

  /// Short trainings: what labels are worth shows long before the best accuracy does.
  private static let sganLabels = Claim(
    name: "sgan-labels", system: "sgan",
    statement: "MNIST with 25, 50 and 100 labels: more of the test images than without the other "
      + "images, with 1000 at most 1 point fewer; more labels, more images",
    paper: "80.2, 88.3, 92.8, 96.4 %; labels alone 75.0, 85.9, 89.5, 96.5 % (Odena, table 1)",
    training: labels(labelCounts[0], "--steps 1500"),
    companions: labelCounts.dropFirst().map {
      Claim.Companion(suffix: "\($0)", system: "sgan", training: labels($0, "--steps 1500"))
    }
      + labelCounts.map {
        Claim.Companion(suffix: "\($0)-alone", system: "sgan", training: labels($0, alone))
      }
  ) { run in
    let runs = [run] + labelCounts.dropFirst().map { run.companion("\($0)") }
    let found = try runs.map { try $0.accuracy(on: "mnist") }
    let alone = try labelCounts.map { try run.companion("\($0)-alone").accuracy(on: "mnist") }
    func listed(_ values: [Double]) -> String {
      zip(labelCounts, values).map { "\($0) labels \(percent($1))" }.joined(separator: ", ")
    }
    let gains = zip(found, alone).map { $0 - $1 }
    return Finding(
      figure: listed(found), floor: "\(listed(alone)) (the labelled images alone)",
      isMet: gains.dropLast().allSatisfy { $0 > 0 } && gains[gains.count - 1] >= -0.01
        && zip(found, found.dropFirst()).allSatisfy { $0 < $1 })
  }
}
