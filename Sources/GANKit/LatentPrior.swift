import Foundation
import Torch

/// The distribution of a generator's input, rows `[N, dimension]`.
public indirect enum LatentPrior: Sendable, Equatable {
  /// Independent N(0, 1).
  case normal(Int)
  /// Independent uniform on [low, high).
  case uniform(Int, low: Double = -1, high: Double = 1)
  /// One of `count` classes, as a one-hot row.
  case categorical(Int)
  /// Two-dimensional: `count` narrow Gaussians, elongated towards the origin (Makhzani et al. 2015).
  case gaussianMixture(Int)
  /// Two-dimensional: a spiral of Gaussian thickness (Makhzani et al. 2015).
  case swissRoll
  /// Independent parts side by side, such as noise and codes (Chen et al. 2016).
  case joint([LatentPrior])

  /// The length of a row.
  public var dimension: Int {
    switch self {
    case .normal(let count), .uniform(let count, _, _), .categorical(let count): count
    case .gaussianMixture, .swissRoll: 2
    case .joint(let parts): parts.reduce(0) { $0 + $1.dimension }
    }
  }

  /// Independent rows.
  public func sample(_ count: Int, on device: Device) -> Tensor {
    switch self {
    case .normal(let dimension):
      return .randn([count, dimension], on: device)
    case .uniform(let dimension, let low, let high):
      return .uniform([count, dimension], low, high, on: device)
    case .categorical(let classes):
      return Tensor.randomIntegers([count], below: classes, on: device).oneHot(classes: classes)
    case .gaussianMixture(let components):
      return spokes(.randomIntegers([count, 1], below: components, on: device), of: components)
    case .swissRoll:
      return roll(.uniform([count, 1], on: device))
    case .joint(let parts):
      return .concatenated(parts.map { $0.sample(count, on: device) }, axis: 1)
    }
  }

  /// Independent rows of given classes `[N]`: class i of a mixture has its i-th Gaussian, of the Swiss
  /// roll, which begins in the middle, the i-th of `count` parts of equal mass (Makhzani et al. 2015,
  /// section 2.3).
  ///
  /// - Precondition: a mixture of `count` Gaussians or the Swiss roll.
  public func sample(of classes: Tensor, among count: Int) -> Tensor {
    let column = classes.reshaped(to: [-1, 1])
    switch self {
    case .gaussianMixture(count): return spokes(column, of: count)
    case .swissRoll:
      let place = Tensor.uniform(column.shape, on: classes.device)
      return roll((column.cast(to: .float32) + place) / Double(count))
    default: preconditionFailure("\(self) has no parts for \(count) classes")
    }
  }

  /// Independent rows that a seed decides. Row i follows from the seed and i alone, for whole blocks are
  /// drawn whatever `count` is, and is the same on every device.
  public func rows(_ count: Int, seed: UInt64, on device: Device = .cpu) -> Tensor {
    let random = RandomGenerator(seed: seed)
    let blocks = (0..<max((count + Self.block - 1) / Self.block, 1)).map { _ in
      random.run { sample(Self.block, on: .cpu) }
    }
    return Tensor.concatenated(blocks, axis: 0).narrowed(0, from: 0, length: count).moved(
      to: device)
  }

  /// Rows that are drawn at once where a seed decides them.
  private static let block = 64

  /// As many independent rows as `batch` has, on its device.
  public func sample(like batch: Tensor) -> Tensor { sample(batch.size(0), on: batch.device) }

  /// Points of Gaussians in as many directions `[N, 1]` of `count`, at distance about 1, spread 0.3 along
  /// and 0.05 across.
  private func spokes(_ component: Tensor, of count: Int) -> Tensor {
    let angle = component.cast(to: .float32) * (2 * .pi / Double(count))
    let noise = Tensor.randn([angle.size(0), 2], on: angle.device)
    let along = noise.narrowed(1, from: 0, length: 1) * 0.3 + 1
    let across = noise.narrowed(1, from: 1, length: 1) * 0.05
    return .concatenated(
      [
        along * angle.cos() - across * angle.sin(), along * angle.sin() + across * angle.cos(),
      ], axis: 1)
  }

  /// Points at places `[N, 1]` in [0, 1] of a spiral of one and a half turns, of equal density along
  /// it, spread 0.02.
  private func roll(_ place: Tensor) -> Tensor {
    let turn = place.sqrt() * (3 * .pi)
    let point = Tensor.concatenated([turn.cos(), turn.sin()], axis: 1) * (turn / (3 * .pi))
    return point + Tensor.randn([place.size(0), 2], on: place.device) * 0.02
  }

  /// The point at fraction `t` of the way from `a` to `b` (both `[D]` or `[N, D]`): on the great
  /// circle for a normal prior, whose mass lies near a sphere, and on the straight line otherwise;
  /// the parts of a joint prior each go their own way.
  public func interpolate(_ a: Tensor, _ b: Tensor, at t: Double) -> Tensor {
    if case .joint(let parts) = self {
      return .concatenated(
        zip(parts, columns(of: parts)).map { part, columns in
          part.interpolate(a.sliced(-1, columns), b.sliced(-1, columns), at: t)
        }, axis: -1)
    }
    guard case .normal = self else { return a.interpolated(to: b, by: t) }
    let cosine =
      (a * b).sum(axes: [-1], keepingDimensions: true)
      / (a.norm(axes: [-1], keepingDimensions: true) * b.norm(axes: [-1], keepingDimensions: true))
    let angle = cosine.clamped(to: -0.9999999...0.9999999).acos()
    let weightA = (angle * (1 - t)).sin() / angle.sin()
    return a * weightA + b * ((angle * t).sin() / angle.sin())
  }

  /// Whether rows can be moved toward a mean that is a row as good as any.
  public var hasMean: Bool {
    switch self {
    case .normal, .uniform: true
    case .categorical, .gaussianMixture, .swissRoll: false
    case .joint(let parts): parts.contains(where: \.hasMean)
    }
  }

  /// Rows `[N, D]` moved toward the prior's mean: `amount` 1 leaves them, 0 ends there. Smaller amounts give
  /// more typical and less varied images (the truncation trick, Brock et al. 2019, section 3.1, by scaling
  /// instead of drawing again). Parts without a mean, such as categories, stay as they are.
  public func truncated(_ rows: Tensor, to amount: Double) -> Tensor {
    switch self {
    case .normal: return rows * amount
    case .uniform(_, let low, let high):
      let mean = (low + high) / 2
      return (rows - mean) * amount + mean
    case .categorical, .gaussianMixture, .swissRoll: return rows
    case .joint(let parts):
      return .concatenated(
        zip(parts, columns(of: parts)).map { part, columns in
          part.truncated(rows.sliced(-1, columns), to: amount)
        }, axis: -1)
    }
  }

  /// Which columns of a row belong to each part.
  private func columns(of parts: [LatentPrior]) -> [Range<Int>] {
    var start = 0
    return parts.map { part in
      defer { start += part.dimension }
      return start..<start + part.dimension
    }
  }
}
