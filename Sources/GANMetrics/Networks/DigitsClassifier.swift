import Foundation
import Torch
import TorchNN

/// A small classifier of digits and other pictures of 32x32: the network behind `fid[digits]`.
///
/// Six 3x3 convolutions with batch normalisation and ReLU in three stages of 32, 64 and 128
/// channels, halved between them; a layer of 128 features; a linear classifier. About 400,000
/// parameters, 1.6 MB.
public struct DigitsClassifier: ImageClassifier {
  /// The length of a feature.
  public static let dimension = 128

  private let stage1: Sequential
  private let stage2: Sequential
  private let stage3: Sequential
  private let embed: Linear
  private let fc: Linear

  /// Random weights, PyTorch's defaults.
  ///
  /// - Parameter classes: How many classes there are.
  public init(classes: Int = 10) {
    stage1 = convolutions(1, 32, count: 2)
    stage2 = convolutions(32, 64, count: 2)
    stage3 = convolutions(64, 128, count: 1)
    embed = Linear(128 * 4 * 4, Self.dimension)
    fc = Linear(Self.dimension, classes)
  }

  /// Pictures `[N, 1, 32, 32]` in [-1, 1] to features `[N, 128]`, not negative.
  public func features(_ images: Tensor) -> Tensor {
    embed(maps(images).averagePooled(2).flattened(from: 1)).relu()
  }

  /// The maps of the last stage, `[N, 128, 8, 8]`.
  private func maps(_ images: Tensor) -> Tensor {
    stage3(stage2(stage1(images).maxPooled(2)).maxPooled(2))
  }

  /// What the places of pictures add to the class scores: with the features that are open in a
  /// picture, everything behind the maps is one linear function.
  func contributions(in images: Tensor) -> ClassContributions {
    let maps = maps(images)
    let features = embed(maps.averagePooled(2).flattened(from: 1)).relu()
    let (count, classes) = (features.size(0), fc.weight.value.size(0))
    let open = fc.weight.value.unsqueezed(0) * (features .> 0).cast(to: .float32).unsqueezed(1)
    let weights =
      open.reshaped(to: [count * classes, Self.dimension]).matmul(embed.weight.value)
      .reshaped(to: [count * classes, 128, 4, 4])
      .resized(height: 8, width: 8, by: .nearest) / 4  // the mean of 2x2 maps
    let added = weights.contiguous().reshaped(to: [count, classes, 128, 8, 8]) * maps.unsqueezed(1)
    return ClassContributions(maps: added.sum(axes: [2]), logits: classScores(features))
  }

  /// Features `[N, 128]` to class scores `[N, classes]`.
  public func classScores(_ features: Tensor) -> Tensor { fc(features) }

  /// ``DigitsFeatures``.
  public func extractor(name: String, checksum: String) -> any FeatureExtractor {
    DigitsFeatures(self, name: name, checksum: checksum)
  }
}

/// ``DigitsClassifier`` as metrics use it.
public struct DigitsFeatures: FeatureExtractor {
  /// What results say about the network.
  public let info: FeatureNetworkInfo
  /// True: it was trained on the classes of a data set.
  public let knowsClasses = true
  package let network: DigitsClassifier
  private static let scaling = ImageScaling.symmetric(side: 32, channels: 1)

  /// Reads the weights. Their shapes say how many classes the network was trained on.
  ///
  /// - Throws: As `PretrainedNetwork.load(_:)`.
  public init(_ weights: WeightsFile, on device: Device = .cpu) throws {
    let classes = try weights.shape(of: "fc.weight", rank: 2)[0]
    let network = withoutDraws { DigitsClassifier(classes: classes) }
    try network.load(weights)
    self.init(
      network.placed(on: device), name: weights.networkName ?? "digits",
      checksum: weights.checksum)
  }

  /// The weights that come with the package, trained on the training images of MNIST; how and to
  /// which accuracy is in the metadata of the file.
  ///
  /// - Throws: ``WeightsError/checksum(path:found:expected:by:)`` for a file that is not the one the
  ///   package came with, or as ``init(_:on:)``.
  public static func bundled(on device: Device = .cpu) throws -> DigitsFeatures {
    try DigitsFeatures(WeightsFile(bundledWeights, checksum: bundledChecksum), on: device)
  }

  /// Where the package's own weights are.
  public static var bundledWeights: URL {
    Bundle.module.bundleURL.appendingPathComponent("digits.safetensors")
  }

  /// The SHA-256 of the package's own weights.
  public static let bundledChecksum =
    "c018acf1fb26829c6a7991d4193cbf0aa11192767d6cfc0992d4390f7e56bf90"

  /// A network that is at hand, such as one just trained.
  ///
  /// - Parameters:
  ///   - name: What results call the network.
  ///   - checksum: What results call its weights.
  public init(_ network: DigitsClassifier, name: String = "digits", checksum: String) {
    self.network = network
    info = FeatureNetworkInfo(
      name: name, checksum: checksum, dimension: DigitsClassifier.dimension,
      preparation: "28 padded to 32, else \(Self.scaling.description)")
  }

  /// Features `[N, 128]` and class scores. Digits of 28x28 get the black border they have in sets
  /// prepared at 32; three channels become their luma.
  public func outputs(of images: Tensor) throws -> FeatureBatch {
    let scaled = try prepared(images)
    return inference {
      let features = network.features(scaled)
      return FeatureBatch(features: features, logits: network.classScores(features))
    }
  }

  func prepared(_ images: Tensor) throws -> Tensor {
    let isOriginal = images.rank == 4 && images.size(2) == 28 && images.size(3) == 28
    return try Self.scaling(isOriginal ? images.padded(2) : images, on: network.device)
      .settled(.channelsLast)
  }
}
