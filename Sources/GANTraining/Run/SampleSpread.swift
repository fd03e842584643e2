import GANKit
import Torch

/// How far images of one kind are apart: the root of the mean squared distance of two of them, for a pixel.
///
/// It follows from the variances, so that no pair is looked at.
enum SampleSpread {
  /// Of images `[N, C, H, W]` of one kind, at least two.
  static func distance(of images: Tensor) -> Double {
    distance(squares: squares(of: images), count: images.size(0) - 1, each: images)
  }

  /// Of rows of images whose columns are kinds of their own: those of a column are compared.
  ///
  /// - Precondition: at least two rows, all of one shape.
  static func distance(ofColumns rows: [Tensor]) -> Double {
    let columns = rows[0].size(0)
    let all = Tensor.concatenated(rows.map { $0.reshaped(to: [1] + $0.shape) })
    return distance(squares: squares(of: all), count: columns * (rows.count - 1), each: rows[0])
  }

  /// Of images whose labels are kinds of their own; `nil` where no two have the same label.
  static func distance(of images: Tensor, labels: [Int]) -> Double? {
    let members = Dictionary(grouping: labels.indices, by: { labels[$0] }).values
      .filter { $0.count > 1 }
    guard !members.isEmpty else { return nil }
    let sum = members.reduce(0.0) { sum, indices in
      sum + squares(of: images.gathered(Tensor(indices).moved(to: images.device)))
    }
    return distance(
      squares: sum, count: members.reduce(0) { $0 + $1.count - 1 }, each: images)
  }

  /// The squared distances from the mean along the first axis, added up.
  private static func squares(of images: Tensor) -> Double {
    let deviation = images - images.mean(axes: [0], keepingDimensions: true)
    return (deviation * deviation).sum().item()
  }

  /// Two independent images of variance v are 2·v apart in the mean of squares.
  private static func distance(squares: Double, count: Int, each images: Tensor) -> Double {
    let values = images.shape.dropFirst().reduce(1, *)
    return (2 * squares / Double(max(count, 1) * max(values, 1))).squareRoot()
  }
}

/// How the brightness of pictures belongs together, pixel by pixel.
enum BrightnessCorrelation {
  /// The mean correlation of each image with the one it belongs to, both `[N, C, H, W]` and of one size; of
  /// one colour all over there is none, which counts as 0.
  static func mean(_ a: Tensor, _ b: Tensor) -> Double {
    let (a, b) = (centered(a), centered(b))
    let products = (a * b).sum(axes: [1])
    let lengths = a.norm(axes: [1]) * b.norm(axes: [1])
    return (products / (lengths + 1e-12)).mean().item()
  }

  /// The correlation of the mean pictures of two sets.
  static func ofMeans(_ a: Tensor, _ b: Tensor) -> Double {
    mean(
      a.mean(axes: [0], keepingDimensions: true), b.mean(axes: [0], keepingDimensions: true))
  }

  private static func centered(_ images: Tensor) -> Tensor {
    let grey = images.mean(axes: [1]).flattened(from: 1, to: 2)
    return grey - grey.mean(axes: [1], keepingDimensions: true)
  }
}
