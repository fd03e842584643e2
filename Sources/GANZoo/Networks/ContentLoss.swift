import Foundation
import GANKit
import GANMetrics
import Torch

/// By what a generator's images are compared with those that they should be.
public enum ImageContent: String, ConfigChoice {
  /// Pixels.
  case pixels
  /// Activations of EfficientNet-Lite0, which set-up installs.
  case efficientNetLite0 = "efficientnet-lite0"
  /// VGG-19's φ₂,₂ of Ledig et al. 2017.
  case vgg22
  /// VGG-19's φ₅,₄ of Ledig et al. 2017.
  case vgg54

  /// Whether a file of weights must be named.
  var needsWeights: Bool { self == .vgg22 || self == .vgg54 }
}

/// The mean squared difference of pixels, or of the maps of a frozen network (Ledig et al. 2017, section
/// 2.2.1). The network is opened when somebody trains: who uses what was trained does without.
final class ContentLoss {
  private let content: ImageContent
  private let weights: URL?
  private let device: Device
  private var opened: PerceptualFeatures?

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
    let shift = content == .efficientNetLite0 ? Shift() : nil
    func maps(_ images: Tensor) -> Tensor { network(shift?.moved(images) ?? images) }
    // No graph: neither the target nor the network's weights ask for gradients.
    return meanSquaredError(maps(images), maps(target))
  }
}

/// By how much images are moved before a network looks at them whose convolutions have strides: it counts
/// pixels unevenly, and what it always counts least becomes a grid.
private struct Shift {
  /// The stride of EfficientNet-Lite0's maps.
  private static let stride = 8
  private let down, right: Int

  /// Drawn anew.
  init() {
    func drawn() -> Int { Int(Tensor.randomIntegers([], below: Self.stride).item()) }
    (down, right) = (drawn(), drawn())
  }

  /// `[N, C, H, W]`; what leaves on one side comes in on the other.
  func moved(_ images: Tensor) -> Tensor {
    images.rolled(by: down, axis: 2).rolled(by: right, axis: 3)
  }
}
