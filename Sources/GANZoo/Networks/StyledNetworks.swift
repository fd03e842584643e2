import GANKit
import Torch
import TorchNN

/// A convolution whose border is a reflection, and what normalises and rectifies its maps, where there is
/// any: `[N, in, H, W] -> [N, out, H', W']`, sides longer than the padding.
struct MirroredConv2d: Layer {
  let conv: Conv2d
  let norm: (any Layer)?
  private let padding: Int
  private let activation: OverwritingActivation

  init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int,
    norm: (any Layer)? = nil, _ activation: OverwritingActivation
  ) {
    // Instance normalisation would cancel a bias.
    conv = Conv2d(
      inputs, outputs, kernel: kernel, stride: stride, bias: !(norm is InstanceNorm2d))
    (self.norm, self.padding, self.activation) = (norm, padding, activation)
  }

  func callAsFunction(_ input: Tensor) -> Tensor {
    let maps = conv(input.padded(padding, with: .reflection))
    return norm?.activated(maps, by: activation) ?? maps.overwritten(by: activation)
  }
}

/// A domain's autoencoder (Huang et al. 2018, appendix B.2): content, a map that is normalised of all style,
/// and style, a row for the whole image.
struct StyledAutoencoder: Module {
  /// Images `[N, C, H, W]` to contents `[N, width·2ⁿ, H/2ⁿ, W/2ⁿ]`.
  let content: Sequential
  /// Images `[N, C, H, W]` to styles `[N, styleSize]`; sides of at least 2 to the number of halvings.
  let style: Sequential
  /// Both to images `[N, C, H, W]` in [-1, 1].
  let decoder: StyledDecoder

  init(_ config: MUNIT.Config, _ domain: ImageShape) {
    content = contentEncoder(config, domain.channels)
    style = styleEncoder(config, domain.channels)
    decoder = StyledDecoder(config, domain.channels)
  }
}

private func contentEncoder(_ config: MUNIT.Config, _ channels: Int) -> Sequential {
  let widths = (0..<config.contentHalvings).map { config.generatorWidth << $0 }
  return Sequential {
    MirroredConv2d(
      channels, config.generatorWidth, kernel: 7, padding: 3,
      norm: InstanceNorm2d(config.generatorWidth), .relu)
    for width in widths {
      MirroredConv2d(
        width, 2 * width, kernel: 4, stride: 2, padding: 1, norm: InstanceNorm2d(2 * width), .relu)
    }
    for _ in 0..<config.residualBlocks { ResidualBlock(config.contentWidth) }
  }
}

/// Without normalisation, which would take the style away.
private func styleEncoder(_ config: MUNIT.Config, _ channels: Int) -> Sequential {
  let widths = (0...config.styleHalvings).map { config.generatorWidth << min($0, 2) }
  return Sequential {
    MirroredConv2d(channels, widths[0], kernel: 7, padding: 3, .relu)
    for (inputs, outputs) in zip(widths, widths.dropFirst()) {
      MirroredConv2d(inputs, outputs, kernel: 4, stride: 2, padding: 1, .relu)
    }
    GlobalAveragePool()
    Linear(widths[widths.count - 1], config.styleSize)
  }
}

/// Residual blocks whose normalisations take gains and offsets from the style, then doublings.
struct StyledDecoder: Module {
  /// Styles to the offsets and gains of every normalisation, side by side.
  let mlp: Sequential
  /// Of the residual blocks.
  let conv1, conv2: [Conv2d]
  let up: [MirroredConv2d]
  let output: MirroredConv2d

  init(_ config: MUNIT.Config, _ channels: Int) {
    let (width, blocks) = (config.contentWidth, config.residualBlocks)
    mlp = Sequential(
      rectifiedLayers(
        inputs: config.styleSize, widths: [config.mlpWidth, config.mlpWidth],
        outputs: 4 * width * blocks))
    func convolutions() -> [Conv2d] {
      (0..<blocks).map { _ in Conv2d(width, width, kernel: 3, bias: false) }
    }
    (conv1, conv2) = (convolutions(), convolutions())
    up = (0..<config.contentHalvings).map { level in
      let outputs = width >> (level + 1)
      return MirroredConv2d(
        2 * outputs, outputs, kernel: 5, padding: 2, norm: ImageLayerNorm(outputs), .relu)
    }
    output = MirroredConv2d(config.generatorWidth, channels, kernel: 7, padding: 3, .tanh)
  }

  /// Images of contents and as many styles.
  func callAsFunction(_ content: Tensor, _ style: Tensor) -> Tensor {
    let numbers = mlp(style)
    func adapted(
      _ maps: Tensor, _ place: Int, then continuation: Continuation
    ) -> Tensor {
      let size = 2 * maps.size(1)
      return maps.adapted(
        by: numbers.narrowed(1, from: place * size, length: size), then: continuation)
    }
    var maps = content
    for (index, (first, second)) in zip(conv1, conv2).enumerated() {
      let hidden = adapted(first(maps.padded(1, with: .reflection)), 2 * index, then: .relu)
      maps = adapted(
        second(hidden.padded(1, with: .reflection)), 2 * index + 1, then: .sum(maps))
    }
    for level in up {
      maps = level(maps.resized(height: 2 * maps.size(2), width: 2 * maps.size(3), by: .nearest))
    }
    return output(maps)
  }
}

extension Tensor {
  /// Adaptive instance normalisation (Huang and Belongie 2017; equation 10): maps `[N, C, H, W]` normalised
  /// over their pixels, then scaled and moved by numbers of every image's own.
  ///
  /// - Parameter numbers: `[N, 2C]`, all offsets and then all gains.
  func adapted(by numbers: Tensor, then continuation: Continuation? = nil) -> Tensor {
    let channels = size(1)
    func perMap(_ start: Int) -> Tensor {
      numbers.narrowed(1, from: start, length: channels).contiguous()
    }
    return instanceNormalized(scale: perMap(channels), offset: perMap(0), then: continuation)
  }
}

/// Discriminators of patches without normalisation, each of which sees the image at half the size of the one
/// before (Wang et al. 2018, section 3.2): `[N, C, H, W]` to a map of logits `[N, 1, H', W']` of each.
struct MultiScaleDiscriminator: Module {
  let scales: [Sequential]

  init(_ config: MUNIT.Config, _ domain: ImageShape) {
    let widths = (0..<config.discriminatorLayers).map { config.discriminatorWidth << $0 }
    scales = (0..<config.scales).map { _ in
      Sequential {
        for (inputs, outputs) in zip([domain.channels] + widths, widths) {
          MirroredConv2d(
            inputs, outputs, kernel: 4, stride: 2, padding: 1, .leakyReLU(0.2))
        }
        Conv2d(widths[widths.count - 1], 1, kernel: 1)
      }
    }
  }

  func callAsFunction(_ images: Tensor) -> [Tensor] {
    var seen = images
    return scales.enumerated().map { index, scale in
      if index > 0 { seen = seen.halved() }
      return scale(seen)
    }
  }
}

extension Tensor {
  /// Images of half the size, the means of 3x3 pixels, at the border of those that there are.
  fileprivate func halved() -> Tensor {
    let ones = Tensor.ones([1, 1, size(2), size(3)], dtype: dtype, on: device)
    return sumPooled(3, stride: 2, padding: 1) / ones.sumPooled(3, stride: 2, padding: 1)
  }
}
