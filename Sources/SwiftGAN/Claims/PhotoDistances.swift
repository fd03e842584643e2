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
}

extension PhotoFeatures {
  /// Rows of features for images `[N, 3, H, W]` in [-1, 1].
  func features(ofImages images: Tensor) throws -> Tensor {
    try features((images.cast(to: .float32) + 1) / 2)
  }
}

extension ClaimRun {
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
      figure:
        "\(Claim.photoDistance) \(decimal(last, 1)) at step \(steps[steps.count - 1]); rank correlation "
        + "with the step \(decimal(course, 2)) over \(steps.count) checkpoints",
      floor: "\(decimal(first, 1)) at step \(steps[0])")
  }
}

/// At most `count` of the values, from the first to the last.
private func evenly(_ values: [Int], _ count: Int) -> [Int] {
  guard values.count > count else { return values }
  return (0..<count).map { values[$0 * (values.count - 1) / (count - 1)] }
}
