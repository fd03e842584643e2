import Torch
import TorchNN

// The networks of TP-GAN (Huang et al. 2017, tables 1 to 3). A convolution in front of a
// normalisation has no bias, which it would cancel.

/// Two 3x3 convolutions (or of another kernel) beside the identity, LeakyReLU between and behind them.
private struct FrontalBlock: Layer {
  let conv1: Conv2d
  let norm1: BatchNorm
  let conv2: Conv2d
  let norm2: BatchNorm

  init(_ width: Int, kernel: Int = 3) {
    conv1 = Conv2d(width, width, kernel: kernel, padding: kernel / 2, bias: false)
    norm1 = BatchNorm(width)
    conv2 = Conv2d(width, width, kernel: kernel, padding: kernel / 2, bias: false)
    norm2 = BatchNorm(width)
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    let inner = norm1(conv1(input), then: .leakyReLU(0.2))
    return (input + norm2(conv2(inner))).overwritten(by: .leakyReLU(0.2))
  }
}

/// A convolution, batch normalisation, LeakyReLU.
private struct FrontalConvolution: Layer {
  let conv: Conv2d
  let norm: BatchNorm

  init(_ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1) {
    conv = Conv2d(
      inputs, outputs, kernel: kernel, stride: stride, padding: kernel / 2, bias: false)
    norm = BatchNorm(outputs)
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    norm(conv(input), then: .leakyReLU(0.2))
  }
}

/// The transpose of a 3x3 convolution of stride 2, batch normalisation, LeakyReLU.
private struct FrontalDoubling: Layer {
  let conv: ConvTranspose2d
  let norm: BatchNorm

  init(_ inputs: Int, _ outputs: Int) {
    conv = ConvTranspose2d(
      inputs, outputs, kernel: 3, stride: 2, padding: 1, outputPadding: 1, bias: false)
    norm = BatchNorm(outputs)
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    norm(conv(input), then: .leakyReLU(0.2))
  }
}

/// The way down of the global path (table 1): 7x7, then 5x5 and three times 3x3 of stride 2, a
/// residual block behind each and four behind the last; a maxout of two pieces is the feature.
struct FrontalEncoder: Module {
  private let input: Conv2d
  private let down: [FrontalConvolution]
  private let blocks: [Sequential]
  private let feature: Maxout

  init(channels: Int, width: Int, features: Int, side: Int) {
    let widths = [1, 1, 2, 4, 8].map { $0 * width }
    input = Conv2d(channels, width, kernel: 7, padding: 3)
    down = (0..<4).map {
      FrontalConvolution(widths[$0], widths[$0 + 1], kernel: $0 == 0 ? 5 : 3, stride: 2)
    }
    let kernels = [[7], [5], [3], [3], [3, 3, 3, 3]]
    blocks = zip(widths, kernels).map { width, own in
      Sequential { for kernel in own { FrontalBlock(width, kernel: kernel) } }
    }
    feature = Maxout(8 * width * (side / 16) * (side / 16), features, pieces: 2)
  }

  /// Maps of five sizes, the largest first, and the feature `[N, features]`.
  func callAsFunction(_ images: Tensor) -> (maps: [Tensor], feature: Tensor) {
    var maps: [Tensor] = []
    for (level, blocks) in blocks.enumerated() {
      let smaller =
        level == 0
        ? input(images).overwritten(by: .leakyReLU(0.2)) : down[level - 1](maps[level - 1])
      maps.append(blocks(smaller))
    }
    return (maps, feature(maps[4].flattened(from: 1)))
  }
}

/// A level of the way up: the maps below at twice their size, a block on what stands beside them, and
/// blocks on all of it.
private struct FrontalLevel: Module {
  let up: FrontalDoubling
  let select: FrontalBlock
  let blocks: [FrontalBlock]
  /// Channels of the outputs.
  let width: Int

  /// - Parameters:
  ///   - beside: channels of what goes through a block of its own.
  ///   - more: channels of what does not.
  init(
    _ inputs: Int, _ outputs: Int, beside: Int, more: Int = 0, kernel: Int, blocks kernels: [Int]
  ) {
    let width = outputs + beside + more
    up = FrontalDoubling(inputs, outputs)
    select = FrontalBlock(beside, kernel: kernel)
    blocks = kernels.map { FrontalBlock(width, kernel: $0) }
    self.width = width
  }

  func callAsFunction(_ below: Tensor, beside: [Tensor], more: [Tensor] = []) -> Tensor {
    let beside = beside.count > 1 ? Tensor.concatenated(beside, axis: 1) : beside[0]
    var maps = Tensor.concatenated([up(below), select(beside)] + more, axis: 1)
    for block in blocks { maps = block(maps) }
    return maps
  }
}

/// The way up of the global path (table 2), with an image at a quarter, a half and all of the side.
struct FrontalDecoder: Module {
  private let project: Linear
  private let projectUp: [ConvTranspose2d]
  private let first: [FrontalBlock]
  private let levels: [FrontalLevel]
  private let merge: FrontalConvolution
  private let refine: FrontalBlock
  private let narrow: FrontalConvolution
  private let images: [Conv2d]
  private let shape: [Int]

