import Torch

/// What a discriminator and a generator minimise, as functions of the discriminator's outputs
/// ("logits", before any sigmoid) `[N]` or `[N, ...]`. Scalars out, in float32 also where the logits
/// have 16 bits.
public enum AdversarialLoss: Sendable, Equatable {
  /// log-likelihood for D, and G maximises log D(G(z)) (Goodfellow et al. 2014, section 3).
  /// `realLabel` below 1 is one-sided label smoothing (Salimans et al. 2016, section 3.4).
  case nonSaturating(realLabel: Double = 1)
  /// log-likelihood for D, and G minimises log(1 - D(G(z))) (Goodfellow et al. 2014, equation 1).
  case minimax
  /// Squares with targets `fake` (a), `real` (b) and `generated` (c) (Mao et al. 2017, equation 2).
  case leastSquares(fake: Double = 0, real: Double = 1, generated: Double = 1)
  /// The critic's estimate of the Wasserstein-1 distance (Arjovsky et al. 2017, algorithm 1).
  case wasserstein
  /// Margins of 1 on both sides for D, the raw output for G (Miyato et al. 2018, equations 16
  /// and 17).
  case hinge

  /// What the discriminator minimises.
  public func discriminator(real: Tensor, fake: Tensor) -> Tensor {
    let (real, fake) = (real.atLeastFloat32(), fake.atLeastFloat32())
    switch self {
    case .nonSaturating(let label):
      let onReal = label == 1 ? (-real).softplus() : real.softplus() - label * real
      return onReal.mean() + fake.softplus().mean()
    case .minimax:
      return (-real).softplus().mean() + fake.softplus().mean()
    case .leastSquares(let a, let b, _):
      return 0.5 * ((real - b).squared().mean() + (fake - a).squared().mean())
    case .wasserstein:
      return fake.mean() - real.mean()
    case .hinge:
      return (1 - real).relu().mean() + (1 + fake).relu().mean()
    }
  }

  /// What the generator minimises.
  public func generator(fake: Tensor) -> Tensor {
    let fake = fake.atLeastFloat32()
    switch self {
    case .nonSaturating: return (-fake).softplus().mean()
    case .minimax: return -fake.softplus().mean()
    case .leastSquares(_, _, let c): return 0.5 * (fake - c).squared().mean()
    case .wasserstein, .hinge: return -fake.mean()
    }
  }
}

/// The outputs of a discriminator for real and generated images from one pass over both. Exact where
/// no layer couples the images of a batch, so not with batch normalisation.
public func inOnePass(
  _ real: Tensor, _ fake: Tensor, _ discriminator: (Tensor) -> Tensor
) -> (real: Tensor, fake: Tensor) {
  let both = discriminator(.concatenated([real, fake]))
  let count = real.size(0)
  return (both[0..<count], both[count..<(count + fake.size(0))])
}
