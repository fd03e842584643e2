import Foundation
import Torch
import TorchNN

/// Maps of a frozen network by which a system compares what it makes with what it should make,
/// differentiable with respect to the images. Its weights ask for no gradients.
public struct PerceptualFeatures {
  /// The network and its layer, such as `vgg19 relu5_4`.
  public let name: String
  private let maps: (Tensor) -> Tensor
  /// Turns [-1, 1] into what the network reads, `[1, 3, 1, 1]`.
  private let (gain, offset): (Tensor, Tensor)
  /// What the maps are multiplied by, so that their squared differences are of the scale of those of pixels.
  private let scale: Double

  private init(
    _ name: String, _ network: some Module, on device: Device, mean: [Double],
    deviation: [Double], scale: Double, _ maps: @escaping (Tensor) -> Tensor
  ) {
    for parameter in network.placed(on: device).parameters {
      parameter.value.setRequiresGradient(false)
    }
    func channels(_ values: [Double]) -> Tensor {
      Tensor(values.map { Float($0) }, shape: [1, values.count, 1, 1]).moved(to: device)
    }
    gain = channels(deviation.map { 0.5 / $0 })
    offset = channels(zip(mean, deviation).map { (0.5 - $0) / $1 })
    (self.name, self.maps, self.scale) = (name, maps, scale)
  }

  /// Maps `[N, C', H', W']` of images `[N, 1 or 3, H, W]` in [-1, 1]; a single channel counts three times.
  public func callAsFunction(_ images: Tensor) -> Tensor {
    let shape = images.shape
    let colour = shape[1] == 3 ? images : images.expanded(to: [shape[0], 3, shape[2], shape[3]])
    return maps((colour * gain + offset).settled(.channelsLast)) * scale
  }
}

extension PerceptualFeatures {
  /// Where in VGG-19 maps are taken, as Ledig et al. 2017 name it.
  public enum VGGLayer: String, Sendable {
    /// φ₂,₂: the second convolution before the second pooling, after its activation.
    case low = "relu2_2"
    /// φ₅,₄: the fourth before the fifth.
    case high = "relu5_4"
  }

  /// VGG-19 with the user's weights, its maps scaled by 1/12.75 (Ledig et al. 2017, section 3.2).
  ///
  /// - Throws: ``WeightsError`` naming the file and the tensor; `SafetensorsError` or `DataError` for a
  ///   file that cannot be read.
  public static func vgg19(
    _ layer: VGGLayer, weights url: URL, on device: Device = .cpu
  ) throws -> PerceptualFeatures {
    let network = try VGGMaps(through: layer.rawValue, of: WeightsFile(url))
    return PerceptualFeatures(
      "vgg19 \(layer.rawValue)", network, on: device, mean: [0.485, 0.456, 0.406],
      deviation: [0.229, 0.224, 0.225], scale: 1 / 12.75
    ) { network($0) }
  }

  /// EfficientNet-Lite0's last activations before its maps are halved to a sixteenth, 240 of them; scaled so
  /// that squared differences of photos enlarged four times are of the scale of those of their pixels.
  ///
  /// - Parameter url: A file of weights; `nil` takes those that set-up installed.
  /// - Throws: As ``vgg19(_:weights:on:)``, or where set-up has installed none.
  public static func lite0(weights url: URL? = nil, on device: Device = .cpu) throws
    -> PerceptualFeatures
  {
    let network = LiteMaps(beforeStride: 16)
    try network.load(
      partOf: url.map { try WeightsFile($0) }
        ?? EfficientNetLite.Depth.lite0.installedWeights())
    return PerceptualFeatures(
      EfficientNetLite.Depth.lite0.rawValue, network, on: device,
      mean: [Double](repeating: 127.0 / 255, count: 3),
      deviation: [Double](repeating: 128.0 / 255, count: 3), scale: 1 / 4.0
    ) { network($0) }
  }
}

/// The beginning of ``EfficientNetLite``, up to the activations that are about to be halved.
private struct LiteMaps: PretrainedNetwork {
  private let stem: SameConv
  private let blocks: [InvertedBottleneck]
  /// The 1x1 convolution that the next block begins with.
  private let expand: SameConv

  /// - Parameter stride: what the next block's maps have, in pixels of the image: 4, 8, 16 or 32.
  init(beforeStride stride: Int) {
    stem = SameConv(3, 32, kernel: 3, stride: 2)
    var (blocks, channels, reached) = ([InvertedBottleneck](), 32, 2)
    let all = EfficientNetLite.Depth.lite0.blocks
    for block in all {
      reached *= block.stride
      if reached == stride { break }
      blocks.append(InvertedBottleneck(channels, block))
      channels = block.outputs
    }
    self.blocks = blocks
    expand = SameConv(channels, channels * all[blocks.count].expansion, kernel: 1)
  }

  var children: [(name: String, node: ModuleNode)] {
    [("_conv_stem", .module(stem))]
      + blocks.enumerated().map { ("_blocks.\($0)", .module($1)) }
      + [("_blocks.\(blocks.count)._expand_conv", .module(expand))]
  }

  /// Images, (x - 127) / 128 of bytes x, `[N, 3, H, W]`, to maps `[N, C, h, w]` from 0 to 6.
  func callAsFunction(_ images: Tensor) -> Tensor {
    relu6(expand(blocks.reduce(relu6(stem(images))) { $1($0) }))
  }
}
