import Torch

/// How far two distributions are apart, from 0, which only equal ones have, to 1: the energy distance
/// 2E|X - Y| - E|X - X'| - E|Y - Y'| as a share of 2E|X - Y| (Székely and Rizzo 2013). It does not
/// change with the scale, and needs no choice of a kernel.
///
/// The estimate is unbiased but for the division, so that it may be slightly negative.
///
/// - Parameters:
///   - a: `[N, D]`.
///   - b: `[M, D]`.
/// - Throws: ``MetricError`` for sets of less than two rows, different lengths, or NaN.
public func energyCoefficient(_ a: Tensor, _ b: Tensor) throws -> Double {
  let (a, b) = try comparableRows(FeatureRows(a), FeatureRows(b))
  for count in [a.count, b.count] {
    try checkSamples("energy distance", count, atLeast: 2, advice: "add samples")
  }
  let (n, m) = (Double(a.count), Double(b.count))
  let between = 2 * distanceSum(a, b) / (n * m)
  let within = distanceSum(a, a) / (n * (n - 1)) + distanceSum(b, b) / (m * (m - 1))
  return between > 0 ? (between - within) / between : 0
}

/// The sum of all rows' Euclidean distances: |x - y|² is the product of (x, |x|², 1) and
/// (-2y, 1, |y|²).
private func distanceSum(_ a: FeatureRows, _ b: FeatureRows) -> Double {
  func squares(_ rows: Tensor) -> Tensor {
    rows.squared().sum(axes: [1], keepingDimensions: true)
  }
  func ones(_ rows: Tensor) -> Tensor { .ones([rows.size(0), 1], dtype: rows.dtype) }
  var sum = 0.0
  BlockProducts(
    left: a, right: b,
    prepareLeft: { rows, _ in .concatenated([rows, squares(rows), ones(rows)], axis: 1) },
    prepareRight: { rows, _ in .concatenated([rows * -2, ones(rows), squares(rows)], axis: 1) }
  ).forEach { _, _, product in
    sum += product.clamped(to: 0 ... .infinity).sqrt().sum().item()
  }
  return sum
}
