import Foundation
import Torch
import TorchNN

/// ``ResidualClassifier`` as metrics use it.
public struct ResidualFeatures: FeatureExtractor {
  /// What results say about the network.
  public let info: FeatureNetworkInfo
  /// True: it was trained on the classes of a data set.
  public let knowsClasses = true
  package let network: ResidualClassifier
  private let scaling: ImageScaling

  /// Reads the weights. Their shapes say how many channels, classes and what width the network has.
  ///
  /// - Throws: As `PretrainedNetwork.load(_:)`.
  public init(_ weights: WeightsFile, on device: Device = .cpu) throws {
    let stem = try weights.shape(of: "stem.0.weight", rank: 4)
    let classes = try weights.shape(of: "fc.weight", rank: 2)[0]
    let network = withoutDraws {
      ResidualClassifier(channels: stem[1], classes: classes, width: stem[0])
    }
    try network.load(weights)
    self.init(
      network.placed(on: device), name: weights.networkName ?? "residual",
      checksum: weights.checksum)
  }

  /// A network that is at hand, such as one just trained.
  ///
  /// - Parameters:
  ///   - name: What results call the network.
  ///   - checksum: What results call its weights.
  public init(_ network: ResidualClassifier, name: String = "residual", checksum: String) {
    self.network = network
    scaling = .symmetric(side: 32, channels: network.channels)
    info = FeatureNetworkInfo(
      name: name, checksum: checksum, dimension: network.dimension,
      preparation: scaling.description)
  }

  /// Features `[N, 8·width]` and class scores; a single channel counts three times where the
  /// network reads colour, three become their luma where it reads grey.
  public func outputs(of images: Tensor) throws -> FeatureBatch {
    let scaled = try prepared(images)
    return inference {
      let features = network.features(scaled)
      return FeatureBatch(features: features, logits: network.classScores(features))
    }
  }

  func prepared(_ images: Tensor) throws -> Tensor {
    try scaling(images, on: network.device).settled(.channelsLast)
  }
}
