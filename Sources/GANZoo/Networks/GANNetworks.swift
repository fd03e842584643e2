import GANKit
import Torch
import TorchNN

/// The two sets of networks of the fully connected systems.
public enum MLPArchitecture: String, ConfigChoice {
  /// LeakyReLU, batch normalisation in the generator, Adam: what is used today.
  case mlp
  /// The networks and the gradient descent of 2014: maxout discriminator with dropout.
  case maxout

  static let meaning = "mlp (today's) or maxout (the networks of 2014)"

  static func learningRate<C>(_ path: ConfigField<C>.Path<Double>) -> ConfigField<C> {
    .rate(path, "learningRate", "rate of Adam (mlp) or of gradient descent (maxout)")
  }

  static func beta1<C>(_ path: ConfigField<C>.Path<Double>) -> ConfigField<C> {
    .fraction(path, "beta1", "Adam's decay of the first moment (mlp)")
  }
}

/// Noise `[N, latent]` to images `[N, C, H, W]` in [-1, 1].
func ganGenerator(_ config: GAN.Config, _ data: DataShape) -> Sequential {
  switch config.architecture {
  case .mlp:
    return mlpGenerator(
      inputs: config.latentSize, widths: config.generatorWidths, shape: data.imageShape)
  case .maxout:
    var inputs = config.latentSize
    return Sequential {
      for width in config.generatorWidths {
        Linear(inputs, width)
        ReLU()
        let _ = inputs = width
      }
      Linear(inputs, data.elementCount)
      SignedSigmoid()
      Unflatten(data.imageShape)
    }.initialized(.uniform(bound: 0.05))
  }
}

/// Images `[N, C, H, W]` to logits `[N]`.
func ganDiscriminator(_ config: GAN.Config, _ data: DataShape) -> Sequential {
  switch config.architecture {
  case .mlp: return mlpDiscriminator(data, widths: config.discriminatorWidths)
  case .maxout:
    var inputs = data.elementCount
    return Sequential {
      Flatten()
      for (index, width) in config.discriminatorWidths.enumerated() {
        Dropout(index == 0 ? 0.2 : 0.5)
        Maxout(inputs, width, pieces: 5)
        let _ = inputs = width
      }
      Dropout(0.5)
      Linear(inputs, 1)
      Flatten(from: 0)
    }.initialized(.uniform(bound: 0.005))
  }
}
