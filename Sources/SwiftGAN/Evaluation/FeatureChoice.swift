import Foundation
import GANMetrics
import GANTraining
import Torch

/// The network of features that a user asks for.
package struct FeatureChoice {
  private let name: String
  private let checksum: String?
  private let layer: String?

  /// - Parameters:
  ///   - name: `digits` or the path of a file of weights.
  ///   - checksum: The SHA-256 that the file must have.
  ///   - layer: The layer of VGG whose activations are compared.
  package init(_ name: String, checksum: String? = nil, layer: String? = nil) {
    (self.name, self.checksum, self.layer) = (name, checksum, layer)
  }

  /// A shape that every network reads: distances between two sets of translations may be taken in any
  /// features, however plain.
  static let anyShape = [1, 32, 32]

  /// The network, for images of a shape `[C, H, W]`.
  ///
  /// - Throws: What is wrong with the file; ``RunError`` where the images do not suit the network.
  package func extractor(
    for shape: [Int], on device: Device, _ field: String
  ) throws -> any FeatureExtractor {
    guard name == "digits" else {
      return try FeatureNetworkFile.open(
        URL(fileURLWithPath: name), checksum: checksum, layer: layer, on: device)
    }
    guard layer == nil else {
      throw RunError.field(
        "layer", found: "'\(layer ?? "")'", expected: "none, except for weights of VGG")
    }
    guard shape.count == 3, shape[0] == 1, shape[1] <= 64 else {
      let found = shape.map(String.init).joined(separator: "x")
      throw RunError.field(
        field, found: "digits for images of \(found)",
        expected: "FILE.safetensors, for digits reads grey images up to 64x64")
    }
    return try FeatureNetworkFile.open(
      DigitsFeatures.bundledWeights, checksum: checksum ?? DigitsFeatures.bundledChecksum,
      on: device)
  }
}
