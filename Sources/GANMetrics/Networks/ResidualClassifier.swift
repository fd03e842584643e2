import Foundation
import Torch
import TorchNN

/// A residual classifier of small colour pictures: the network behind `fid[cifar]`.
///
/// ResNet-18 for 32x32 (He et al. 2016, section 4.2) without its last stage: a 3x3 convolution,
/// three stages of two basic blocks with `width`, 2·`width` and 4·`width` channels, global average
/// pooling to the features, a linear classifier. Keys are those of torchvision's `ResNet`. With
/// width 64 it has 2.8 million parameters, 11 MB.
public struct ResidualClassifier: PretrainedNetwork {
  /// The length of a feature, 4·`width`.
  public let dimension: Int

  private let conv1: Conv2d
  private let bn1: BatchNorm
  private let layer1: Sequential
  private let layer2: Sequential
  private let layer3: Sequential
  private let fc: Linear

  /// Random weights, PyTorch's defaults.
  public init(classes: Int = 10, width: Int = 64) {
    dimension = 4 * width
    conv1 = Conv2d(3, width, kernel: 3, padding: 1, bias: false)
    bn1 = BatchNorm(width)
    layer1 = Self.stage(width, width, stride: 1)
    layer2 = Self.stage(width, 2 * width, stride: 2)
    layer3 = Self.stage(2 * width, 4 * width, stride: 2)
    fc = Linear(4 * width, classes)
  }

  private static func stage(_ inputs: Int, _ outputs: Int, stride: Int) -> Sequential {
    Sequential {
      BasicBlock(inputs, outputs, stride: stride)
      BasicBlock(outputs, outputs, stride: 1)
    }
  }

  /// Pictures `[N, 3, 32, 32]`, normalised, to features `[N, 4·width]`.
  public func features(_ images: Tensor) -> Tensor {
    maps(images).mean(axes: [2, 3])
  }

  /// The maps of the last stage, `[N, 4·width, 8, 8]`.
  private func maps(_ images: Tensor) -> Tensor {
    layer3(layer2(layer1(bn1(conv1(images)).relu())))
  }

  /// What the places of pictures add to the class scores: the class activation maps.
  func contributions(in images: Tensor) -> ClassContributions {
    let maps = maps(images)
    let kernel = fc.weight.value.unsqueezed(2).unsqueezed(3)
    let added = maps.conv2d(kernel, bias: nil) / Double(maps.size(2) * maps.size(3))
    return ClassContributions(maps: added, logits: classScores(maps.mean(axes: [2, 3])))
  }

  /// Features `[N, 4·width]` to class scores `[N, classes]`.
  public func classScores(_ features: Tensor) -> Tensor { fc(features) }

  /// Pictures `[N, 3, 32, 32]` in [-1, 1] to class scores `[N, classes]`.
  public func callAsFunction(_ images: Tensor) -> Tensor { classScores(features(images)) }
}

/// Two 3x3 convolutions beside the identity, or beside a 1x1 convolution where the shape changes.
private struct BasicBlock: Layer {
  private let conv1: Conv2d
  private let bn1: BatchNorm
  private let conv2: Conv2d
  private let bn2: BatchNorm
  private let downsample: Sequential?

  init(_ inputs: Int, _ outputs: Int, stride: Int) {
    conv1 = Conv2d(inputs, outputs, kernel: 3, stride: stride, padding: 1, bias: false)
    bn1 = BatchNorm(outputs)
    conv2 = Conv2d(outputs, outputs, kernel: 3, padding: 1, bias: false)
    bn2 = BatchNorm(outputs)
    downsample =
      stride == 1 && inputs == outputs
      ? nil
      : Sequential {
        Conv2d(inputs, outputs, kernel: 1, stride: stride, bias: false)
        BatchNorm(outputs)
      }
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    let residual = bn2(conv2(bn1(conv1(input)).relu()))
    return (residual + (downsample?(input) ?? input)).relu()
  }
}

/// ``ResidualClassifier`` as metrics use it.
public struct ResidualFeatures: FeatureExtractor {
  /// What results say about the network.
  public let info: FeatureNetworkInfo
  let network: ResidualClassifier
  private static let scaling = ImageScaling.symmetric(side: 32)

  /// Reads the weights.
  ///
  /// - Parameters:
  ///   - checksum: The SHA-256 that the file must have.
  ///   - classes: How many classes the network was trained on.
  ///   - width: Channels of its first stage.
  /// - Throws: As `PretrainedNetwork.load(weights:checksum:)`.
  public init(
    weights url: URL, checksum: String? = nil, classes: Int = 10, width: Int = 64,
    on device: Device = .cpu
  ) throws {
    let network = withoutDraws { ResidualClassifier(classes: classes, width: width) }
    let found = try network.load(weights: url, checksum: checksum)
    self.init(network.placed(on: device), checksum: found)
  }

  /// A network that is at hand, such as one just trained.
  ///
  /// - Parameter checksum: What results call its weights.
  public init(_ network: ResidualClassifier, checksum: String) {
    self.network = network
    info = FeatureNetworkInfo(
      name: "cifar", checksum: checksum, dimension: network.dimension,
      preparation: Self.scaling.description)
  }

  /// Features `[N, 4·width]` and class scores; a single channel counts three times.
  public func outputs(of images: Tensor) throws -> FeatureBatch {
    let scaled = try prepared(images)
    return inference {
      let features = network.features(scaled)
      return FeatureBatch(features: features, logits: network.classScores(features))
    }
  }

  func prepared(_ images: Tensor) throws -> Tensor {
    try Self.scaling(images, on: network.device).settled(.channelsLast)
  }
}
