import Foundation
import GANKit
import GANMetrics
import Torch
import TorchNN

/// A frozen classifier that tells whether two images show the same person, by its last two layers.
/// Checkpoints do not hold it. It is opened when somebody trains: who uses what was trained does without.
final class IdentityNetwork {
  /// The name of the classifier of digits that comes with the package.
  static let digits = "digits"
  private let name: String
  private let data: DataShape
  private let device: Device
  private var opened: (any ImageClassifier)?

  /// - Parameter name: ``digits``, or a file that `gan evaluate --export` wrote of a classifier.
  init(_ name: String, for data: DataShape, on device: Device) {
    (self.name, self.data, self.device) = (name, data, device)
  }

  /// Opens the network, unless it is open.
  ///
  /// - Throws: ``ConfigError`` naming the setting, what was found and what the data asks for.
  func prepare() throws {
    if opened == nil { opened = try network() }
  }

  private func network() throws -> any ImageClassifier {
    func refused(_ found: String, _ expected: String) -> ConfigError {
      .invalid("identity", found: found, expected: expected)
    }
    let file = name == Self.digits ? DigitsFeatures.bundledWeights : URL(fileURLWithPath: name)
    let extractor: any FeatureExtractor
    do {
      extractor = try FeatureNetworkFile.open(file, on: device)
    } catch {
      throw refused("'\(name)' (\(error))", "digits, or weights of a classifier")
    }
    let network: any ImageClassifier
    switch extractor {
    case let features as DigitsFeatures: network = features.network
    case let features as ResidualFeatures: network = features.network
    default: throw refused("'\(name)', weights of \(extractor.info.name)", "those of a classifier")
    }
    let channels = (network as? ResidualClassifier)?.channels ?? 1
    guard channels == data.channels else {
      throw refused(
        "'\(name)' for images of \(channels) channels", "one for \(data.channels), as the data has")
    }
    let identities = network.classCount(on: device)
    guard identities == data.classes else {
      throw refused(
        "'\(name)' of \(identities) identities", "one of \(data.classes), as the data has")
    }
    return network
  }

  /// The mean absolute difference of features and of class scores, added up (section 3.2.4):
  /// images `[N, C, side, side]` in [-1, 1] to a scalar. The target gets no graph.
  func difference(of images: Tensor, from target: Tensor) -> Tensor {
    do { try prepare() } catch { preconditionFailure("\(error)") }
    guard let network = opened else { preconditionFailure("prepared, but not open") }
    let wanted = withoutGradients { layers(of: target, network) }
    let found = layers(of: images, network)
    return absoluteError(found.features, wanted.features)
      + absoluteError(found.scores, wanted.scores)
  }

  private func layers(
    of images: Tensor, _ network: any ImageClassifier
  ) -> (features: Tensor, scores: Tensor) {
    withMode(.evaluation) {
      let features = network.features(reduced(images))
      return (features, network.classScores(features))
    }
  }

  /// 32x32, which the classifiers read.
  private func reduced(_ images: Tensor) -> Tensor {
    let factor = images.size(3) / 32
    return factor > 1 ? images.averagePooled(factor) : images
  }
}

extension ImageClassifier {
  /// How many classes it knows.
  fileprivate func classCount(on device: Device) -> Int {
    let channels = (self as? ResidualClassifier)?.channels ?? 1
    return evaluating { self(Tensor.zeros([1, channels, 32, 32], on: device)) }.size(1)
  }
}

extension FacePatches {
  /// The mean points of Multi-PIE's frontal faces in the authors' code, as shares of 128 pixels: left
  /// eye, right eye, nose, and the middle between the corners of the mouth.
  static let paperMeans = [
    0.340625, 0.3203125, 0.675, 0.3203125, 0.50078125, 0.50625, 0.50859375, 0.6953125,
  ]
}

extension SettingRule<String> {
  /// `identity` of a system that keeps it.
  static var identityNetwork: Self {
    Self("what tells identities: digits, or a file by gan evaluate --export", expected: "a name") {
      !$0.isEmpty
    }
  }
}
