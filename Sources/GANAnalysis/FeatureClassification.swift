import GANData
import Torch

/// How well a linear classifier tells classes apart by given features of images (Radford et al. 2015,
/// section 5).
public struct FeatureClassification: Encodable {
  /// The length of a feature vector.
  public let dimension: Int
  /// The penalty C that the validation part chose.
  public let penalty: Double
  /// The share of test images classified rightly, from 0 to 1.
  public let accuracy: Double

  private static let penalties = [1.0, 10, 100, 1000]

  /// Trains on `training` and counts on `testing`: features `[N, D]` and classes.
  ///
  /// A fifth of the training images chooses among penalties 1, 10, 100 and 1000 times their mean
  /// loss; then the classifier is trained on all of them.
  public init(
    training: (features: Tensor, labels: [Int]), testing: (features: Tensor, labels: [Int]),
    classes: Int
  ) {
    let (features, labels) = training
    let kept = labels.count - max(labels.count / 5, 1)
    let held = labels.count - kept
    let machines = LinearSVM.path(
      features[0..<kept], Array(labels[..<kept]), classes: classes,
      penalties: FeatureClassification.penalties)
    let scores = machines.map {
      $0.accuracy(features[kept..<kept + held], Array(labels[kept...]))
    }
    let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
    penalty = FeatureClassification.penalties[best]
    dimension = features.size(1)
    accuracy = LinearSVM(features, labels, classes: classes, penalty: penalty)
      .accuracy(testing.features, testing.labels)
  }
}

extension PreparedImages {
  /// Features of images by index, computed in blocks: `[N, D]`.
  public func features(
    _ indices: [Int], block: Int = 256, _ function: (Tensor) throws -> Tensor
  ) throws -> Tensor {
    .concatenated(
      try stride(from: 0, to: indices.count, by: block).map { start in
        try function(try tensor(Array(indices[start..<min(start + block, indices.count)])))
      })
  }

  /// As many images of each class as possible, `count` in all, in an order decided by the seed:
  /// every class in turn.
  public func balanced(_ count: Int, seed: UInt64) -> [Int] {
    var groups = [[Int]](repeating: [], count: classNames.count)
    let labels = labels
    for index in chosen(self.count, seed: seed) { groups[labels[index]].append(index) }
    let longest = groups.map(\.count).max() ?? 0
    let turns = (0..<longest).lazy.flatMap { turn in
      groups.compactMap { turn < $0.count ? $0[turn] : nil }
    }
    return Array(turns.prefix(count))
  }
}
