import GANKit
import Torch
import TorchNN

/// CC-GAN's generator: halvings and doublings without skips, in DCGAN's manner, so that sides may be any
/// multiple of ``sideMultiple``. `[N, C, H, W] -> [N, C, H, W]` in [-1, 1].
///
/// There is no batch normalisation behind the first and the innermost halving, whose maps may have a
/// single value.
struct Inpainter: Module {
  /// By how much the sides of a hint are shorter than the image's (Denton et al. 2016, section 3).
  static let reduction = 4

  let outer, inner, decoder: Sequential
  /// By what a side must be divisible.
  let sideMultiple: Int

  /// - Parameters:
  ///   - widths: channels behind each halving, from the image in.
  ///   - isHinted: whether a small image joins the maps of its size.
  init(channels: Int, widths: [Int], isHinted: Bool) {
    let last = widths.count - 1
    let sizes = [channels] + widths
    func encoding(_ levels: Range<Int>) -> Sequential {
      Sequential {
        for level in levels {
          let added = isHinted && level == 2 ? channels : 0
          halving(sizes[level] + added, sizes[level + 1], isNormalized: level > 0 && level < last)
        }
      }
    }
    outer = encoding(0..<min(2, widths.count))
    inner = encoding(min(2, widths.count)..<widths.count)
    var maps = widths[last] + (isHinted && last == 1 ? channels : 0)
    decoder = Sequential {
      for width in widths.dropLast().reversed() {
        normalizedDoubling(maps, width)
        let _ = maps = width
      }
      doubling(maps, channels)
      Tanh()
    }
    sideMultiple = 1 << widths.count
  }

  /// - Parameters:
  ///   - images: with zeros in the holes.
  ///   - hint: `[N, C, H/4, W/4]`, for a hinted generator.
  func callAsFunction(_ images: Tensor, hint: Tensor?) -> Tensor {
    let maps = outer(images)
    return decoder(inner(hint.map { .concatenated([maps, $0], axis: 1) } ?? maps))
  }
}

private func halving(_ inputs: Int, _ outputs: Int, isNormalized: Bool) -> [any Layer] {
  isNormalized
    ? normalizedHalving(inputs, outputs)
    : [Conv2d(inputs, outputs, kernel: 4, stride: 2, padding: 1), LeakyReLU(0.2)]
}

/// VGG-A (Simonyan and Zisserman 2015, table 1) without its fully connected layers, which CC-GAN calls
/// VGG-A': one 3x3 convolution in each of the first two stages, then two; a stage ends with the maxima of
/// 2x2. Batch normalisation behind all but the first, LeakyReLU(0.2). `[N, C, H, W] -> [N, outputs]`.
func vggDiscriminator(widths: [Int], _ data: DataShape, outputs: Int) -> Sequential {
  var maps = data.channels
  return Sequential {
    for (stage, width) in widths.enumerated() {
      for index in 0..<(stage < 2 ? 1 : 2) {
        let isFirst = stage == 0 && index == 0
        Conv2d(maps, width, kernel: 3, padding: 1, bias: isFirst)
        if !isFirst { BatchNorm(width) }
        LeakyReLU(0.2)
        let _ = maps = width
      }
      MaxPool2d(2)
    }
    Flatten()
    Linear(maps * (data.height >> widths.count) * (data.width >> widths.count), outputs)
  }
}
