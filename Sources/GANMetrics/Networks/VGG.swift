import Foundation
import Torch
import TorchNN

/// VGG-16 and VGG-19 (Simonyan and Zisserman 2015, configurations D and E) with torchvision's keys:
/// activations of named layers for perceptual losses, and `fc2` for precision and recall.
public struct VGG: PretrainedNetwork {
  /// How many layers have weights.
  public enum Depth: Int, Sendable, CaseIterable {
    /// Configuration D.
    case sixteen = 16
    /// Configuration E.
    case nineteen = 19

    fileprivate var convolutions: [Int] { self == .sixteen ? [2, 2, 3, 3, 3] : [2, 2, 4, 4, 4] }
  }

  private let steps: [Step]
  private let head: [FrozenLinear]

  fileprivate struct Step {
    /// `conv1_1`, `relu1_1`, ..., `pool5`.
    var name: String
    /// The position in torchvision's `features`.
    var index: Int
    /// `nil` for a ReLU or a pooling.
    var conv: FrozenConv?

    func callAsFunction(_ input: Tensor) -> Tensor {
      conv?(input) ?? (name.hasPrefix("relu") ? input.relu() : input.maxPooled(2))
    }
  }

  /// The architecture; weights are zeros until they are loaded.
  ///
  /// - Parameter classes: How many classes the last layer tells apart.
  public init(_ depth: Depth, classes: Int = 1000) {
    steps = Self.steps(depth)
    head = [
      FrozenLinear(512 * 49, 4096), FrozenLinear(4096, 4096), FrozenLinear(4096, classes),
    ]
  }

  /// - Parameter base: channels of the first stage, 64 in the papers'; doubled up to eight times as many.
  fileprivate static func steps(_ depth: Depth, base: Int = 64) -> [Step] {
    var (steps, channels): ([Step], Int) = ([], 3)
    for (stage, count) in depth.convolutions.enumerated() {
      let width = min(base << stage, 8 * base)
      for position in 1...count {
        let conv = FrozenConv(channels, width, kernel: (3, 3), padding: (1, 1), bias: true)
        let suffix = "\(stage + 1)_\(position)"
        steps.append(Step(name: "conv\(suffix)", index: steps.count, conv: conv))
        steps.append(Step(name: "relu\(suffix)", index: steps.count))
        channels = width
      }
      steps.append(Step(name: "pool\(stage + 1)", index: steps.count))
    }
    return steps
  }

  /// torchvision's `features` and `classifier`; ReLU and dropout take numbers there too.
  public var children: [(name: String, node: ModuleNode)] {
    let convolutions = steps.compactMap { step in
      step.conv.map { (name: "features.\(step.index)", node: ModuleNode.module($0)) }
    }
    return convolutions
      + head.enumerated().map { ("classifier.\($0 * 3)", ModuleNode.module($1)) }
  }

  /// The names ``activation(_:at:)`` knows: `conv1_1` to `pool5`, `fc1`, `fc2`, `logits`.
  public var layerNames: [String] { steps.map(\.name) + ["fc1", "fc2", "logits"] }

  /// The activation of a named layer for images that are already normalised, `[N, 3, H, W]`: maps
  /// `[N, C, h, w]` for `conv`, `relu` and `pool`; `[N, 4096]` after the ReLU for `fc1` and `fc2`,
  /// `[N, classes]` for `logits`.
  ///
  /// - Throws: ``MetricError/missing(metric:needs:)`` for an unknown name.
  public func activation(_ images: Tensor, at name: String) throws -> Tensor {
    guard layerNames.contains(name) else {
      throw MetricError.missing(metric: "VGG", needs: "a layer called '\(name)'")
    }
    var result = images
    for step in steps {
      result = step(result)
      if step.name == name { return result }
    }
    result = result.averagePooled(toHeight: 7, width: 7).flattened(from: 1)
    for (layer, layerName) in zip(head, ["fc1", "fc2", "logits"]) {
      result = layerName == "logits" ? layer(result) : layer(result).relu()
      if layerName == name { break }
    }
    return result
  }

  /// The class scores that follow from the activation of `fc2`.
  func classScores(fc2: Tensor) -> Tensor { head[2](fc2) }
}

/// The convolutions of VGG-19 up to a layer, whose maps images are compared by.
struct VGGMaps: PretrainedNetwork {
  private let steps: [VGG.Step]

  /// - Parameter name: one of `VGG.layerNames` in front of the linear layers, such as `relu5_4`.
  /// - Throws: ``WeightsError`` for a file of another network.
  init(through name: String, of weights: WeightsFile) throws {
    // Only VGG-19 has it; the first stages of VGG-16 have the same shapes.
    _ = try weights.shape(of: "features.34.weight", rank: 4)
    let base = try weights.shape(of: "features.0.weight", rank: 4)[0]
    let all = VGG.steps(.nineteen, base: base)
    let last = all.firstIndex { $0.name == name } ?? all.count - 1
    steps = Array(all[...last])
    try load(partOf: weights)
  }

  var children: [(name: String, node: ModuleNode)] {
    steps.compactMap { step in step.conv.map { ("features.\(step.index)", .module($0)) } }
  }

  /// Images normalised as torchvision's, `[N, 3, H, W]`, to maps `[N, C, h, w]`.
  func callAsFunction(_ images: Tensor) -> Tensor { steps.reduce(images) { $1($0) } }
}

/// ``VGG``'s activations as metrics use them.
public struct VGGFeatures: FeatureExtractor {
  /// What results say about the network.
  public let info: FeatureNetworkInfo
  private let network: VGG
  private let layer: String
  private let scaling = ImageScaling.imageNet(side: 224)

  /// Reads the weights.
  ///
  /// - Parameters:
  ///   - layer: One of `VGG.layerNames`; maps are averaged over pixels. `fc2` is the layer of
  ///     Kynkäänniemi et al. 2019, section 2.
  /// - Throws: As `PretrainedNetwork.load(_:)`, or for an unknown layer.
  public init(
    _ depth: VGG.Depth = .sixteen, layer: String = "fc2", weights: WeightsFile,
    on device: Device = .cpu
  ) throws {
    let network = VGG(depth)
    guard network.layerNames.contains(layer) else {
      throw WeightsError.layer(path: weights.url.path, name: layer, known: network.layerNames)
    }
    try network.load(weights)
    self.network = network.placed(on: device)
    self.layer = layer
    let probe = Tensor.zeros([1, 3, 32, 32], on: device)
    let dimension = try inference { try network.activation(probe, at: layer).size(1) }
    info = FeatureNetworkInfo(
      name: "vgg\(depth.rawValue)-\(layer)", checksum: weights.checksum, dimension: dimension,
      preparation: scaling.description)
  }

  /// Features `[N, D]`; class scores `[N, 1000]` with the layer `fc2` only.
  public func outputs(of images: Tensor) throws -> FeatureBatch {
    let scaled = try scaling(images, on: network.device).settled(.channelsLast)
    return try inference {
      let activation = try network.activation(scaled, at: layer)
      let features = activation.rank == 4 ? activation.mean(axes: [2, 3]) : activation
      let logits = layer == "fc2" ? network.classScores(fc2: features) : nil
      return FeatureBatch(features: features, logits: logits)
    }
  }
}
