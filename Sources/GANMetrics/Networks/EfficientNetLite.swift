import Torch
import TorchNN

/// EfficientNet-Lite0: the baseline network of Tan and Le 2019 (table 1) without its
/// squeeze-and-excitation and with ReLU6. 1280 features from the last average pooling, and the scores
/// of ImageNet's 1000 classes. 4.6 million parameters; 5.4 million in Lite1, which is a tenth deeper.
///
/// Its normalisations are part of the convolutions, as `Scripts/convert_weights.py` writes them.
public struct EfficientNetLite: PretrainedNetwork {
  /// How deep it is.
  public enum Depth: String, Sendable, CaseIterable {
    /// As the baseline.
    case lite0 = "efficientnet-lite0"
    /// A tenth deeper: one block more in every stage but the first and the last.
    case lite1 = "efficientnet-lite1"

    /// Blocks of a stage that has so many in the baseline; the first and the last stage stay.
    fileprivate func count(_ count: Int) -> Int { self == .lite1 && count > 1 ? count + 1 : count }

    /// The blocks in order.
    var blocks: [Stage] {
      EfficientNetLite.stages.flatMap { stage in
        (0..<count(stage.count)).map { position in
          var block = stage
          block.stride = position == 0 ? stage.stride : 1
          return block
        }
      }
    }
  }

  /// The length of a feature.
  public static let dimension = 1280

  /// Blocks of one kind, one after the other.
  struct Stage {
    var count: Int
    var kernel: Int
    /// Of the first block; the others keep the size.
    var stride: Int
    var expansion = 6
    var outputs: Int
  }

  fileprivate static let stages = [
    Stage(count: 1, kernel: 3, stride: 1, expansion: 1, outputs: 16),
    Stage(count: 2, kernel: 3, stride: 2, outputs: 24),
    Stage(count: 2, kernel: 5, stride: 2, outputs: 40),
    Stage(count: 3, kernel: 3, stride: 2, outputs: 80),
    Stage(count: 3, kernel: 5, stride: 1, outputs: 112),
    Stage(count: 4, kernel: 5, stride: 2, outputs: 192),
    Stage(count: 1, kernel: 3, stride: 1, outputs: 320),
  ]

  private let stem: SameConv
  private let blocks: [InvertedBottleneck]
  private let head: SameConv
  private let fc: FrozenLinear

  /// The architecture; weights are zeros until they are loaded.
  public init(_ depth: Depth = .lite0) {
    stem = SameConv(3, 32, kernel: 3, stride: 2)
    var channels = 32
    blocks = depth.blocks.map { block in
      defer { channels = block.outputs }
      return InvertedBottleneck(channels, block)
    }
    head = SameConv(channels, Self.dimension, kernel: 1)
    fc = FrozenLinear(Self.dimension, 1000)
  }

  /// The layers by their names in the package of the weights.
  public var children: [(name: String, node: ModuleNode)] {
    [("_conv_stem", .module(stem))]
      + blocks.enumerated().map { ("_blocks.\($0)", .module($1)) }
      + [("_conv_head", .module(head)), ("_fc", .module(fc))]
  }

  /// Images `[N, 3, H, W]`, (x - 127) / 128 of bytes x, to features `[N, 1280]`.
  public func pooledFeatures(_ images: Tensor) -> Tensor {
    let maps = blocks.reduce(relu6(stem(images))) { $1($0) }
    return relu6(head(maps)).mean(axes: [2, 3])
  }

  /// Features `[N, 1280]` to class scores `[N, 1000]`.
  public func classScores(_ features: Tensor) -> Tensor { fc(features) }
}

/// 1x1 that widens, one filter for each channel, 1x1 that narrows; added to its input where the shape
/// stays (Sandler et al. 2018, "Inverted Residuals and Linear Bottlenecks").
struct InvertedBottleneck: Layer {
  private let expand: SameConv?
  private let depthwise: SameConv
  private let project: SameConv
  private let isResidual: Bool

  init(_ inputs: Int, _ block: EfficientNetLite.Stage) {
    let inner = inputs * block.expansion
    expand = block.expansion > 1 ? SameConv(inputs, inner, kernel: 1) : nil
    depthwise = SameConv(
      inner, inner, kernel: block.kernel, stride: block.stride, groups: inner)
    project = SameConv(inner, block.outputs, kernel: 1)
    isResidual = block.stride == 1 && inputs == block.outputs
  }

  var children: [(name: String, node: ModuleNode)] {
    (expand.map { [("_expand_conv", .module($0))] } ?? [])
      + [("_depthwise_conv", .module(depthwise)), ("_project_conv", .module(project))]
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    let wide = expand.map { relu6($0(input)) } ?? input
    let output = project(relu6(depthwise(wide)))
    return isResidual ? input + output : output
  }
}

/// A convolution with TensorFlow's border "same": sides become H / stride, rounded up, and where the
/// border is odd, the pixel more lies right and below.
struct SameConv: Layer {
  let weight: Parameter
  let bias: Parameter
  private let kernel: Int
  private let stride: Int
  private let groups: Int

  init(_ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1) {
    weight = Parameter(.zeros([outputs, inputs / groups, kernel, kernel]))
    bias = Parameter(.zeros([outputs]))
    (self.kernel, self.stride, self.groups) = (kernel, stride, groups)
  }

  var children: [(name: String, node: ModuleNode)] {
    [("weight", .parameter(weight)), ("bias", .parameter(bias))]
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    let (height, width) = (border(input.size(2)), border(input.size(3)))
    func convolved(_ input: Tensor, padding: Int) -> Tensor {
      input.conv2d(
        weight.value, bias: bias.value, stride: stride, padding: padding, groups: groups)
    }
    // An even border on all sides is the convolution's own, without a copy of the image.
    if height == width, height % 2 == 0 { return convolved(input, padding: height / 2) }
    let padded = input.padded(
      left: width / 2, right: width - width / 2, top: height / 2, bottom: height - height / 2)
    return convolved(padded, padding: 0)
  }

  /// Pixels that are added to a side.
  private func border(_ side: Int) -> Int {
    max(((side + stride - 1) / stride - 1) * stride + kernel - side, 0)
  }
}

func relu6(_ input: Tensor) -> Tensor { input.overwritten(by: .relu6) }
