import GANKit
import Torch
import TorchNN

/// A discriminator that tells classes apart, too: images `[N, C, H, W]` to outputs `[N, classes + 1]`
/// whose last is "generated" (Odena 2016), or `[N, classes]` (Salimans et al. 2016).
enum SGANDiscriminator: Module {
  case odena(Sequential)
  case matching(MatchingDiscriminator)

  init(_ config: SGAN.Config, _ data: DataShape) {
    switch config.objective {
    case .odena:
      self = .odena(
        dcganDiscriminator(
          width: config.discriminatorWidth, data, kernel: 4, outputs: data.classes + 1))
    case .matching: self = .matching(MatchingDiscriminator(config, data))
    }
  }

  var children: [(name: String, node: ModuleNode)] {
    switch self {
    case .odena(let network): network.children
    case .matching(let network): network.children
    }
  }

  func callAsFunction(_ images: Tensor) -> Tensor { prepared()(images) }

  /// The network with its weights computed now, for all passes between two updates.
  func prepared() -> (Tensor) -> Tensor {
    switch self {
    case .odena(let network): network.callAsFunction
    case .matching(let network): network.prepared().callAsFunction
    }
  }

  /// log D(x), the probability that images are real, `[N]`, from their outputs.
  func logReal(_ outputs: Tensor) -> Tensor {
    let outputs = outputs.atLeastFloat32()
    switch self {
    case .odena:
      let classes = outputs.sliced(1, 0..<outputs.size(1) - 1)
      return classes.logSumExp(axis: 1) - outputs.logSumExp(axis: 1)
    case .matching:  // log Z - log(Z + 1) with Z the sum of all exp(output)
      return outputs.logSumExp(axis: 1).logSigmoid()
    }
  }

  /// log(1 - D(x)), `[N]`.
  func logGenerated(_ outputs: Tensor) -> Tensor {
    let outputs = outputs.atLeastFloat32()
    switch self {
    case .odena: return outputs.selected(1, outputs.size(1) - 1) - outputs.logSumExp(axis: 1)
    case .matching: return (-outputs.logSumExp(axis: 1)).logSigmoid()
    }
  }
}

/// The fully connected classifier of Salimans et al. 2016 for MNIST: noise before every layer, weight
/// normalisation, ReLU. `[N, C, H, W] -> [N, classes]`.
struct MatchingDiscriminator: Module {
  let hidden: [WeightNormLinear]
  let output: WeightNormLinear
  private let inputNoise: GaussianNoise
  private let hiddenNoise: GaussianNoise

  /// Rows of the weights start with a norm of about 1.
  init(_ config: SGAN.Config, _ data: DataShape) {
    func layer(_ inputs: Int, _ outputs: Int) -> WeightNormLinear {
      let deviation = 1 / Double(inputs).squareRoot()
      return WeightNormLinear(inputs, outputs, weights: .normal(deviation: deviation))
    }
    let sizes = [data.elementCount] + config.discriminatorWidths
    hidden = zip(sizes, sizes.dropFirst()).map { layer($0, $1) }
    output = layer(sizes[sizes.count - 1], data.classes)
    inputNoise = GaussianNoise(config.inputNoise)
    hiddenNoise = GaussianNoise(config.hiddenNoise)
  }

  /// The network with its weights computed now, for all passes between two updates.
  func prepared() -> Prepared {
    Prepared(
      hidden: hidden.map { $0.prepared() }, output: output.prepared(), inputNoise: inputNoise,
      hiddenNoise: hiddenNoise)
  }

  /// The network as a function of images.
  struct Prepared {
    fileprivate let hidden: [(Tensor) -> Tensor]
    fileprivate let output: (Tensor) -> Tensor
    fileprivate let inputNoise: GaussianNoise
    fileprivate let hiddenNoise: GaussianNoise

    func callAsFunction(_ images: Tensor) -> Tensor { output(hiddenNoise(features(images))) }

    /// The last hidden layer before its noise, `[N, width]`: what feature matching compares.
    func features(_ images: Tensor) -> Tensor {
      var result = images.contiguous().flattened(from: 1)
      for (index, layer) in hidden.enumerated() {
        result = layer((index == 0 ? inputNoise : hiddenNoise)(result)).relu()
      }
      return result
    }
  }
}

/// Noise `[N, latent]` to images `[N, C, H, W]` in [-1, 1].
func sganGenerator(_ config: SGAN.Config, _ data: DataShape) -> Sequential {
  switch config.objective {
  case .odena:
    dcganGenerator(latent: config.latentSize, width: config.generatorWidth, data, kernel: 4)
  case .matching: matchingGenerator(config, shape: data.imageShape)
  }
}

/// The generator of Salimans et al. 2016 for MNIST.
private func matchingGenerator(_ config: SGAN.Config, shape: [Int]) -> Sequential {
  let width = config.generatorWidth
  return Sequential {
    Linear(config.latentSize, width, bias: false)
    BatchNorm(width)
    Softplus()
    Linear(width, width, bias: false)
    BatchNorm(width)
    Softplus()
    WeightNormLinear(width, shape.reduce(1, *))
    SignedSigmoid()
    Unflatten(shape)
  }
}
