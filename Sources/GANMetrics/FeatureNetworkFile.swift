import Foundation
import Torch

/// Feature networks by their file of weights.
public enum FeatureNetworkFile {
  /// The network whose weights a safetensors file holds, told by its tensors: EfficientNet-Lite0,
  /// Inception v3 (the FID's own or torchvision's), VGG-16, VGG-19, or one of the zoo's classifiers.
  ///
  /// - Parameters:
  ///   - checksum: The SHA-256 that the file must have; without one, that in `FILE.sha256`.
  ///   - layer: The layer of VGG whose activations are the features (default: `fc2`).
  /// - Throws: ``WeightsError`` naming the file and its first tensor that does not fit, or the layer
  ///   that the network does not have; `SafetensorsError` or `DataError` for a file that cannot be
  ///   read.
  public static func open(
    _ url: URL, checksum: String? = nil, layer: String? = nil, on device: Device = .cpu
  ) throws -> any FeatureExtractor {
    let weights = try WeightsFile(url, checksum: checksum)
    let network = try Network(of: weights)
    if case .vgg(let depth) = network {
      return try VGGFeatures(depth, layer: layer ?? "fc2", weights: weights, on: device)
    }
    if let layer { throw WeightsError.layer(path: url.path, name: layer, known: []) }
    switch network {
    case .lite: return try PhotoFeatures(weights, on: device)
    case .inception(let variant):
      return try InceptionFeatures(variant, weights: weights, on: device)
    case .vgg, .residual: return try ResidualFeatures(weights, on: device)
    case .digits: return try DigitsFeatures(weights, on: device)
    }
  }

  private enum Network {
    case lite
    case inception(InceptionV3.Variant)
    case vgg(VGG.Depth)
    case residual
    case digits

    /// Told by keys that only one of the networks has.
    init(of weights: WeightsFile) throws {
      func has(_ prefix: String) -> Bool { weights.tensors.keys.contains { $0.hasPrefix(prefix) } }
      if has("_conv_stem.") {
        self = .lite
      } else if has("Mixed_") {
        self = .inception(
          try weights.shape(of: "fc.weight", rank: 2)[0] == 1008 ? .fid : .torchvision)
      } else if has("features.") {
        // The last convolution of VGG-19 is number 34, that of VGG-16 number 28.
        self = .vgg(has("features.34.") ? .nineteen : .sixteen)
      } else if has("stem.") {
        self = .residual
      } else if has("embed.") || has("stage1.") {
        self = .digits
      } else {
        throw WeightsError.unknownNetwork(
          path: weights.url.path, key: weights.tensors.keys.min() ?? "no tensor")
      }
    }
  }
}
