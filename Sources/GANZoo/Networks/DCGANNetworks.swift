import GANKit
import Torch
import TorchNN

/// How a convolutional generator enlarges its maps.
public enum Upsampling: String, ConfigChoice {
  /// Transposed convolutions of stride 2 (Radford et al. 2015).
  case transposed
  /// Nearest-neighbour doubling and a 3x3 convolution (Odena et al. 2016), no checkerboards.
  case resize
}

/// DCGAN's generator (Radford et al. 2015, figure 1): a projection to 4x4 maps, doubled up to the
/// image while the channels halve. `[N, latent] -> [N, C, size, size]` in [-1, 1].
func dcganGenerator(_ config: DCGAN.Config, channels: Int, size: Int) -> Sequential {
  let stages = doublings(from: 4, to: size)
  var maps = config.generatorWidth << (stages - 1)
  return Sequential {
    Linear(config.latentSize, maps * 16, bias: false)
    Unflatten([maps, 4, 4])
    BatchNorm(maps)
    ReLU()
    for _ in 1..<stages {
      enlarging(maps, maps / 2, config, bias: false)
      BatchNorm(maps / 2)
      ReLU()
      let _ = maps /= 2
    }
    enlarging(maps, channels, config, bias: true)
    Tanh()
  }
}

private func enlarging(
  _ inputs: Int, _ outputs: Int, _ config: DCGAN.Config, bias: Bool
) -> any Layer {
  switch config.upsampling {
  case .resize: UpsampleConv2d(inputs, outputs, bias: bias)
  case .transposed:
    ConvTranspose2d(
      inputs, outputs, kernel: config.kernelSize, stride: 2, padding: (config.kernelSize - 1) / 2,
      outputPadding: config.kernelSize % 2, bias: bias)
  }
}

/// DCGAN's discriminator: halvings down to 4x4 while the channels double, LeakyReLU(0.2), batch
/// normalisation on all but the first. `[N, C, size, size] -> [N]` logits.
func dcganDiscriminator(_ config: DCGAN.Config, channels: Int, size: Int) -> Sequential {
  let width = config.discriminatorWidth
  let maps = width << (doublings(from: 4, to: size) - 1)
  return Sequential(
    dcganTrunk(width: width, channels: channels, size: size, kernel: config.kernelSize)
      + [Flatten(), Linear(maps * 16, 1), Flatten(from: 0)] as [any Layer])
}

/// Its convolutions: `[N, C, size, size] -> [N, width·size/8, 4, 4]`.
func dcganTrunk(width: Int, channels: Int, size: Int, kernel: Int) -> [any Layer] {
  let padding = (kernel - 1) / 2
  var maps = width
  return Sequential {
    Conv2d(channels, maps, kernel: kernel, stride: 2, padding: padding)
    LeakyReLU(0.2)
    for _ in 1..<doublings(from: 4, to: size) {
      Conv2d(maps, maps * 2, kernel: kernel, stride: 2, padding: padding, bias: false)
      BatchNorm(maps * 2)
      LeakyReLU(0.2)
      let _ = maps *= 2
    }
  }.layers
}

extension Initializer {
  /// DCGAN's initial weights (Radford et al. 2015, section 4).
  static let dcganWeights = Initializer.normal(deviation: 0.02)
  /// DCGAN's initial gains of batch normalisation, as in the authors' code.
  static let dcganGains = Initializer.normal(mean: 1, deviation: 0.02)
}

/// Checks that DCGAN's networks can take the data, whose channels double as often as it halves.
///
/// - Throws: `ConfigError` naming the system or the field of a width.
func checkDCGAN(
  _ data: DataShape, _ system: String, _ widths: [(field: String, width: Int)]
) throws {
  let size = data.height
  guard size == data.width, size >= 16, size & (size - 1) == 0 else {
    throw ConfigError.data(
      "\(system) needs square images of a power of two from 16 up, found \(data.width)x\(size); "
        + "choose with --size")
  }
  let most = 65_536 * 8 / size
  for (field, width) in widths {
    try ConfigError.check(width <= most, field, width, "at most \(most) at size \(size)")
  }
}
