import GANMetrics
import Torch

extension FeatureSet {
  /// The first `count` images, again from the beginning where there are fewer, with classes in turn.
  func resized(to count: Int, classes: Int) throws -> FeatureSet {
    var result = FeatureSet(network: network)
    guard let features, self.count > 0 else { return result }
    let rows = Tensor((0..<count).map { $0 % self.count })
    try result.add(
      FeatureBatch(features: features.gathered(rows), logits: logits.map { $0.gathered(rows) }),
      labels: classes > 0 ? (0..<count).map { $0 % classes } : [])
    return result
  }
}
