import GANAnalysis
import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Torch

// Systems on folders of photos; distances are in the features of the network for photos.

extension Claim {
  /// The distance falls from checkpoint to checkpoint.
  static let falling = Requirement.atMost(-0.8, "correlation", "rank correlation with the step")

  /// The Fréchet distance of photos.
  static let photoDistance = "fid[\(PhotoFeatures.name)]"

  /// The kernel distance of photos, where they are too few for a covariance.
  static let photoKernelDistance = "kid-full[\(PhotoFeatures.name)]"

  /// Photos of two kinds, as far as two cores come: translations are closer to the other kind than inputs.
  ///
  /// - Parameter side: of the images.
  static func nearer<R: Claiming & TranslatingRecipe>(
    _ name: String, from a: String, to b: String, at side: Int, _ plan: TrainingPlan<R>
  ) -> Claim {
    Claim(
      name, "\(a) to \(b) at \(side)x\(side)",
      [
        .below("inputs ab", "ab", "closer to \(b) than the \(a) were"),
        .below("inputs ba", "ba", "and to \(a) than the \(b) were"),
      ], paper: "none", plan, measure: { try $0.kernelDistances() })
  }
}

extension PhotoFeatures {
  /// Rows of features for images `[N, 3, H, W]` in [-1, 1].
  func features(ofImages images: Tensor) throws -> Tensor {
    try features((images.cast(to: .float32) + 1) / 2)
  }
}

extension ClaimRun {
  /// How far translations, and their inputs, are from the other kind of photos.
  fileprivate func kernelDistances() throws -> Measurement {
    let found = try evaluated { $0.metrics = "kid-full" }
    func distances(_ name: String) throws -> [Double] {
      try ["ab", "ba"].map { try found.value("\($0)/\(name)\(Claim.photoKernelDistance)") }
    }
    let (reached, before) = (try distances(""), try distances("input-"))
    func text(_ values: [Double]) -> String {
      "\(Claim.photoKernelDistance) ab \(decimal(values[0], 4)), ba \(decimal(values[1], 4))"
    }
    return Measurement(
      ["ab": reached[0], "ba": reached[1], "inputs ab": before[0], "inputs ba": before[1]],
      figure: text(reached), floor: "\(text(before)) (the inputs)")
  }

  /// How the distance to a part of the photos goes on over at most ten checkpoints, of those where the
  /// system is as asked for.
  func improvement(
    on split: Split, where isMeant: (any Recipe) -> Bool = { _ in true }
  ) throws -> Measurement {
    let meant = try RunDirectory(path).checkpointSteps.filter {
      isMeant(try Run.open(path, step: .at($0)).recipe)
    }
    let steps = evenly(meant, 10)
    let distances = try steps.map { step in
      try evaluated {
        ($0.step, $0.split, $0.metrics, $0.count) = (.at(step), split, "fid", 2000)
      }.value(Claim.photoDistance)
    }
    guard let first = distances.first, let last = distances.last,
      let course = rankCorrelation(steps.map(Double.init), distances)
    else { throw RunError.unsupported("\(path): too few checkpoints to rank") }
    return Measurement(
      ["correlation": course, "last": last],
      figure: "\(Claim.photoDistance) \(decimal(last, 1)) at step \(steps[steps.count - 1]); rank "
        + "correlation with the step \(decimal(course, 2)) over \(steps.count) checkpoints",
      floor: "\(decimal(first, 1)) at step \(steps[0])")
  }
}

/// At most `count` of the values, from the first to the last.
private func evenly(_ values: [Int], _ count: Int) -> [Int] {
  guard values.count > count else { return values }
  return (0..<count).map { values[$0 * (values.count - 1) / (count - 1)] }
}
