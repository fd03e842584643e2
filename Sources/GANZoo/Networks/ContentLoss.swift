import Foundation
import GANKit
import GANMetrics
import Torch

/// By what a generator's images are compared with those that they should be.
public enum ImageContent: String, ConfigChoice {
  /// Pixels.
  case pixels
  /// Activations of EfficientNet-Lite0, which set-up installs, and pixels.
  case efficientNetLite0 = "efficientnet-lite0"
  /// VGG-19's φ₂,₂ of Ledig et al. 2017.
  case vgg22
  /// VGG-19's φ₅,₄ of Ledig et al. 2017.
  case vgg54

  /// Whether a file of weights must be named.
  var needsWeights: Bool { self == .vgg22 || self == .vgg54 }
}

/// The mean squared difference of pixels, of the maps of a frozen network (Ledig et al. 2017, section
/// 2.2.1), or of both. The network is opened when somebody trains: who uses what was trained does without.
final class ContentLoss {
  private let content: ImageContent
  private let weights: URL?
  private let device: Device
  private var opened: PerceptualFeatures?
  /// EfficientNet-Lite0 starts with a stride: grids of pixels leave its maps as they are, and a generator
  /// would draw them. Pixels count as well.
  private var seesAll: Bool { content != .efficientNetLite0 }

  /// - Parameter weights: the path of a file of the network's weights; empty for those that set-up
  ///   installed.
  init(_ content: ImageContent, weights: String, on device: Device) {
    self.content = content
    self.weights = weights.isEmpty ? nil : URL(fileURLWithPath: weights)
    self.device = device
  }

  /// Opens the network, unless it is open.
  ///
  /// - Throws: `WeightsError`, `SafetensorsError` or `DataError` naming the file.
  func prepare() throws {
    if opened == nil { opened = try network() }
  }

  private func network() throws -> PerceptualFeatures? {
    switch (content, weights) {
    case (.pixels, _): nil
    case (.efficientNetLite0, let url): try .lite0(weights: url, on: device)
    case (.vgg22, let url?): try .vgg19(.low, weights: url, on: device)
    case (.vgg54, let url?): try .vgg19(.high, weights: url, on: device)
    case (.vgg22, nil), (.vgg54, nil): throw WeightsError.notInstalled(path: content.rawValue)
    }
  }

  /// A scalar, for images `[N, C, H, W]` in [-1, 1].
  func callAsFunction(_ images: Tensor, target: Tensor) -> Tensor {
    do { try prepare() } catch { preconditionFailure("\(error)") }
    guard let network = opened else { return meanSquaredError(images, target) }
    // No graph: neither the target nor the network's weights ask for gradients.
    let error = meanSquaredError(network(images), network(target))
    return seesAll ? error : error + meanSquaredError(images, target)
  }
}
