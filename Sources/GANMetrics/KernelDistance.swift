import Torch

/// How the Kernel Inception Distance is estimated.
public struct KernelDistanceSettings: Sendable, Equatable, Codable {
  /// How many subsets are drawn from each set.
  public var subsets: Int
  /// Samples of each subset, without repetition.
  public var subsetSize: Int
  /// Decides the subsets, as NumPy's `RandomState` of this seed does in torch-fidelity.
  public var seed: UInt32

  /// torch-fidelity's defaults: 100 subsets of 1000, seed 2020.
  public init(subsets: Int = 100, subsetSize: Int = 1000, seed: UInt32 = 2020) {
    (self.subsets, self.subsetSize, self.seed) = (subsets, subsetSize, seed)
  }
}

/// The Kernel Inception Distance over random subsets: the unbiased estimate of the squared maximum
/// mean discrepancy under the kernel (x·y / D + 1)³ (Bińkowski et al. 2018, section 4).
///
/// Subsets, their order and the value are those of torch-fidelity. The mean may be slightly
/// negative; it is an unbiased estimate of 0 for equal distributions.
///
/// - Parameters:
///   - features: `[N, D]`, the generated ones.
///   - reference: `[M, D]`, the real ones.
/// - Throws: ``MetricError`` when a set is smaller than a subset, for different lengths, or NaN.
public func kernelDistance(
  _ features: Tensor, reference: Tensor, settings: KernelDistanceSettings = .init()
) throws -> MeanAndDeviation {
  try kernelDistance(
    FeatureRows(features), reference: FeatureRows(reference), settings: settings)
}

func kernelDistance(
  _ features: FeatureRows, reference: FeatureRows, settings: KernelDistanceSettings
) throws -> MeanAndDeviation {
  try check("subsets", settings.subsets, atLeast: 1)
  try check("subset size", settings.subsetSize, atLeast: 2)
  let (a, b) = try comparableRows(features, reference)
  for count in [a.count, b.count] {
    try checkSamples(
      "kernel distance", count, atLeast: settings.subsetSize, advice: "use smaller subsets")
  }
  var generator = NumPyRandom(seed: settings.seed)
  let values = (0..<settings.subsets).map { _ in
    let first = subset(of: a, settings.subsetSize, &generator)
    let second = subset(of: b, settings.subsetSize, &generator)
    return unbiasedDiscrepancy(first, second)
  }
  return MeanAndDeviation(values)
}

/// The same unbiased estimate from all samples at once, without subsets: less noisy, no deviation.
///
/// Kernels are summed in blocks, so memory does not grow with the square of the samples, and
/// features are converted to float64 block by block.
///
/// - Throws: As ``kernelDistance(_:reference:settings:)``; each set needs two samples.
public func fullKernelDistance(_ features: Tensor, reference: Tensor) throws -> Double {
  try fullKernelDistance(FeatureRows(features), reference: FeatureRows(reference))
}

func fullKernelDistance(_ features: FeatureRows, reference: FeatureRows) throws -> Double {
  let (a, b) = try comparableRows(features, reference)
  for count in [a.count, b.count] {
    try checkSamples("kernel distance", count, atLeast: 2, advice: "add samples")
  }
  return unbiasedDiscrepancy(a, b)
}

private func subset(
  of rows: FeatureRows, _ size: Int, _ generator: inout NumPyRandom
) -> FeatureRows {
  FeatureRows(rows.gathered(Array(generator.permutation(rows.count).prefix(size))))
}

private func unbiasedDiscrepancy(_ a: FeatureRows, _ b: FeatureRows) -> Double {
  let (n, m) = (Double(a.count), Double(b.count))
  let within =
    (kernelSum(a, a) - kernelDiagonalSum(a)) / (n * (n - 1))
    + (kernelSum(b, b) - kernelDiagonalSum(b)) / (m * (m - 1))
  return within - 2 * kernelSum(a, b) / (n * m)
}

/// Rows (x / √D, 1), whose products are the kernel's x·y / D + 1 without another pass.
private func withKernelOffset(_ rows: Tensor) -> Tensor {
  let scaled = rows * (1 / Double(rows.size(1)).squareRoot())
  let ones = Tensor.ones([rows.size(0), 1], dtype: rows.dtype, on: rows.device)
  return .concatenated([scaled, ones], axis: 1)
}

private func kernelSum(_ a: FeatureRows, _ b: FeatureRows) -> Double {
  var sum = 0.0
  let products = BlockProducts(
    left: a, right: b, prepareLeft: { rows, _ in withKernelOffset(rows) },
    prepareRight: { rows, _ in withKernelOffset(rows) })
  products.forEach { _, _, product in sum += sumOfCubes(product.flattened()) }
  return sum
}

private func kernelDiagonalSum(_ a: FeatureRows) -> Double {
  a.blocks.reduce(0) { sum, range in
    sum + sumOfCubes(withKernelOffset(a.block(range)).squared().sum(axes: [1]))
  }
}

private func sumOfCubes(_ values: Tensor) -> Double { values.squared().matmul(values).item() }
