import GANKit
import Torch
import TorchNN

// The networks of WGAN and WGAN-GP. Generators: `[N, latent] -> [N, C, H, W]`; critics:
// `[N, C, H, W] -> [N]`.

func wganGenerator(_ config: WGAN.Config, _ data: DataShape) -> Sequential {
  switch config.architecture {
  case .dcgan:
    dcganGenerator(latent: config.latentSize, width: config.width, data, kernel: 4)
  case .mlp:
    mlpGenerator(
      inputs: config.latentSize, widths: config.generatorWidths, shape: data.imageShape)
  }
}

func wganCritic(_ config: WGAN.Config, _ data: DataShape) -> Sequential {
  switch config.architecture {
  case .dcgan: dcganDiscriminator(width: config.width, data, kernel: 4)
  case .mlp: mlpDiscriminator(data, widths: config.criticWidths)
  }
}

func wganGPGenerator(_ config: WGANGP.Config, _ data: DataShape) -> AnyLayer {
  switch config.architecture {
  case .mlp:
    AnyLayer(
      mlpGenerator(
        inputs: config.latentSize, widths: config.generatorWidths, shape: data.imageShape))
  case .resnet:
    AnyLayer(
      ResNetGenerator(
        latent: config.latentSize, width: config.width, channels: data.channels,
        size: data.height))
  case .toy:
    AnyLayer(
      Sequential(
        rectifiedLayers(
          inputs: config.latentSize, widths: config.generatorWidths, outputs: data.elementCount)
          + [Unflatten(data.imageShape)]))
  }
}

func wganGPCritic(_ config: WGANGP.Config, _ data: DataShape) -> AnyLayer {
  switch config.architecture {
  case .mlp: AnyLayer(mlpDiscriminator(data, widths: config.criticWidths))
  case .resnet: AnyLayer(ResNetCritic(width: config.width, channels: data.channels))
  case .toy:
    AnyLayer(
      Sequential(
        [Flatten()]
          + rectifiedLayers(inputs: data.elementCount, widths: config.criticWidths, outputs: 1)
          + [Flatten(from: 0)]))
  }
}

extension ConfigField {
  /// `penaltyWeight` of a critic kept 1-Lipschitz by its gradients.
  static func penaltyWeight(_ path: Path<Double>) -> Self {
    .weight(path, "penaltyWeight", "the weight lambda of the gradient penalty")
  }

  /// `criticSteps` of a system whose critic learns faster than its generator.
  static func criticSteps(_ path: Path<Int>) -> Self {
    .count(path, "criticSteps", "critic updates (minibatches) for each generator update")
  }
}
