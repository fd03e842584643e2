import Torch

/// Penalties on the norm of a critic's gradient with respect to its input. Each is a scalar that
/// can be differentiated with respect to the critic's parameters (double backward); the inner
/// gradient computes nothing but the input's.
public enum GradientPenalty {
  /// E(‖∇D(x̂)‖₂ - 1)² with x̂ uniform on the lines between real and generated images, one point for
  /// each pair (Gulrajani et al. 2017, equation 3). Lambda is the caller's.
  public static func wassersteinGP(
    _ critic: (Tensor) -> Tensor, real: Tensor, fake: Tensor
  ) -> Tensor {
    let perImage = [real.size(0)] + [Int](repeating: 1, count: real.rank - 1)
    let epsilon = Tensor.uniform(perImage, on: real.device)
    return unitNorm(critic, at: fake.interpolated(to: real, by: epsilon))
  }

  /// E(‖∇D(x + δ)‖₂ - 1)² around real images, δ ~ N(0, deviation²) (Kodali et al. 2017, section 2.3).
  public static func dragan(
    _ critic: (Tensor) -> Tensor, real: Tensor, deviation: Double
  ) -> Tensor {
    unitNorm(critic, at: real + Tensor.randn(real.shape, on: real.device) * deviation)
  }

  /// ½ E‖∇D(x)‖² at real images (Mescheder et al. 2018, equation 9, without γ).
  public static func r1(_ critic: (Tensor) -> Tensor, real: Tensor) -> Tensor {
    0.5 * squaredNorms(critic, at: real).mean()
  }

  private static func unitNorm(_ critic: (Tensor) -> Tensor, at points: Tensor) -> Tensor {
    (squaredNorms(critic, at: points).sqrt() - 1).squared().mean()
  }

  /// ‖∇D‖² for each image: `[N]`.
  private static func squaredNorms(_ critic: (Tensor) -> Tensor, at points: Tensor) -> Tensor {
    let points = points.trackingGradient()
    let gradient = gradients(of: critic(points).sum(), withRespectTo: [points], createGraph: true)
    return gradient[0].squared().sum(axes: Array(1..<points.rank))
  }
}
