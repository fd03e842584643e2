import Torch
import TorchNN

/// Source images `[N, C, H, W]` and noise `[N, noise]` to images of the target domain, same shape, in
/// [-1, 1] (Bousmalis et al. 2017, figure 2): the noise becomes one more channel, residual blocks
/// keep the size.
struct DomainGenerator: Module {
  private let project: Linear
  private let projectNorm: BatchNorm
  private let input: Conv2d
  private let blocks: [Block]
  private let output: Conv2d

  init(noise: Int, width: Int, blocks count: Int, shape: [Int]) {
    project = Linear(noise, shape[1] * shape[2], bias: false)
    projectNorm = BatchNorm(shape[1] * shape[2])
    input = Conv2d(shape[0] + 1, width, kernel: 3, padding: 1)
    blocks = (0..<count).map { _ in Block(width) }
    output = Conv2d(width, shape[0], kernel: 1)
  }

  func callAsFunction(_ source: Tensor, _ noise: Tensor) -> Tensor {
    let extra = projectNorm(project(noise)).relu()
      .reshaped(to: [source.size(0), 1, source.size(2), source.size(3)])
    var maps = input(Tensor.concatenated([source, extra], axis: 1).settled(.channelsLast)).relu()
    for block in blocks { maps = block(maps) }
    return output(maps).tanh()
  }

  private struct Block: Layer {
    let conv1: Conv2d
    let norm1: BatchNorm
    let conv2: Conv2d
    let norm2: BatchNorm

    init(_ width: Int) {
      conv1 = Conv2d(width, width, kernel: 3, padding: 1, bias: false)
      norm1 = BatchNorm(width)
      conv2 = Conv2d(width, width, kernel: 3, padding: 1, bias: false)
      norm2 = BatchNorm(width)
    }

    func callAsFunction(_ input: Tensor) -> Tensor {
      input + norm2(conv2(norm1(conv1(input)).overwritten(by: .relu)))
    }
  }
}

/// Tells target images from transferred ones: 3x3 convolutions down to 4x4, each followed by
/// LeakyReLU(0.2), dropout of a tenth and Gaussian noise, as in the authors' code.
/// `[N, C, size, size] -> [N]` logits.
struct DomainDiscriminator: Layer {
  private let input: Conv2d
  private let conv: [Conv2d]
  private let norm: [BatchNorm]
  private let output: Linear
  private let dropout = Dropout(0.1)
  private let noise = GaussianNoise(0.2)

  init(channels: Int, width: Int, size: Int) {
    let widths = (0...doublings(from: 4, to: size)).map { width << $0 }
    input = Conv2d(channels, width, kernel: 3, padding: 1)
    conv = zip(widths, widths.dropFirst()).map {
      Conv2d($0, $1, kernel: 3, stride: 2, padding: 1, bias: false)
    }
    norm = widths.dropFirst().map { BatchNorm($0) }
    output = Linear((widths.last ?? width) * 16, 1)
  }

  func callAsFunction(_ images: Tensor) -> Tensor {
    var maps = corrupted(input(images))
    for (conv, norm) in zip(conv, norm) { maps = corrupted(norm(conv(maps))) }
    return output(maps.flattened(from: 1)).flattened()
  }

  private func corrupted(_ maps: Tensor) -> Tensor {
    noise(dropout(maps.overwritten(by: .leakyReLU(0.2))))
  }
}

/// The tower for digits of the authors' code: two 5x5 convolutions with max pooling and two hidden
/// layers. `[N, C, size, size] -> [N, classes]` logits.
///
/// - Parameter widths: channels of both convolutions and units of the hidden layers.
func digitTower(channels: Int, size: Int, widths: [Int], classes: Int) -> Sequential {
  Sequential {
    Conv2d(channels, widths[0], kernel: 5, padding: 2)
    ReLU()
    MaxPool2d(2)
    Conv2d(widths[0], widths[1], kernel: 5, padding: 2)
    ReLU()
    MaxPool2d(2)
    Flatten()
    Linear(widths[1] * (size / 4) * (size / 4), widths[2])
    ReLU()
    Linear(widths[2], widths[2])
    ReLU()
    Linear(widths[2], classes)
  }
}
