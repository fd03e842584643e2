import GANKit
import Torch
import TorchNN

/// Noise `[N, latent]` and, where the network is conditional, labels `[N]` to images `[N, C, H, W]`
/// in [-1, 1].
enum SNGANGenerator: Module {
  case cnn(Sequential)
  case resnet(ConditionalResNetGenerator)

  init(_ config: SNGAN.Config, _ data: DataShape) {
    switch config.architecture {
    case .cnn: self = .cnn(standardGenerator(config, channels: data.channels, size: data.height))
    case .resnet:
      self = .resnet(
        ConditionalResNetGenerator(
          latent: config.latentSize, width: config.generatorWidth, channels: data.channels,
          size: data.height, classes: config.conditional ? data.classes : 0))
    }
  }

  var children: [(name: String, node: ModuleNode)] {
    switch self {
    case .cnn(let network): network.children
    case .resnet(let network): network.children
    }
  }

  func callAsFunction(_ latent: Tensor, labels: Tensor?) -> Tensor {
    switch self {
    case .cnn(let network): network(latent)
    case .resnet(let network): network(latent, labels: labels)
    }
  }
}

/// Images `[N, C, H, W]` and, where the network is conditional, labels `[N]` to logits `[N]`.
enum SNGANDiscriminator: Module {
  case cnn(Sequential)
  case resnet(ProjectionDiscriminator)

  init(_ config: SNGAN.Config, _ data: DataShape) {
    switch config.architecture {
    case .cnn:
      self = .cnn(standardDiscriminator(config, channels: data.channels, size: data.height))
    case .resnet:
      self = .resnet(
        ProjectionDiscriminator(
          width: config.discriminatorWidth, channels: data.channels,
          classes: config.conditional ? data.classes : 0))
    }
  }

  var children: [(name: String, node: ModuleNode)] {
    switch self {
    case .cnn(let network): network.children
    case .resnet(let network): network.children
    }
  }

  func callAsFunction(_ images: Tensor, labels: Tensor?) -> Tensor {
    switch self {
    case .cnn(let network): network(images)
    case .resnet(let network): network(images, labels: labels)
    }
  }
}

/// The standard generator (Miyato et al. 2018, table 3a): a projection to maps of an eighth of the
/// size, doubled three times while the channels halve. `[N, latent] -> [N, C, size, size]`.
private func standardGenerator(_ config: SNGAN.Config, channels: Int, size: Int) -> Sequential {
  let (width, base) = (config.generatorWidth, size / 8)
  return Sequential {
    Linear(config.latentSize, 8 * width * base * base)
    Unflatten([8 * width, base, base])
    for maps in [4 * width, 2 * width, width] {
      ConvTranspose2d(2 * maps, maps, kernel: 4, stride: 2, padding: 1, bias: false)
      BatchNorm(maps)
      ReLU()
    }
    Conv2d(width, channels, kernel: 3, padding: 1)
    Tanh()
  }.initialized(.normal(deviation: 0.02))
}

/// The standard discriminator (Miyato et al. 2018, table 3b): seven convolutions, every second one
/// halving the size, LeakyReLU(0.1), all spectrally normalised. `[N, C, size, size] -> [N]`.
private func standardDiscriminator(
  _ config: SNGAN.Config, channels: Int, size: Int
) -> Sequential {
  let width = config.discriminatorWidth
  var inputs = channels
  return Sequential {
    for (index, factor) in [1, 1, 2, 2, 4, 4, 8].enumerated() {
      SpectralConv2d(
        inputs, factor * width, kernel: 3 + index % 2, stride: 1 + index % 2, padding: 1)
      LeakyReLU(0.1)
      let _ = inputs = factor * width
    }
    Flatten()
    SpectralLinear(inputs * (size / 8) * (size / 8), 1)
    Flatten(from: 0)
  }.initialized(.normal(deviation: 0.02))
}
