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

extension DCGAN {
  /// Distributions of the noise.
  public enum Noise: String, ConfigChoice {
    /// Uniform on [-1, 1).
    case uniform
    /// N(0, 1).
    case normal
  }
}

/// What a generator's last layer says.
enum GeneratorOutput {
  /// The image, `[N, C, H, W]` in [-1, 1].
  case image
  /// So many logits for each of its values, `[N, count·C, H, W]`.
  case logits(Int)
}

/// DCGAN's generator (Radford et al. 2015, figure 1): a projection to 4x4 maps (of squares), doubled up to
/// the image while the channels halve to `width`. `[N, latent] -> [N, C, H, W]` in [-1, 1].
func dcganGenerator(
  latent: Int, width: Int, _ data: DataShape, kernel: Int, _ upsampling: Upsampling = .transposed,
  output: GeneratorOutput = .image
) -> Sequential {
  let smallest = SmallestMaps(of: data)
  var maps = width << (smallest.halvings - 1)
  return Sequential {
    Linear(latent, maps * smallest.area, bias: false)
    Unflatten([maps, smallest.height, smallest.width])
    BatchNorm(maps)
    ReLU()
    for _ in 1..<smallest.halvings {
      enlarging(maps, maps / 2, kernel, upsampling, bias: false)
      BatchNorm(maps / 2)
      ReLU()
      let _ = maps /= 2
    }
    switch output {
    case .image:
      enlarging(maps, data.channels, kernel, upsampling, bias: true)
      Tanh()
    case .logits(let count):
      enlarging(maps, data.channels * count, kernel, upsampling, bias: true)
    }
  }.dcganInitialized()
}

private func enlarging(
  _ inputs: Int, _ outputs: Int, _ kernel: Int, _ upsampling: Upsampling, bias: Bool
) -> any Layer {
  switch upsampling {
  case .resize: UpsampleConv2d(inputs, outputs, bias: bias)
  case .transposed: doubling(inputs, outputs, kernel: kernel, bias: bias)
  }
}

/// A transposed convolution that doubles the size of maps.
func doubling(
  _ inputs: Int, _ outputs: Int, kernel: Int = 4, bias: Bool = true
) -> ConvTranspose2d {
  ConvTranspose2d(
    inputs, outputs, kernel: kernel, stride: 2, padding: (kernel - 1) / 2,
    outputPadding: kernel % 2, bias: bias)
}

/// The same with batch normalisation, which would cancel a bias, and ReLU.
func normalizedDoubling(_ inputs: Int, _ outputs: Int, kernel: Int = 4) -> [any Layer] {
  [doubling(inputs, outputs, kernel: kernel, bias: false), BatchNorm(outputs), ReLU()]
}

/// A 4x4 convolution that halves the size of maps, batch normalisation, LeakyReLU(0.2).
func normalizedHalving(_ inputs: Int, _ outputs: Int) -> [any Layer] {
  [
    Conv2d(inputs, outputs, kernel: 4, stride: 2, padding: 1, bias: false), BatchNorm(outputs),
    LeakyReLU(0.2),
  ]
}

/// What normalises the maps of DCGAN's discriminator.
enum MapNormalization {
  /// Over the batch, in all layers but the first.
  case batch
  /// Nothing: for a penalty on the gradient of each image.
  case none
}

/// DCGAN's discriminator: halvings down to 4x4 while the channels double, LeakyReLU(0.2).
/// `[N, C, H, W] -> [N, outputs]` logits, one without its axis.
func dcganDiscriminator(
  width: Int, _ data: DataShape, kernel: Int, outputs: Int = 1,
  normalization: MapNormalization = .batch
) -> Sequential {
  let (padding, smallest) = ((kernel - 1) / 2, SmallestMaps(of: data))
  var maps = width
  return Sequential {
    Conv2d(data.channels, maps, kernel: kernel, stride: 2, padding: padding)
    LeakyReLU(0.2)
    for _ in 1..<smallest.halvings {
      let isNormalized = normalization == .batch
      Conv2d(maps, maps * 2, kernel: kernel, stride: 2, padding: padding, bias: !isNormalized)
      if isNormalized { BatchNorm(maps * 2) }
      LeakyReLU(0.2)
      let _ = maps *= 2
    }
    Flatten()
    Linear(maps * smallest.area, outputs)
    if outputs == 1 { Flatten(from: 0) }
  }.dcganInitialized()
}

extension Module {
  /// This network at DCGAN's initial values (Radford et al. 2015, section 4); the gains of batch
  /// normalisation are those of the authors' code.
  func dcganInitialized() -> Self {
    initialized(.normal(deviation: 0.02), gain: .normal(mean: 1, deviation: 0.02))
  }
}

extension SettingRule<Int> {
  /// `generatorWidth` of a network that doubles maps up to the image.
  static var widthBeforeImage: Self {
    count("channels of the maps before the image; doubled at every halving")
  }
  /// `discriminatorWidth` of a network that halves the image.
  static var firstWidth: Self { count("channels of the first maps; doubled at every halving") }
  /// `kernelSize` of both networks.
  static var stridedKernel: Self { oneOf([4, 5], "side of the strided kernels") }
}

extension DataNeeds {
  /// What DCGAN's networks ask for, whose channels double as often as the image halves.
  ///
  /// - Parameter widths: by the names of their fields.
  static func dcgan(_ widths: [String: Int]) -> DataNeeds {
    .halvings(from: 16).doubling(widths)
  }

  /// The same for widths that have fields of these names.
  static func dcgan(generatorWidth: Int, discriminatorWidth: Int) -> DataNeeds {
    .dcgan(["generatorWidth": generatorWidth, "discriminatorWidth": discriminatorWidth])
  }
}
