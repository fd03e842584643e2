import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import Torch

/// The network of features that a user asks for, or leaves to the images.
package struct FeatureChoice {
  /// The networks that need no file to be named.
  package static let names = ["digits"] + EfficientNetLite.Depth.allCases.map(\.rawValue)

  private let name: String?
  private let checksum: String?
  private let layer: String?

  /// - Parameters:
  ///   - name: One of ``names`` or the path of a file of weights; `nil`: what suits the images.
  ///   - checksum: The SHA-256 that the file must have.
  ///   - layer: The layer of VGG whose activations are compared.
  package init(_ name: String?, checksum: String? = nil, layer: String? = nil) {
    (self.name, self.checksum, self.layer) = (name, checksum, layer)
  }

  /// The network, for images of a shape `[C, H, W]`.
  ///
  /// Digits are read by the network that knows them: the built-in sets, which are made of them, and grey
  /// images as small. All other images are photos.
  ///
  /// - Parameters:
  ///   - source: The data that the images come from or are compared with.
  ///   - field: What the choice is called in messages.
  /// - Throws: What is wrong with the file; `RunError` where the images do not suit the network.
  package func extractor(
    for shape: [Int], of source: String?, on device: Device, _ field: String
  ) throws -> any FeatureExtractor {
    let areDigits = source.map { BuiltInName($0) != nil } ?? false
    let isSmallAndGrey = shape.count == 3 && shape[0] == 1 && max(shape[1], shape[2]) <= 64
    let name = name ?? (areDigits || isSmallAndGrey ? "digits" : PhotoFeatures.name)
    guard Self.names.contains(name) else {
      return try FeatureNetworkFile.open(
        URL(fileURLWithPath: name), checksum: checksum, layer: layer, on: device)
    }
    guard layer == nil else {
      throw RunError.field(
        "layer", found: "'\(layer ?? "")'", expected: "none, except for weights of VGG")
    }
    if let depth = EfficientNetLite.Depth(rawValue: name) {
      return try PhotoFeatures.installed(depth, checksum: checksum, on: device)
    }
    guard areDigits || isSmallAndGrey else {
      throw RunError.field(
        field, found: "digits for images of \(shape.map(String.init).joined(separator: "x"))",
        expected:
          "\(PhotoFeatures.name) or FILE.safetensors, for digits reads grey images up to 64x64")
    }
    return try FeatureNetworkFile.open(
      DigitsFeatures.bundledWeights, checksum: checksum ?? DigitsFeatures.bundledChecksum,
      on: device)
  }

  /// The networks for what translations are compared with, by the part of the layout; one that several
  /// parts need is opened once.
  func extractors(
    for comparisons: [Comparison], _ shape: DataShape, of source: String, on device: Device,
    _ field: String
  ) throws -> [Int: any FeatureExtractor] {
    var known: [[Int]: any FeatureExtractor] = [:]
    var result: [Int: any FeatureExtractor] = [:]
    for comparison in comparisons where comparison.part != nil {
      let image = shape.parts[comparison.target].dimensions
      let extractor = try known[image] ?? extractor(for: image, of: source, on: device, field)
      (known[image], result[comparison.target]) = (extractor, extractor)
    }
    return result
  }
}
