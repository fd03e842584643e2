import GANKit
import Torch
import TorchNN

/// The residual generator of image translation (Johnson et al. 2016; Zhu et al. 2017, appendix 7.2):
/// 7x7, two halvings, residual blocks, two doublings, 7x7; borders are reflections, instance
/// normalisation without gain and offset. `[N, in, H, W] -> [N, out, H, W]` in [-1, 1], H and W
/// multiples of 4 and at least 8.
struct ResidualTranslator: Layer {
  private let input: Conv2d
  private let down: [Conv2d]
  private let blocks: [ResidualBlock]
  private let up: [ConvTranspose2d]
  private let output: Conv2d

  init(_ inputs: Int, _ outputs: Int, width: Int, blocks count: Int) {
    input = Conv2d(inputs, width, kernel: 7, bias: false)
    down = [1, 2].map { factor in
      Conv2d(
        width * factor, width * 2 * factor, kernel: 3, stride: 2, padding: 1, bias: false)
    }
    blocks = (0..<count).map { _ in ResidualBlock(4 * width) }
    up = [2, 1].map { factor in
      ConvTranspose2d(
        width * 2 * factor, width * factor, kernel: 3, stride: 2, padding: 1, outputPadding: 1,
        bias: false)
    }
    output = Conv2d(width, outputs, kernel: 7)
  }

  func callAsFunction(_ image: Tensor) -> Tensor {
    var maps = activated(input(image.padded(3, with: .reflection)))
    for layer in down { maps = activated(layer(maps)) }
    for block in blocks { maps = block(maps) }
    for layer in up { maps = activated(layer(maps)) }
    return output(maps.padded(3, with: .reflection)).tanh()
  }

  private func activated(_ maps: Tensor) -> Tensor {
    maps.instanceNormalized(then: .relu)
  }
}

extension ResidualTranslator {
  /// From one domain to another, with so many residual blocks; 0: 9 from 256x256 on, else 6 (Zhu et al.
  /// 2017, appendix 7.2).
  init(from a: ImageShape, to b: ImageShape, width: Int, blocks: Int) {
    let automatic = min(a.height, a.width) >= 256 ? 9 : 6
    self.init(a.channels, b.channels, width: width, blocks: blocks == 0 ? automatic : blocks)
  }
}

extension SettingRule<Int> {
  /// `blocks` of translators whose number may follow from the images.
  static var translatorBlocks: Self {
    count("residual blocks; 0: 9 from 256x256 on, else 6", in: 0...64)
  }
}

/// Two 3x3 convolutions around which the maps pass: `[N, width, H, W]`, same shape out, H and W at least 2.
/// Borders are reflections, instance normalisation without gain and offset.
struct ResidualBlock: Layer {
  let conv1: Conv2d
  let conv2: Conv2d

  init(_ width: Int) {
    conv1 = Conv2d(width, width, kernel: 3, bias: false)
    conv2 = Conv2d(width, width, kernel: 3, bias: false)
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    let hidden = conv1(input.padded(1, with: .reflection)).instanceNormalized(then: .relu)
    return conv2(hidden.padded(1, with: .reflection)).instanceNormalized(then: .sum(input))
  }
}
