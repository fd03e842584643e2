import GANKit
import Torch
import TorchNN

/// VAE/GAN's encoder (Larsen et al. 2016, table 1), three halvings:
/// `[N, C, H, W] -> [N, 2·latent]`, means and log variances side by side.
func vaeEncoder(_ config: VAEGAN.Config, _ data: DataShape) -> Sequential {
  let widths = [data.channels] + config.encoderWidths
  return Sequential {
    for (inputs, outputs) in zip(widths, widths.dropFirst()) { halving(inputs, outputs) }
    Flatten()
    dense(widths[3] * smallestArea(data), config.encoderFeatures)
    Linear(config.encoderFeatures, 2 * config.latentSize)
  }
}

/// VAE/GAN's decoder, three doublings: `[N, latent] -> [N, C, H, W]` in [-1, 1].
func vaeDecoder(_ config: VAEGAN.Config, _ data: DataShape) -> Sequential {
  let widths = config.decoderWidths
  return Sequential {
    dense(config.latentSize, widths[0] * smallestArea(data))
    Unflatten([widths[0], data.height / 8, data.width / 8])
    for (inputs, outputs) in zip([widths[0]] + widths, widths) {
      normalizedDoubling(inputs, outputs, kernel: 5)
    }
    Conv2d(widths[2], data.channels, kernel: 5, padding: 2)
    Tanh()
  }
}

/// VAE/GAN's discriminator, cut behind its last convolution, where images are compared.
struct SimilarityDiscriminator: Layer {
  let trunk, head: Sequential

  init(_ config: VAEGAN.Config, _ data: DataShape) {
    let widths = config.discriminatorWidths
    trunk = Sequential {
      Conv2d(data.channels, widths[0], kernel: 5, padding: 2)
      ReLU()
      halving(widths[0], widths[1])
      halving(widths[1], widths[2])
      halving(widths[2], widths[3])[0]
    }
    head = Sequential {
      BatchNorm(widths[3])
      ReLU()
      Flatten()
      dense(widths[3] * smallestArea(data), config.discriminatorFeatures)
      Linear(config.discriminatorFeatures, 1)
    }
  }

  /// Features `[N, D, H/8, W/8]` and logits `[N]` of images `[N, C, H, W]`.
  func judge(_ images: Tensor) -> (features: Tensor, logits: Tensor) {
    let features = trunk(images)
    return (features, head(features).flattened())
  }

  func callAsFunction(_ images: Tensor) -> Tensor { judge(images).logits }
}

/// Positions of the maps after three halvings.
private func smallestArea(_ data: DataShape) -> Int { (data.height / 8) * (data.width / 8) }

private func halving(_ inputs: Int, _ outputs: Int) -> [any Layer] {
  [
    Conv2d(inputs, outputs, kernel: 5, stride: 2, padding: 2, bias: false), BatchNorm(outputs),
    ReLU(),
  ]
}

private func dense(_ inputs: Int, _ outputs: Int) -> [any Layer] {
  [Linear(inputs, outputs, bias: false), BatchNorm(outputs), ReLU()]
}

/// The codes' distributions N(mean, exp(logVariance)), each `[N, latent]`.
struct Posterior {
  let mean, logVariance: Tensor

  /// - Parameter output: the encoder's, both side by side: `[N, 2·latent]`.
  init(_ output: Tensor) {
    let (output, size) = (output.atLeastFloat32(), output.size(1) / 2)
    mean = output.narrowed(1, from: 0, length: size)
    logVariance = output.narrowed(1, from: size, length: size)
  }

  /// One code for each image, differentiable (Kingma and Welling 2014, section 2.4).
  func sample() -> Tensor { mean + (0.5 * logVariance).exp() * mean.randnAlike() }

  /// L_prior, the divergence from N(0, 1).
  var divergence: Tensor { gaussianDivergence(mean: mean, logVariance: logVariance) }
}
