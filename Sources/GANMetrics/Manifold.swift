import Torch

/// Whether a sample on the surface of a neighbourhood belongs to it.
public enum ManifoldConvention: String, Sendable, Codable, CaseIterable {
  /// It does (`<=`): Kynkäänniemi et al. 2019 and their code, StyleGAN3, torch-fidelity.
  case closed
  /// It does not (`<`): the `prdc` package of Naeem et al. 2020, StudioGAN.
  case open
}

/// How well two sets of features cover each other, judged by neighbourhoods.
public struct ManifoldScores: Sendable, Equatable, Codable {
  /// The fraction of generated samples inside any real sample's neighbourhood.
  public let precision: Double
  /// The fraction of real samples inside any generated sample's neighbourhood.
  public let recall: Double
  /// How many real neighbourhoods hold a generated sample, over k; above 1 where samples crowd.
  public let density: Double
  /// The fraction of real samples whose neighbourhood holds any generated sample.
  public let coverage: Double
}

/// Improved precision and recall (Kynkäänniemi et al. 2019, section 2) and density and coverage
/// (Naeem et al. 2020, section 3) from one pass over the distances.
///
/// The neighbourhood of a sample is the ball that reaches to its k-th nearest other sample of its
/// own set. Distances are Euclidean, in float64 and in blocks, so memory does not grow with the
/// product of the counts, and features are converted block by block.
///
/// - Parameters:
///   - features: `[N, D]`, the generated ones.
///   - reference: `[M, D]`, the real ones.
///   - k: Kynkäänniemi et al. use 3, with VGG-16 fc2 features and 50,000 samples of each; `prdc` uses 5.
///   - convention: Matters only for ties, such as duplicated samples.
/// - Throws: ``MetricError`` for different lengths, NaN, or k samples or fewer in a set.
public func manifoldScores(
  _ features: Tensor, reference: Tensor, k: Int = 3, convention: ManifoldConvention = .closed
) throws -> ManifoldScores {
  try manifoldScores(
    FeatureRows(features), reference: FeatureRows(reference), k: k, convention: convention)
}

func manifoldScores(
  _ features: FeatureRows, reference: FeatureRows, k: Int, convention: ManifoldConvention
) throws -> ManifoldScores {
  try check("k", k, atLeast: 1)
  let (fake, real) = try comparableRows(features, reference)
  for count in [fake.count, real.count] {
    try checkSamples("precision and recall", count, atLeast: k + 1, advice: "use a smaller k")
  }
  let overlap = Overlap(
    real: real, fake: fake, realRadii: squaredRadii(of: real, k: k),
    fakeRadii: squaredRadii(of: fake, k: k), convention: convention)
  return overlap.scores(k: k)
}

/// Who lies in whose neighbourhood; blocks by their first row.
private struct Overlap {
  /// For each generated sample, how many real neighbourhoods hold it.
  private var holders: [Int: Tensor] = [:]
  /// For each real sample, whether a generated one's neighbourhood holds it, 0 or 1.
  private var recalled: [Int: Tensor] = [:]
  /// For each real sample, whether its neighbourhood holds a generated one, 0 or 1.
  private var covered: [Int: Tensor] = [:]

  init(
    real: FeatureRows, fake: FeatureRows, realRadii: Tensor, fakeRadii: Tensor,
    convention: ManifoldConvention
  ) {
    let distances = DistanceBlocks(real, fake)
    let realReach = convention.reach(realRadii, noise: distances.noise.a).unsqueezed(1)
    let fakeReach = convention.reach(fakeRadii, noise: distances.noise.b).unsqueezed(0)
    distances.forEach { rows, columns, squared in
      let reached = fakeReach.narrowed(1, from: columns.lowerBound, length: columns.count)
      let inReal = convention.holds(squared, within: realReach[rows])
      let inFake = convention.holds(squared, within: reached)
      let counts = inReal.cast(to: .float32).sum(axes: [0]).cast(to: .float64)
      holders[columns.lowerBound] = holders[columns.lowerBound].map { $0 + counts } ?? counts
      Self.include(inReal.maximum(axes: [1]), at: rows, in: &covered)
      Self.include(inFake.maximum(axes: [1]), at: rows, in: &recalled)
    }
  }

  private static func include(
    _ isHeld: Tensor, at rows: Range<Int>, in found: inout [Int: Tensor]
  ) {
    let held = isHeld.cast(to: .float64)
    found[rows.lowerBound] = found[rows.lowerBound].map { $0.maximum(held) } ?? held
  }

  func scores(k: Int) -> ManifoldScores {
    let holders = inOrder(holders)
    return ManifoldScores(
      precision: (holders .> 0).cast(to: .float64).mean().item(),
      recall: inOrder(recalled).mean().item(),
      density: holders.mean().item() / Double(k),
      coverage: inOrder(covered).mean().item())
  }

  private func inOrder(_ blocks: [Int: Tensor]) -> Tensor {
    .concatenated(blocks.sorted { $0.key < $1.key }.map(\.value))
  }
}

extension ManifoldConvention {
  /// Squared radii such that distances with this much noise compare as exact ones would: a radius of
  /// 0 holds duplicates if closed, and nothing if open.
  fileprivate func reach(_ radii: Tensor, noise: Tensor) -> Tensor {
    self == .closed
      ? radii.maximum(noise) : radii.filled(where: radii .== 0, with: -.infinity)
  }

  fileprivate func holds(_ squared: Tensor, within radii: Tensor) -> Tensor {
    self == .closed ? squared .<= radii : squared .< radii
  }
}
