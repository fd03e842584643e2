import Foundation
import Torch

/// A part of a generator's input that is to carry a meaning, apart from the noise.
public struct LatentCode: Sendable, Equatable {
  /// What values it takes.
  public enum Kind: Sendable, Equatable {
    /// One of so many categories, as a one-hot row.
    case categorical(Int)
    /// A number, uniform on this range in training.
    case continuous(ClosedRange<Double>)
  }

  /// `c1`, `c2`, ... in the order of the columns.
  public let name: String
  /// What values it takes.
  public let kind: Kind
  /// Where it stands in a row of the latent.
  public let columns: Range<Int>

  /// A code of a given place.
  public init(_ name: String, _ kind: Kind, columns: Range<Int>) {
    (self.name, self.kind, self.columns) = (name, kind, columns)
  }

  /// Codes side by side, named `c1`, `c2`, ..., the first from column `start` on.
  public static func named(_ kinds: [Kind], from start: Int) -> [LatentCode] {
    var next = start
    return kinds.enumerated().map { index, kind in
      defer { next += kind.width }
      return LatentCode("c\(index + 1)", kind, columns: next..<next + kind.width)
    }
  }

  /// The values that may be asked for: the categories, or a range twice as wide as in training,
  /// over which meanings usually go on (Chen et al. 2016, figure 2).
  public var limits: ClosedRange<Double> {
    switch kind {
    case .categorical(let count): return 0...Double(count - 1)
    case .continuous(let range):
      let half = (range.upperBound - range.lowerBound) / 2
      return range.lowerBound - half...range.upperBound + half
    }
  }

  /// `latent` `[N, D]` with this code set to one value for each row.
  ///
  /// - Parameter values: N values within ``limits``, whole numbers for a categorical code.
  public func setting(_ latent: Tensor, to values: [Double]) -> Tensor {
    let column = Tensor(values.map { Float($0) }, shape: [values.count, 1]).moved(to: latent.device)
    var parts = [latent.sliced(1, 0..<columns.lowerBound)]
    switch kind {
    case .categorical(let count):
      parts.append(column.flattened().cast(to: .int64).oneHot(classes: count))
    case .continuous: parts.append(column)
    }
    parts.append(latent.sliced(1, columns.upperBound..<latent.size(1)))
    return .concatenated(parts.map { $0.cast(to: latent.dtype) }, axis: 1)
  }
}

extension LatentCode.Kind {
  /// How many columns it takes.
  public var width: Int {
    switch self {
    case .categorical(let count): count
    case .continuous: 1
    }
  }

  /// The lower bound on the information that a network has of a code, in nats: its entropy plus the mean
  /// log-likelihood of the code's values (Chen et al. 2016, equation 4).
  ///
  /// - Parameters:
  ///   - values: `[N, width]`.
  ///   - inferred: logits of a categorical, means of continuous codes whose deviation is 1.
  public func information(about values: Tensor, from inferred: Tensor) -> Tensor {
    let inferred = inferred.atLeastFloat32()
    switch self {
    case .categorical(let count):
      let likelihood = (values * inferred.logSoftmax(axis: 1)).sum(axes: [1]).mean()
      return likelihood + log(Double(count))
    case .continuous(let range):
      let likelihood = -0.5 * (values - inferred).squared().mean() - 0.5 * log(2 * Double.pi)
      return likelihood + log(range.upperBound - range.lowerBound)
    }
  }
}

/// A recipe whose latent holds codes that a network reads off images again.
public protocol CodedRecipe: GenerativeRecipe {
  /// The codes in the order of their columns.
  var codes: [LatentCode] { get }

  /// What the recognition network makes of images `[N, C, H, W]`: for each of ``codes`` the logits
  /// `[N, count]` of a categorical, the mean `[N, 1]` of a continuous one.
  func inferCodes(_ images: Tensor) -> [Tensor]
}
