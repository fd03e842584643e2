import Torch

/// Penalties on the norm of a critic's gradient with respect to its input. Each is a scalar that
/// can be differentiated with respect to the critic's parameters (double backward); the inner
/// gradient computes nothing but the input's. The critic runs in full precision also inside an
/// autocast, where the slope of a 16-bit critic would be noise.
public enum GradientPenalty {
  /// E(‖∇D(x̂)‖₂ - 1)² with x̂ uniform on the lines between real and generated images, one point for
  /// each pair (Gulrajani et al. 2017, equation 3). Lambda is the caller's.
  public static func wassersteinGP(
    _ critic: (Tensor) -> Tensor, real: Tensor, fake: Tensor
  ) -> Tensor {
    let (real, fake) = (real.atLeastFloat32(), fake.atLeastFloat32())
    let epsilon = Tensor.uniform(onePerImage(real), dtype: real.dtype, on: real.device)
    return unitNorm(critic, at: fake.interpolated(to: real, by: epsilon))
  }

  /// E(‖∇D(x′)‖₂ - 1)² at one point x′ beside each real image (Kodali et al. 2017, section 2.3).
  /// Lambda is the caller's.
  public static func dragan(
    _ critic: (Tensor) -> Tensor, real: Tensor, _ perturbation: Perturbation
  ) -> Tensor {
    unitNorm(critic, at: perturbation(real.atLeastFloat32()))
  }

  /// ½ E‖∇D(x)‖² at real images (Mescheder et al. 2018, equation 9, without γ).
  public static func r1(_ critic: (Tensor) -> Tensor, real: Tensor) -> Tensor {
    0.5 * inputGradient(critic, at: real).squared().sum(axes: [1]).mean()
  }

  private static func unitNorm(_ critic: (Tensor) -> Tensor, at points: Tensor) -> Tensor {
    (inputGradient(critic, at: points).norm(axes: [1]) - 1).squared().mean()
  }

  /// ∇D for each image, as a row: `[N, D]`.
  private static func inputGradient(_ critic: (Tensor) -> Tensor, at points: Tensor) -> Tensor {
    let points = points.atLeastFloat32().trackingGradient()
    let gradient = withFullPrecision(on: points.device) {
      gradients(of: critic(points).sum(), withRespectTo: [points], createGraph: true)
    }
    return gradient[0].flattened(from: 1)
  }
}

extension GradientPenalty {
  /// Which points lie beside real images (Kodali et al. 2017).
  public enum Perturbation: Sendable, Equatable {
    /// x + δ, δ ~ N(0, variance) for every pixel by itself: the paper's.
    case gaussian(variance: Double)
    /// A point on the line from x to x + ½σu, one for each image; u is uniform on [0, 1) for every
    /// pixel by itself, σ the deviation of all of the minibatch's pixels: the authors' code.
    case oneSided

    /// One point for each of the images, of their shape.
    func callAsFunction(_ real: Tensor) -> Tensor {
      switch self {
      case .gaussian(let variance):
        let noise = Tensor.randn(real.shape, dtype: real.dtype, on: real.device)
        return real + noise * variance.squareRoot()
      case .oneSided:
        let noise = Tensor.uniform(real.shape, dtype: real.dtype, on: real.device)
        let place = Tensor.uniform(
          GradientPenalty.onePerImage(real), dtype: real.dtype, on: real.device)
        return real + noise * (place * (0.5 * real.variance(unbiased: false).sqrt()))
      }
    }
  }

  /// The shape of one number for each image: `[N, 1, ...]`.
  private static func onePerImage(_ images: Tensor) -> [Int] {
    [images.size(0)] + [Int](repeating: 1, count: images.rank - 1)
  }
}
