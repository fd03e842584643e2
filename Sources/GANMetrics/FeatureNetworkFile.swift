import Foundation
import Torch

/// Feature networks by their file of weights.
public enum FeatureNetworkFile {
  /// The network whose weights a safetensors file holds: Inception v3 (the FID's own or
  /// torchvision's), the residual classifier, or else the classifier of digits.
  ///
  /// - Parameter checksum: The SHA-256 that the file must have.
  /// - Throws: ``WeightsError`` naming the file and its first tensor that does not fit;
  ///   `SafetensorsError` or `DataError` for a file that cannot be read.
  public static func open(
    _ url: URL, checksum: String? = nil, on device: Device = .cpu
  ) throws -> any FeatureExtractor {
    if let checksum {
      let found = try Checksum.ofFile(url)
      guard found == checksum.lowercased() else {
        throw WeightsError.checksum(path: url.path, found: found, expected: checksum)
      }
    }
    let tensors = try SafetensorsFile(readingFrom: url).tensors
    let classes = tensors["fc.weight"].flatMap { $0.rank == 2 ? $0.size(0) : nil }
    if tensors.keys.contains(where: { $0.hasPrefix("Mixed_") }) {
      return try InceptionFeatures(
        classes == 1008 ? .fid : .torchvision, weights: url, on: device)
    }
    if tensors.keys.contains(where: { $0.hasPrefix("layer1.") }) {
      let width = tensors["conv1.weight"].flatMap { $0.rank == 4 ? $0.size(0) : nil }
      return try ResidualFeatures(
        weights: url, classes: classes ?? 10, width: width ?? 64, on: device)
    }
    return try DigitsFeatures(weights: url, classes: classes ?? 10, on: device)
  }
}
