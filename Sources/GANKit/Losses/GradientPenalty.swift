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
    let perImage = [real.size(0)] + [Int](repeating: 1, count: real.rank - 1)
    let epsilon = Tensor.uniform(perImage, dtype: real.dtype, on: real.device)
    return unitNorm(critic, at: fake.interpolated(to: real, by: epsilon))
  }

  /// E(‖∇D(x + δ)‖₂ - 1)² around real images, δ ~ N(0, deviation²) (Kodali et al. 2017, section 2.3).
  public static func dragan(
    _ critic: (Tensor) -> Tensor, real: Tensor, deviation: Double
  ) -> Tensor {
    let real = real.atLeastFloat32()
    let noise = Tensor.randn(real.shape, dtype: real.dtype, on: real.device)
    return unitNorm(critic, at: real + noise * deviation)
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
