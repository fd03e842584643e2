import Torch
import TorchNN

/// The residual network that enlarges images (Ledig et al. 2017, figure 4): 9x9, residual blocks around
/// which a connection leads, sub-pixel convolutions that double the size, 9x9, linear.
/// `[N, C, H, W]` in [0, 1] to `[N, C, scale·H, scale·W]`, meant to lie in [-1, 1].
struct SRResNet: Layer {
  private let input: Conv2d
  private let slope: PReLU
  private let blocks: [Block]
  private let middle: Conv2d
  private let norm: BatchNorm
  private let up: [Doubling]
  private let output: Conv2d

  /// - Parameter scale: a power of two.
  init(channels: Int, width: Int, blocks count: Int, scale: Int) {
    input = Conv2d(channels, width, kernel: 9, padding: 4)
    slope = PReLU(width)
    blocks = (0..<count).map { _ in Block(width) }
    middle = Conv2d(width, width, kernel: 3, padding: 1, bias: false)
    norm = BatchNorm(width)
    up = (0..<scale.trailingZeroBitCount).map { _ in Doubling(width) }
    output = Conv2d(width, channels, kernel: 9, padding: 4)
  }

  func callAsFunction(_ images: Tensor) -> Tensor {
    let shallow = slope(input(images))
    let deep = blocks.reduce(shallow) { $1($0) }
    return output(up.reduce(norm(middle(deep), then: .sum(shallow))) { $1($0) })
  }

  /// Two normalised 3x3 convolutions around which the maps pass; nothing follows the sum.
  private struct Block: Layer {
    let conv1: Conv2d
    let norm1: BatchNorm
    let slope: PReLU
    let conv2: Conv2d
    let norm2: BatchNorm

    init(_ width: Int) {
      conv1 = Conv2d(width, width, kernel: 3, padding: 1, bias: false)
      (norm1, slope) = (BatchNorm(width), PReLU(width))
      conv2 = Conv2d(width, width, kernel: 3, padding: 1, bias: false)
      norm2 = BatchNorm(width)
    }

    func callAsFunction(_ maps: Tensor) -> Tensor {
      let inner = norm1(conv1(maps), then: .prelu(slope.weight.value))
      return norm2(conv2(inner), then: .sum(maps))
    }
  }

  /// A convolution to four times as many maps, whose values become pixels (Shi et al. 2016).
  private struct Doubling: Layer {
    let conv: Conv2d
    let slope: PReLU

    init(_ width: Int) {
      conv = Conv2d(width, 4 * width, kernel: 3, padding: 1)
      slope = PReLU(width)
    }

    func callAsFunction(_ maps: Tensor) -> Tensor { slope(conv(maps).pixelShuffled(2)) }
  }
}
