import GANKit
import Torch
import TorchNN

/// The generator that grows (Karras et al. 2018, table 2): noise to 4x4 maps, doubled once a stage;
/// every stage has its own 1x1 map to colours, without a bound on them.
struct ProgressiveGenerator: Module {
  let first: ProgressiveFirstBlock
  let blocks: [ProgressiveUpBlock]
  let toRgb: [EqualizedConv2d]

  /// - Parameter widths: channels of each stage, from 4x4 on.
  init(latent: Int, widths: [Int], channels: Int) {
    first = ProgressiveFirstBlock(latent: latent, width: widths[0])
    blocks = zip(widths, widths.dropFirst()).map { ProgressiveUpBlock($0, $1) }
    toRgb = widths.map { EqualizedConv2d($0, channels, kernel: 1, gain: 1) }
  }

  /// `[N, latent] -> [N, C, size, size]` at the stage's size. While a stage is faded in, the 1x1 map
  /// of the stage before runs before the enlarging, with which it commutes.
  func callAsFunction(_ latent: Tensor, _ stage: Growth.Stage) -> Tensor {
    var (maps, before) = (first(latent), Tensor?.none)
    for (index, block) in blocks.prefix(stage.index).enumerated() {
      if index == stage.index - 1, stage.isFading { before = toRgb[index](maps) }
      maps = block(maps)
    }
    let image = toRgb[stage.index](maps)
    return before.map { enlarged($0, 2).interpolated(to: image, by: stage.alpha) } ?? image
  }

  /// What a stage uses.
  func parameters(in stage: Growth.Stage) -> [Parameter] {
    first.parameters + blocks.prefix(stage.index).flatMap(\.parameters)
      + toRgb[stage.colours].flatMap(\.parameters)
  }
}

/// The mirror image of the generator (Karras et al. 2018, table 2): a 1x1 map from colours for every
/// stage, halvings down to 4x4, the deviation over the minibatch as one more map.
struct ProgressiveDiscriminator: Module {
  let fromRgb: [EqualizedConv2d]
  let blocks: [ProgressiveDownBlock]
  let last: ProgressiveLastBlock

  /// - Parameter widths: channels of each stage, from 4x4 on.
  init(widths: [Int], channels: Int) {
    fromRgb = widths.map { EqualizedConv2d(channels, $0, kernel: 1) }
    blocks = zip(widths, widths.dropFirst()).map { ProgressiveDownBlock($1, $0) }
    last = ProgressiveLastBlock(width: widths[0])
  }

  /// `[N, C, size, size]` at the stage's size to `[N]`.
  ///
  /// - Parameter sets: how many minibatches lie one behind the other in `images`.
  func callAsFunction(_ images: Tensor, _ stage: Growth.Stage, sets: Int = 1) -> Tensor {
    var maps = rectified(fromRgb[stage.index](images))
    for index in (0..<stage.index).reversed() {
      maps = blocks[index](maps)
      if index == stage.index - 1, stage.isFading {
        let before = rectified(fromRgb[index](images.averagePooled(2)))
        maps = before.interpolated(to: maps, by: stage.alpha)
      }
    }
    return last(maps, sets: sets)
  }

  /// What a stage uses.
  func parameters(in stage: Growth.Stage) -> [Parameter] {
    fromRgb[stage.colours].flatMap(\.parameters)
      + blocks.prefix(stage.index).flatMap(\.parameters) + last.parameters
  }
}

/// Images enlarged by repeating pixels, `[N, C, H, W] -> [N, C, H·factor, W·factor]`.
func enlarged(_ images: Tensor, _ factor: Int) -> Tensor {
  if factor == 1 { return images }
  return images.resized(
    height: images.size(2) * factor, width: images.size(3) * factor, by: .nearest)
}

/// LeakyReLU(0.2) in the memory of a convolution's output.
private func rectified(_ output: Tensor) -> Tensor { output.overwritten(by: .leakyReLU(0.2)) }

/// `[N, latent] -> [N, width, 4, 4]`. The paper's 4x4 convolution of a 1x1 map is a linear layer
/// whose bias is shared by the pixels of a channel.
struct ProgressiveFirstBlock: Module {
  let dense: EqualizedLinear
  let bias: Parameter
  let conv: EqualizedConv2d
  private let norm = PixelNorm()
  private let width: Int

  init(latent: Int, width: Int) {
    dense = EqualizedLinear(latent, width * 16, bias: false, gain: 2.0.squareRoot() / 4)
    bias = Parameter(.zeros([width]))
    conv = EqualizedConv2d(width, width, kernel: 3, padding: 1)
    self.width = width
  }

  func callAsFunction(_ latent: Tensor) -> Tensor {
    let linear = dense(norm(latent)).reshaped(to: [-1, width, 4, 4]).contiguous(.channelsLast)
    let maps = norm((linear + bias.value.reshaped(to: [1, width, 1, 1])).leakyReLU(0.2))
    return norm(rectified(conv(maps)))
  }
}

/// `[N, in, H, W] -> [N, out, 2H, 2W]`.
struct ProgressiveUpBlock: Layer {
  let conv1: EqualizedUpsampleConv2d
  let conv2: EqualizedConv2d
  private let norm = PixelNorm()

  init(_ inputs: Int, _ outputs: Int) {
    conv1 = EqualizedUpsampleConv2d(inputs, outputs)
    conv2 = EqualizedConv2d(outputs, outputs, kernel: 3, padding: 1)
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    norm(rectified(conv2(norm(rectified(conv1(input))))))
  }
}

/// `[N, in, H, W] -> [N, out, H/2, W/2]`. Averages are taken before bias and activation, so that they
/// join the convolution, as in the authors' code.
struct ProgressiveDownBlock: Layer {
  let conv1: EqualizedConv2d
  let conv2: EqualizedConvPool2d

  init(_ inputs: Int, _ outputs: Int) {
    conv1 = EqualizedConv2d(inputs, inputs, kernel: 3, padding: 1)
    conv2 = EqualizedConvPool2d(inputs, outputs)
  }

  func callAsFunction(_ input: Tensor) -> Tensor { rectified(conv2(rectified(conv1(input)))) }
}

/// `[N, width, 4, 4] -> [N]`.
struct ProgressiveLastBlock: Module {
  let conv: EqualizedConv2d
  let dense: EqualizedLinear
  let output: EqualizedLinear
  private let deviation = MinibatchDeviation(groupSize: 4)

  init(width: Int) {
    conv = EqualizedConv2d(width + 1, width, kernel: 3, padding: 1)
    dense = EqualizedLinear(width * 16, width)
    output = EqualizedLinear(width, 1, gain: 1)
  }

  func callAsFunction(_ maps: Tensor, sets: Int) -> Tensor {
    let features = rectified(conv(deviation(maps, sets: sets))).contiguous().flattened(from: 1)
    return output(rectified(dense(features))).flattened()
  }
}
