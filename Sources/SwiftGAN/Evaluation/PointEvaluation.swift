import GANData
import GANKit
import GANMetrics
import GANTraining
import Torch
import TorchNN

/// How far the points that a system draws are from those it learned from, as shares of equal bins, beside a mixture
/// of Gaussians fitted to the training points by maximum likelihood.
///
/// On a line the data's shares are exact, of the density's own distribution function; of the plane they are those
/// of points that were not trained on.
struct PointEvaluation {
  /// How many training points the mixture is fitted to.
  private static let fitted = 10_000
  /// Components of the mixture where the user does not say.
  static let components = 2

  let run: Run
  let points: PointDistribution
  let count: Int
  let components: Int
  let seed: UInt64

  /// Bins along an axis from -1 to 1 as networks see it.
  private var bins: Int {
    switch points {
    case .plane: 40
    case .line: 100
    }
  }

  /// The numbers of the system's samples, then those of as many of the mixture's.
  func evaluated(_ comparison: Comparison) throws -> Evaluation {
    try checkField("count", count, 1...10_000_000)
    try checkField("components", components, 1...32)
    let data = try dataShares()
    let mixture = GaussianMixture(
      of: trainingPoints(Self.fitted), dimension: points.dimension, components: components,
      seed: seed)
    var convention = MetricConvention(
      samples: count, references: data.count,
      settings: ["bins": points.dimension == 1 ? "\(bins)" : "\(bins)x\(bins)"])
    let own = try Histogram.results(
      samples: shares(samples(comparison)), data: data.shares, convention)
    convention.settings["components"] = "\(components)"
    let baseline = try Histogram.results(
      "mixture/", samples: shares(mixture.points(count: count, seed: seed)), data: data.shares,
      convention)
    return Evaluation(
      subject: run.path, step: run.step, seed: seed, against: points.name,
      results: own + baseline,
      notes: [
        "kl: of the samples from the data, in nats; reverse-kl: of the data from the samples",
        "mixture: \(components) Gaussians fitted to training points by maximum likelihood",
      ])
  }

  /// The data's share of each bin, and of how many points where it is not exact.
  private func dataShares() throws -> (shares: [Double], count: Int?) {
    switch points {
    case .line(let density):
      let (middle, scale) = points.frame
      let masses = (0...bins).map { edge in
        density.cumulative(at: (Double(edge) / Double(bins) * 2 - 1) / scale + middle)
      }
      return (zip(masses, masses.dropFirst()).map { $1 - $0 }, nil)
    case .plane:
      let heldOut = points.scaledPoints(
        count: DataFeed.pointCount, seed: ~run.configuration.seed)
      return (try shares(heldOut), DataFeed.pointCount)
    }
  }

  private func trainingPoints(_ count: Int) -> [Float] {
    points.scaledPoints(count: count, seed: run.configuration.seed)
  }

  private func shares(_ values: [Float]) throws -> [Double] {
    do {
      return try Histogram.shares(of: values, dimension: points.dimension, bins: bins)
    } catch let error as MetricError {
      throw RunError.unsupported("\(run.path): \(error)")
    }
  }

  private func samples(_ comparison: Comparison) throws -> [Float] {
    guard let (prior, classes) = comparison.noise else { return [] }
    let latent = Randomness.isolated(seed: seed, on: run.device) {
      prior.sample(count, on: run.device)
    }
    let labels =
      classes > 0 ? Tensor((0..<count).map { $0 % classes }).moved(to: run.device) : nil
    return stride(from: 0, to: count, by: 4096).flatMap { start in
      let range = start..<min(start + 4096, count)
      return evaluating { comparison.output(latent[range], labels.map { $0[range] }).floats }
    }
  }
}