  /// - Parameters:
  ///   - part: channels of the local paths' features.
  ///   - code: the length of feature and noise.
  init(channels: Int, width: Int, part: Int, code: Int, side: Int) {
    shape = [width, side / 16, side / 16]
    let shares = [1, 2, 4, 8].map { max(width / $0, 1) }
    project = Linear(code, shape.reduce(1, *))
    projectUp = [
      ConvTranspose2d(shares[0], shares[1], kernel: 3, stride: 4, outputPadding: 1),
      ConvTranspose2d(shares[1], shares[2], kernel: 3, stride: 2, padding: 1, outputPadding: 1),
      ConvTranspose2d(shares[2], shares[3], kernel: 3, stride: 2, padding: 1, outputPadding: 1),
    ]
    first = (0..<3).map { _ in FrontalBlock(9 * width) }
    let sixteenth = FrontalLevel(
      9 * width, 8 * width, beside: 4 * width, kernel: 3, blocks: [3, 3])
    let quarter = FrontalLevel(
      sixteenth.width, 4 * width, beside: 2 * width + shares[1] + channels, kernel: 3,
      blocks: [3, 3])
    let half = FrontalLevel(
      quarter.width, 2 * width, beside: width + shares[2] + channels, more: channels, kernel: 5,
      blocks: [3, 3])
    let whole = FrontalLevel(
      half.width, width, beside: width + shares[3] + channels, more: part + 2 * channels,
      kernel: 7, blocks: [5])
    levels = [sixteenth, quarter, half, whole]
    merge = FrontalConvolution(whole.width, width, kernel: 5)
    refine = FrontalBlock(width)
    narrow = FrontalConvolution(width, shares[1])
    images = [quarter.width, half.width, shares[1]].map {
      Conv2d($0, channels, kernel: 3, padding: 1)
    }
  }

  /// Images of three sizes, the largest first.
  ///
  /// - Parameters:
  ///   - code: feature and noise `[N, code]`.
  ///   - maps: those of the way down.
  ///   - inputs: the turned images at all, a half and a quarter of their side.
  ///   - parts: what the local paths have made, put together.
  func callAsFunction(
    code: Tensor, maps: [Tensor], inputs: [Tensor], parts: [Tensor]
  ) -> [Tensor] {
    var made = [Unflatten(shape)(project(code)).overwritten(by: .relu)]
    for up in projectUp { made.append(up(made[made.count - 1]).overwritten(by: .relu)) }
    var last = Tensor.concatenated([made[0], maps[4]], axis: 1)
    for block in first { last = block(last) }
    last = levels[0](last, beside: [maps[3]])
    last = levels[1](last, beside: [maps[2], made[1], inputs[2]])
    let quarter = images[0](last).tanh()
    last = levels[2](last, beside: [maps[1], made[2], inputs[1]], more: [larger(quarter)])
    let half = images[1](last).tanh()
    last = levels[3](last, beside: [maps[0], made[3], inputs[0]], more: parts + [larger(half)])
    return [images[2](narrow(refine(merge(last)))).tanh(), half, quarter]
  }

  private func larger(_ images: Tensor) -> Tensor {
    images.resized(height: 2 * images.size(2), width: 2 * images.size(3), by: .bilinear)
  }
}

/// A local path (table 3): a U-Net that halves as often as there are widths behind the first.
/// `[N, C, h, w]` to features `[N, width, h, w]` and an image `[N, C, h, w]` in [-1, 1].
struct FrontalPart: Module {
  private let input: Conv2d
  private let first: FrontalBlock
  private let down: [FrontalConvolution]
  private let blocks: [FrontalBlock]
  private let last: FrontalBlock
  private let up: [FrontalDoubling]
  private let merge: [FrontalConvolution]
  private let refine: [FrontalBlock]
  private let output: Conv2d

  init(channels: Int, widths: [Int]) {
    let pairs = Array(zip(widths, widths.dropFirst()))
    input = Conv2d(channels, widths[0], kernel: 3, padding: 1)
    first = FrontalBlock(widths[0])
    down = pairs.map { FrontalConvolution($0, $1, stride: 2) }
    blocks = pairs.map { FrontalBlock($1) }
    last = FrontalBlock(widths[widths.count - 1])
    up = pairs.reversed().map { FrontalDoubling($1, $0) }
    merge = pairs.reversed().map { FrontalConvolution(2 * $0.0, $0.0) }
    refine = pairs.reversed().map { FrontalBlock($0.0) }
    output = Conv2d(widths[0], channels, kernel: 3, padding: 1)
  }

  func callAsFunction(_ patch: Tensor) -> (features: Tensor, image: Tensor) {
    var maps = [first(input(patch).overwritten(by: .leakyReLU(0.2)))]
    for (down, block) in zip(down, blocks) { maps.append(block(down(maps[maps.count - 1]))) }
    var features = last(maps.removeLast())
    for (level, up) in up.enumerated() {
      let both = Tensor.concatenated([up(features), maps.removeLast()], axis: 1)
      features = refine[level](merge[level](both))
    }
    return (features, output(features).tanh())
  }
}

/// The discriminator (section 3.2.3): 4x4 convolutions of stride 2 down to 2x2, batch normalisation
/// but for the first, and a logit for each of the four regions. `[N, C, side, side] -> [N, 1, 2, 2]`.
func regionalDiscriminator(channels: Int, width: Int, side: Int) -> Sequential {
  var maps = width
  return Sequential {
    Conv2d(channels, maps, kernel: 4, stride: 2, padding: 1)
    LeakyReLU(0.2)
    for _ in 0..<doublings(from: 2, to: side / 2) {
      let next = min(maps * 2, width * 8)
      normalizedHalving(maps, next)
      let _ = maps = next
    }
    Conv2d(maps, 1, kernel: 1)
  }
}
