import GANKit
import Torch
import TorchNN

/// Which normalisation follows a convolution.
public enum ImageNormalization: String, ConfigChoice {
  /// Over the batch; with one image, over its pixels.
  case batch
  /// Over each image, without gain and offset (Ulyanov et al. 2016).
  case instance

  func callAsFunction(_ channels: Int) -> any Layer {
    switch self {
    case .batch: BatchNorm(channels)
    case .instance: InstanceNorm2d(channels)
    }
  }
}

/// The U-Net (Isola et al. 2017, appendix 6.1.1): each level halves the image down to the innermost,
/// and every level's maps reach the way up at its own size. `[N, in, H, W] -> [N, out, H, W]` in
/// [-1, 1], H and W multiples of 2 to the number of levels.
///
/// No normalisation at the first and at the innermost level. Dropout in the first three levels of
/// the way up, never in the last. Convolutions that a normalisation follows have no bias.
public struct UNet: Layer {
  /// The channels of the levels for 256x256 (Isola et al. 2017, appendix 6.1.1).
  public static let paperWidths = [64, 128, 256, 512, 512, 512, 512, 512]
  private let down: [Encoding]
  private let up: [Decoding]

  init(
    _ inputs: Int, _ outputs: Int, widths: [Int], norm: ImageNormalization, dropout: Double = 0
  ) {
    let depth = widths.count
    let sizes = [inputs] + widths
    down = (0..<depth).map { level in
      Encoding(
        sizes[level], sizes[level + 1], level == 0 || level == depth - 1 ? nil : norm,
        isInnermost: level == depth - 1)
    }
    up = (0..<depth).map { level in
      let isLast = level == depth - 1
      return Decoding(
        sizes[depth - level] * (level == 0 ? 1 : 2), isLast ? outputs : sizes[depth - level - 1],
        isLast ? nil : norm, dropout: level < 3 && !isLast ? dropout : 0)
    }
  }

  /// `[N, in, H, W] -> [N, out, H, W]`.
  public func callAsFunction(_ image: Tensor) -> Tensor { self(image, dropsOut: false) }

  /// - Parameter dropsOut: whether units are zeroed outside of training as well.
  func callAsFunction(_ image: Tensor, dropsOut: Bool) -> Tensor {
    var skips: [Tensor] = []
    var maps = image
    for level in down {
      maps = level(maps)
      skips.append(maps)
    }
    maps = up[0](maps, dropsOut)
    for (level, skip) in zip(up.dropFirst(), skips.dropLast().reversed()) {
      maps = level(.concatenated([skip.relu(), maps], axis: 1), dropsOut)
    }
    return maps.tanh()
  }

  /// 4x4 of stride 2, and what rectifies its maps: LeakyReLU(0.2) for the next level, whose way back up
  /// rectifies them again (the value is the same); the innermost maps only go up.
  private struct Encoding: Layer {
    let conv: Conv2d
    let norm: (any Layer)?
    private let activation: OverwritingActivation

    init(_ inputs: Int, _ outputs: Int, _ norm: ImageNormalization?, isInnermost: Bool) {
      conv = Conv2d(inputs, outputs, kernel: 4, stride: 2, padding: 1, bias: norm == nil)
      self.norm = norm.map { $0(outputs) }
      activation = isInnermost ? .relu : .leakyReLU(0.2)
    }

    func callAsFunction(_ input: Tensor) -> Tensor {
      let maps = conv(input)
      return norm?.activated(maps, by: activation) ?? maps.overwritten(by: activation)
    }
  }

  /// The transpose of 4x4 of stride 2, and the ReLU of the next level, which dropout before or behind it
  /// leaves the same.
  private struct Decoding: Module {
    let conv: ConvTranspose2d
    let norm: (any Layer)?
    private let dropout: Double

    init(_ inputs: Int, _ outputs: Int, _ norm: ImageNormalization?, dropout: Double) {
      conv = ConvTranspose2d(
        inputs, outputs, kernel: 4, stride: 2, padding: 1, bias: norm == nil)
      self.norm = norm.map { $0(outputs) }
      self.dropout = dropout
    }

    func callAsFunction(_ input: Tensor, _ dropsOut: Bool) -> Tensor {
      let maps = conv(input)
      guard let norm else { return maps }
      let rectified = norm.activated(maps, by: .relu)
      return dropout > 0 && (dropsOut || Mode.current == .training)
        ? rectified.dropout(probability: dropout) : rectified
    }
  }
}

extension SettingRule<[Int]> {
  /// The widths of ``UNet``s.
  static var uNetWidths: Self {
    widths("channels of U-Nets from the outermost level in, as many as fit")
  }
}

extension SettingRule<Double> {
  /// `dropout` of translators that have no other noise.
  static var noiseDropout: Self { fraction("share of zeroed units: the noise, in use as well") }
}

extension UNet {
  /// As many of `widths` as halve the sides of an image down to the last odd length.
  static func levels(_ widths: [Int], for shape: ImageShape) -> [Int] {
    let halvings = min(shape.height.trailingZeroBitCount, shape.width.trailingZeroBitCount)
    return Array(widths.prefix(halvings))
  }
}
