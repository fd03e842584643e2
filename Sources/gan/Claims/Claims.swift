import Foundation
import GANAnalysis
import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo

/// Every claim, in the order of the systems.
enum Claims {
  static let all: [Claim] = foundation + critics + codes + translation

  static func named(_ name: String) throws -> Claim {
    guard let claim = all.first(where: { $0.name == name }) else {
      let nearest = nearestName(to: name, among: all.map(\.name)).map { "; did you mean '\($0)'?" }
      throw CommandError(
        "unknown claim '\(name)'" + (nearest ?? "; `gan reproduce --list` names them all"))
    }
    return claim
  }

  /// Training that takes the same time for every system of noise.
  static let equalTime = "--data mnist --minutes 6 --seed 1"
}

extension Claims {
  /// What the metrics find in as many training images of MNIST.
  static func realDistance() throws -> Double {
    try ClaimRun(path: "mnist:train")
      .evaluated("--against", "mnist:test", "--count", "10000", "--metrics", "fid")
      .value("fid[digits]")
  }

  /// How many of the test images the classifier reads as what they are.
  static func realAccuracy() throws -> Double {
    let digits = try DigitsFeatures.bundled()
    let images = try NamedSet("mnist", otherwise: .test).load(side: 28, channels: 1)
    let features = try FeatureSet(of: images, using: digits, batchSize: 250)
    return try MetricSuite([.accuracy]).evaluate(features, reference: features)[0].value
  }
}

extension Claim {
  /// Digits from noise after a time that is the same for all: Fréchet distance and classes.
  static func digits(
    _ system: String, statement: String = GAN.card.claim, paper: String, _ settings: String
  ) -> Claim {
    Claim(
      name: system, system: system,
      statement: statement,
      paper: paper, training: "\(Claims.equalTime) \(settings)",
      fullSize: "--device cuda --minutes 60"
    ) { run in
      let found = try run.evaluated()
      let (classes, share) = (
        try found.value("classes[digits]"), try found.value("smallest-share[digits]")
      )
      return Finding(
        figure: "fid[digits] \(decimal(try found.value("fid[digits]"), 2)), \(Int(classes)) "
          + "classes, smallest share \(Claims.percent(share))",
        floor:
          "fid[digits] \(decimal(try Claims.realDistance(), 2)) (training against test images)",
        isMet: classes == 10 && share >= 0.05)
    }
  }
}

// MARK: - Noise

extension Claims {
  private static let foundation = [
    Claim.digits("gan", paper: "Parzen window log-likelihood 225", "--set averageDecay=0.995"),
    Claim.digits("dcgan", statement: DCGAN.card.claim, paper: "none on MNIST", dcgan),
    Claim.digits("wgan-gp", paper: "none on MNIST", "--set averageDecay=0.995"),
    cgan,
  ]

  static let dcgan =
    "--size 32 --set upsampling=resize --set generatorWidth=32 --set discriminatorWidth=32 "
    + "--set averageDecay=0.995"

  private static let cgan = Claim(
    name: "cgan", system: "cgan",
    statement: CGAN.card.claim,
    paper: "Parzen window log-likelihood 132",
    training: "\(equalTime) --set averageDecay=0.995", fullSize: "--device cuda --minutes 60"
  ) { run in
    let found = try run.evaluated()
    let accuracy = try found.value("accuracy[digits]")
    return Finding(
      figure: "\(decimal(accuracy * 100, 1)) %, fid[digits] "
        + decimal(try found.value("fid[digits]"), 2),
      floor: "\(percent(try realAccuracy())) (real test images)", isMet: accuracy >= 0.97)
  }
}
