import Foundation
import GANKit
import Torch
import TorchNN

/// InfoGAN's generator (Chen et al. 2016, appendix C.1): two fully connected layers, two doublings,
/// `[N, latent] -> [N, C, H, W]` in [-1, 1].
func infoGANGenerator(_ config: InfoGAN.Config, _ data: DataShape) -> Sequential {
  let (height, width) = (data.height / 4, data.width / 4)
  let units = 2 * config.width * height * width
  return Sequential {
    Linear(config.latentDimension, config.features, bias: false)
    BatchNorm(config.features)
    ReLU()
    Linear(config.features, units, bias: false)
    BatchNorm(units)
    ReLU()
    Unflatten([2 * config.width, height, width])
    ConvTranspose2d(2 * config.width, config.width, kernel: 4, stride: 2, padding: 1, bias: false)
    BatchNorm(config.width)
    ReLU()
    ConvTranspose2d(config.width, data.channels, kernel: 4, stride: 2, padding: 1)
    SignedSigmoid()
  }
}

/// InfoGAN's discriminator, whose trunk the recognition network shares:
/// `[N, C, H, W]` to logits `[N]` and features `[N, features]`.
struct InfoGANDiscriminator: Module {
  let trunk: Sequential
  let head: Linear

  init(_ config: InfoGAN.Config, _ data: DataShape) {
    let maps = config.width
    trunk = Sequential {
      Conv2d(data.channels, maps, kernel: 4, stride: 2, padding: 1)
      LeakyReLU(0.1)
      Conv2d(maps, 2 * maps, kernel: 4, stride: 2, padding: 1, bias: false)
      BatchNorm(2 * maps)
      LeakyReLU(0.1)
      Flatten()
      Linear(2 * maps * (data.height / 4) * (data.width / 4), config.features, bias: false)
      BatchNorm(config.features)
      LeakyReLU(0.1)
    }
    head = Linear(config.features, 1)
  }

  func callAsFunction(_ images: Tensor) -> (logits: Tensor, features: Tensor) {
    let features = trunk(images)
    return (head(features).flattened(), features)
  }
}

/// Q(c | x) on the discriminator's features `[N, features]`: logits of all categorical codes side by
/// side, and means of the continuous ones, whose deviation is 1.
struct InfoGANRecognition: Module {
  let body: Sequential
  let categorical: Linear?
  let continuous: Linear?

  init(_ config: InfoGAN.Config) {
    let width = config.recognitionWidth
    body = Sequential {
      Linear(config.features, width, bias: false)
      BatchNorm(width)
      LeakyReLU(0.1)
    }
    let logits = config.categorical.reduce(0, +)
    categorical = logits > 0 ? Linear(width, logits) : nil
    continuous = config.continuous > 0 ? Linear(width, config.continuous) : nil
  }

  /// The columns of the latent that hold codes, as they are inferred: `[N, codes]`.
  func callAsFunction(_ features: Tensor) -> Tensor {
    let hidden = body(features)
    return .concatenated([categorical, continuous].compactMap { $0?(hidden) }, axis: 1)
  }
}

/// The bounds on the mutual information of codes and images, in nats (Chen et al. 2016, equation 4):
/// H(c) + E log Q(c | x), the categorical codes and the continuous codes each added up.
struct CodeInformation {
  /// Of the categorical codes; `nil` without any.
  let categorical: Tensor?
  /// Of the continuous codes; `nil` without any.
  let continuous: Tensor?

  /// - Parameters:
  ///   - codes: the codes, whose columns are those of `latent` `[N, D]`.
  ///   - inferred: the recognition network's output `[N, codes]`.
  init(_ codes: [LatentCode], in latent: Tensor, inferred: Tensor) {
    let offset = latent.size(1) - inferred.size(1)
    func bounds(_ isIncluded: (LatentCode.Kind) -> Bool) -> Tensor? {
      codes.filter { isIncluded($0.kind) }.map { code in
        let columns = code.columns.lowerBound - offset..<code.columns.upperBound - offset
        return CodeInformation.bound(
          code.kind, latent.sliced(1, code.columns), inferred.sliced(1, columns))
      }.reduce(nil) { sum, next in sum.map { $0 + next } ?? next }
    }
    categorical = bounds { if case .categorical = $0 { true } else { false } }
    continuous = bounds { if case .continuous = $0 { true } else { false } }
  }

  /// λ times the information, over all codes.
  func weighted(by config: InfoGAN.Config) -> Tensor {
    let terms = [
      categorical.map { $0 * config.categoricalWeight },
      continuous.map { $0 * config.continuousWeight },
    ].compactMap { $0 }
    return terms.dropFirst().reduce(terms[0]) { $0 + $1 }
  }

  private static func bound(
    _ kind: LatentCode.Kind, _ values: Tensor, _ inferred: Tensor
  ) -> Tensor {
    let inferred = inferred.atLeastFloat32()
    switch kind {
    case .categorical(let count):
      let likelihood = (values * inferred.logSoftmax(axis: 1)).sum(axes: [1]).mean()
      return likelihood + log(Double(count))
    case .continuous(let range):
      let likelihood = -0.5 * (values - inferred).squared().mean() - 0.5 * log(2 * Double.pi)
      return likelihood + log(range.upperBound - range.lowerBound)
    }
  }
}

extension InfoGAN.Config {
  /// Length of the generator's input.
  var latentDimension: Int { prior.dimension }

  /// The codes in the order of their columns, behind the noise.
  var codes: [LatentCode] {
    let kinds =
      categorical.map { LatentCode.Kind.categorical($0) }
      + Array(repeating: .continuous(-1...1), count: continuous)
    return LatentCode.named(kinds, from: noiseSize)
  }

  /// Noise, then the codes; all continuous ones are drawn at once.
  var prior: LatentPrior {
    .joint(
      [.uniform(noiseSize)] + categorical.map { .categorical($0) }
        + (continuous > 0 ? [.uniform(continuous)] : []))
  }
}
