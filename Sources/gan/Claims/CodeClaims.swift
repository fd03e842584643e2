import ArgumentParser
import GANAnalysis
import GANKit
import GANMetrics
import GANZoo

extension Claims {
  static let codes = [infogan, pggan, sgan]

  private static let infogan = Claim(
    name: "infogan", system: "infogan",
    statement: InfoGAN.card.claim,
    paper: "5 % error",
    training: "--data mnist --steps 4300 --seed 1 --batch-size 128 --set width=32 "
      + "--set features=512", fullSize: "--device cuda --batch-size 128 --steps 5000"
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
    "pggan", statement: PGGAN.card.claim, paper: "none on MNIST",
    "--batch-size 16 --set latentSize=64 --set channelBase=256 --set mostChannels=32 "
      + "--set stableImages=6000 --set fadeImages=6000")

  private static let fewLabels = "--data mnist --labels 100 --batch-size 100 --seed 1"

  private static let sgan = Claim(
    name: "sgan", system: "sgan",
    statement: SGAN.card.claim,
    paper: "99.07 % (300 epochs)", training: "\(fewLabels) --steps 4600",
    fullSize: "--device cuda --batch-size 100 --steps 180000",
    companions: [
      Claim.Companion(
        suffix: "supervised", system: "sgan",
        training: "\(fewLabels) --steps 1500 --set unlabeledWeight=0")
    ]
  ) { run in
    func accuracy(_ run: ClaimRun) throws -> Double {
      try run.evaluated("--metrics", "fid").value("accuracy[sgan]")
    }
    let (found, alone) = (try accuracy(run), try accuracy(run.companion("supervised")))
    return Finding(
      figure: percent(found), floor: "\(percent(alone)) (the 100 labelled images alone)",
      isMet: found >= 0.93 && found - alone >= 0.05)
  }
}
