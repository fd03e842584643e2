import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Torch

extension CoGAN: Claiming {
  /// Narrow generators, or the paper's.
  public static let ownPresets = [
    small, .paper("25,000 steps of 128 images of either domain"),
  ]

  private static let small = Preset<CoGAN>.small(steps: 10_000) {
    ($0.generatorWidth, $0.ema) = (32, 0.995)
  }

  /// The paper's first task, of which nobody shows a pair in training.
  public static let claims = [
    Claim(
      "cogan", "digits and outlines of digits, pairs of one noise",
      [
        .atLeast(0.85, "agreement", "of the pairs are read as the same digit", as: .percent),
        .atLeast(10, "classes", "classes in either domain"),
      ], paper: "95.2 % of the pixels of a pair agree (figure 4)",
      TrainingPlan<CoGAN>(small, on: .at("outlines")), companions: [.reader(of: "outlines")]
    ) { run in
      let pairs = try ReadPairs(of: run, 2000)
      let distances = try run.evaluated { $0.metrics = "fid" }
      return Measurement(
        ["agreement": pairs.agreement, "classes": Double(pairs.classes)],
        figure: "\(percent(pairs.agreement)), \(pairs.classes) classes, fid[digits] "
          + "\(decimal(try distances.value("a/fid[digits]"), 1)) and "
          + "\(decimal(try distances.value("b/fid[digits]"), 1))",
        floor: "\(percent(try Claim.realAccuracy())) (real digits), "
          + "\(percent(try run.readerAccuracy())) (real outlines), 10 % (by chance)")
    }
  ]
}

/// What is read in pairs of a plain digit and one of another look.
private struct ReadPairs {
  private let plain, other: [Int]

  /// - Parameter count: how many pairs are drawn.
  init(of run: ClaimRun, _ count: Int) throws {
    let reader = try run.reader()
    let pairs = try Run.open(run.path).samplePairs(count)
    plain = try Self.read(pairs.a.images, by: FeatureChoice("digits"))
    other = try Self.read(pairs.b.images, by: FeatureChoice(reader))
  }

  private static func read(_ images: Tensor, by choice: FeatureChoice) throws -> [Int] {
    let reader = try choice.extractor(
      for: Array(images.shape.dropFirst()), of: nil, on: images.device, "features")
    var features = FeatureSet(network: reader.info)
    for start in stride(from: 0, to: images.size(0), by: 250) {
      let some = images[start..<min(start + 250, images.size(0))]
      try features.add(reader.outputs(of: some * 0.5 + 0.5), labels: [])
    }
    return features.logits?.argmax(axis: 1).integers ?? []
  }

  /// The share of the pairs in which the same digit is read twice.
  var agreement: Double {
    Double(zip(plain, other).count { $0 == $1 }) / Double(max(plain.count, 1))
  }

  /// How many classes are read at all, in the domain that has fewer.
  var classes: Int { min(Set(plain).count, Set(other).count) }
}
