import GANAnalysis
import GANTraining
import GANZoo

// Systems on folders of photos; distances are in the features of a small classifier that is trained on
// the same photos, or on CIFAR-10 where they have no classes, for no network of photos ships with the
// package.

extension Claim {
  /// The distance falls from checkpoint to checkpoint.
  static let falling = Requirement.atMost(-0.8, "correlation", "rank correlation with the step")
}

extension Claim.Companion {
  /// The classifier of CIFAR-10, for photos without classes.
  static let photoReader = reader(.real("cifar10.tar", flip: true), steps: 1200)

  /// The classifier whose features distances are taken in.
  static func reader(_ data: DataConfiguration, steps: Int) -> Claim.Companion {
    Claim.Companion(
      "reader",
      TrainingPlan<Classifier>(
        .with { ($0.architecture, $0.width) = (.residual, 16) }, on: data
      ).with { ($0.length, $0.precision) = (.steps(steps), nil) }, fullSize: { _ in })
  }
}

extension ClaimRun {
  /// The features of the companion `reader`, written to a file.
  func reader() throws -> String {
    let file = "\(path)-reader/reader.safetensors"
    _ = try companion("reader").evaluated { $0.export = file }
    return file
  }

  /// How the distance to the photos goes on over at most ten checkpoints.
  func improvement() throws -> Measurement {
    let reader = try reader()
    let steps = evenly(RunDirectory(path).checkpointSteps, 10)
    let distances = try steps.map { step in
      try evaluated {
        ($0.step, $0.metrics, $0.count, $0.features) = (.at(step), "fid", 2000, reader)
      }.first("fid[")
    }
    guard let first = distances.first, let last = distances.last,
      let course = rankCorrelation(steps.map(Double.init), distances)
    else { throw RunError.unsupported("\(path): too few checkpoints to rank") }
    return Measurement(
      ["correlation": course],
      figure: "fid[reader] \(decimal(last, 1)) at step \(steps[steps.count - 1]); rank correlation "
        + "with the step \(decimal(course, 2)) over \(steps.count) checkpoints",
      floor: "\(decimal(first, 1)) at step \(steps[0])")
  }
}

/// At most `count` of the values, from the first to the last.
private func evenly(_ values: [Int], _ count: Int) -> [Int] {
  guard values.count > count else { return values }
  return (0..<count).map { values[$0 * (values.count - 1) / (count - 1)] }
}
