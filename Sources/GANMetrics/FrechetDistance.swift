import Foundation
import Torch

/// The Fréchet distance between Gaussians with these means and covariances (Dowson and Landau
/// 1982), |m₁ - m₂|² + tr(S₁ + S₂ - 2 (S₁^½ S₂ S₁^½)^½): the FID of Heusel et al. 2017, section 3.
///
/// The trace is the sum of the square roots of the eigenvalues of a symmetric matrix, so no
/// imaginary part can appear, nor is anything added to the diagonal. Eigenvalues that rounding alone
/// accounts for count as 0.
///
/// - Parameter allowingFewSamples: Compute even where a covariance cannot have full rank. The value
///   is then biased upwards and comparable only with values from equally many samples.
/// - Returns: The distance, in squared units of the features, at least 0.
/// - Throws: ``MetricError/tooFewSamples(metric:found:needed:advice:)`` when either set has fewer
///   samples than features plus one; ``MetricError/dimensions(_:_:)``.
public func frechetDistance(
  _ a: FeatureStatistics, _ b: FeatureStatistics, allowingFewSamples: Bool = false
) throws -> Double {
  guard a.dimension == b.dimension else { throw MetricError.dimensions(a.dimension, b.dimension) }
  for count in [a.count, b.count] {
    try checkSamples(
      "frechet distance", count, atLeast: allowingFewSamples ? 2 : a.dimension + 1,
      advice: allowingFewSamples
        ? "a covariance needs two"
        : "the covariance of \(a.dimension) features is singular below that; add samples, or "
          + "measure kid or kid-full, which need no covariance")
  }
  let shift = (a.mean - b.mean.moved(to: a.mean.device)).squared().sum().item()
  let (first, second) = (a.covariance, b.covariance.moved(to: a.mean.device))
  let traces = first.trace() + second.trace()
  return max(shift + traces - 2 * traceOfGeometricMean(first, second), 0)
}

/// tr((A^½ B A^½)^½) for symmetric positive semi-definite A and B.
private func traceOfGeometricMean(_ a: Tensor, _ b: Tensor) -> Double {
  let eigen = symmetrized(a).symmetricEigen()
  let values = eigen.values.doubles
  // Ascending order: the numerically null directions come first. Without them the inner matrix is
  // smaller and its spectrum free of their noise.
  let null = values.firstIndex { $0 > roundingFloor(values) } ?? values.count
  if null == values.count { return 0 }
  let basis = eigen.vectors.narrowed(1, from: null, length: values.count - null)
  let root = basis * eigen.values.narrowed(0, from: null, length: values.count - null).sqrt()
  let inner = symmetrized(root.transposed().matmul(b).matmul(root))
  let spectrum = inner.symmetricEigen().values.doubles
  let floor = roundingFloor(spectrum)
  return spectrum.reduce(0) { $0 + ($1 > floor ? $1.squareRoot() : 0) }
}

/// The size of eigenvalues that an exact computation would give as 0.
private func roundingFloor(_ ascending: [Double]) -> Double {
  (ascending.last ?? 0).magnitude * Double(ascending.count) * Double.ulpOfOne
}

/// The eigen-decomposition reads one triangle; averaging both halves the rounding error.
private func symmetrized(_ matrix: Tensor) -> Tensor { (matrix + matrix.transposed()) * 0.5 }

extension Tensor {
  /// The sum of a square matrix's diagonal.
  func trace() -> Double { (self * .identity(size(0), dtype: dtype, on: device)).sum().item() }
}
