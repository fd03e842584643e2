import Foundation
import Torch
import TorchNN

/// Inception-v3 (Szegedy et al. 2016, "Rethinking the Inception Architecture"): 2048 features from
/// the last average pooling, and class scores.
public struct InceptionV3: PretrainedNetwork {
  /// Whose weights the network takes.
  public enum Variant: Sendable {
    /// The network of 2015 that FID and Inception Score are defined by, as pytorch-fid has it
    /// (weights `pt_inception-2015-12-05`): 1008 classes, averages without the border, and maxima in
    /// the last block.
    case fid
    /// torchvision's network trained on ImageNet: 1000 classes. Its FIDs are not comparable.
    case torchvision
  }

  /// torchvision's second classifier serves training only.
  public static let ignoredKeys = ["AuxLogits."]

  private let stages: [(name: String, layer: any Layer)]
  private let fc: FrozenLinear

  /// The architecture; weights are zeros until they are loaded.
  public init(_ variant: Variant = .fid) {
    let inner: InceptionPooling = variant == .fid ? .averageInside : .average
    stages = Self.stem + Self.blocks(inner, last: variant == .fid ? .maximum : .average)
    fc = FrozenLinear(2048, variant == .fid ? 1008 : 1000)
  }

  private static var stem: [(name: String, layer: any Layer)] {
    [
      ("Conv2d_1a_3x3", ConvUnit(3, 32, .square(3, stride: 2))),
      ("Conv2d_2a_3x3", ConvUnit(32, 32, .square(3))),
      ("Conv2d_2b_3x3", ConvUnit(32, 64, .square(3, padding: 1))),
      ("maxpool1", Lambda { $0.maxPooled(3, stride: 2) }),
      ("Conv2d_3b_1x1", ConvUnit(64, 80, .square(1))),
      ("Conv2d_4a_3x3", ConvUnit(80, 192, .square(3))),
      ("maxpool2", Lambda { $0.maxPooled(3, stride: 2) }),
    ]
  }

  private static func blocks(
    _ pooling: InceptionPooling, last: InceptionPooling
  ) -> [(name: String, layer: any Layer)] {
    [
      ("Mixed_5b", InceptionBlock.a(192, poolChannels: 32, pooling)),
      ("Mixed_5c", InceptionBlock.a(256, poolChannels: 64, pooling)),
      ("Mixed_5d", InceptionBlock.a(288, poolChannels: 64, pooling)),
      ("Mixed_6a", InceptionBlock.b(288)),
      ("Mixed_6b", InceptionBlock.c(768, inner: 128, pooling)),
      ("Mixed_6c", InceptionBlock.c(768, inner: 160, pooling)),
      ("Mixed_6d", InceptionBlock.c(768, inner: 160, pooling)),
      ("Mixed_6e", InceptionBlock.c(768, inner: 192, pooling)),
      ("Mixed_7a", InceptionBlock.d(768)),
      ("Mixed_7b", InceptionBlock.e(1280, pooling)),
      ("Mixed_7c", InceptionBlock.e(2048, last)),
    ]
  }

  /// The stages and the classifier, by their names in PyTorch.
  public var children: [(name: String, node: ModuleNode)] {
    stages.map { ($0.name, .module($0.layer)) } + [("fc", .module(fc))]
  }

  /// Images `[N, 3, 299, 299]` in [-1, 1] to features `[N, 2048]`.
  public func pooledFeatures(_ images: Tensor) -> Tensor {
    stages.reduce(images) { $1.layer($0) }.mean(axes: [2, 3])
  }

  /// Features `[N, 2048]` to class scores.
  ///
  /// - Parameter addingBias: Whether the classifier's offset is added. The Inception Score leaves it
  ///   out, as the code of Salimans et al. 2016 did.
  public func classScores(_ features: Tensor, addingBias: Bool) -> Tensor {
    features.linear(fc.weight.value, bias: addingBias ? fc.bias.value : nil)
  }
}

/// ``InceptionV3`` as metrics use it.
public struct InceptionFeatures: FeatureExtractor {
  /// What results say about the network.
  public let info: FeatureNetworkInfo
  private let network: InceptionV3
  private let addsBias: Bool
  private let scaling = ImageScaling.symmetric(side: 299)

  /// Reads the weights.
  ///
  /// - Throws: As `PretrainedNetwork.load(_:)`.
  public init(
    _ variant: InceptionV3.Variant = .fid, weights: WeightsFile, on device: Device = .cpu
  ) throws {
    let network = InceptionV3(variant)
    try network.load(weights)
    self.network = network.placed(on: device)
    addsBias = variant == .torchvision
    info = FeatureNetworkInfo(
      name: variant == .fid ? "inception-fid" : "inception-torchvision", checksum: weights.checksum,
      dimension: 2048,
      preparation: scaling.description + (addsBias ? "" : ", logits without bias"))
  }

  /// Features `[N, 2048]` and class scores; the FID variant's scores leave out the offset, as the
  /// Inception Score wants them.
  public func outputs(of images: Tensor) throws -> FeatureBatch {
    let scaled = try scaling(images, on: network.device).settled(.channelsLast)
    return inference {
      let features = network.pooledFeatures(scaled)
      return FeatureBatch(
        features: features, logits: network.classScores(features, addingBias: addsBias))
    }
  }
}
