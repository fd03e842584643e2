import Foundation
import GANMetrics
import Torch

/// How far pixels inside of holes are from the original, over all holes of a set: of completed images, of
/// the images with holes, and of those with each hole filled by the mean of what is known of its image.
struct HoleErrors {
  private static let (completed, input, meanFill) = ("hole", "input-hole", "mean-fill")

  private var absolute: [String: Double] = [:]
  private var squared: [String: Double] = [:]
  private var (values, images) = (0.0, 0)

  /// Adds images `[N, C, H, W]` in [0, 1].
  ///
  /// - Parameter mask: where their holes are, `[N, 1, H, W]`, `bool`.
  mutating func add(_ output: Tensor, input: Tensor, original: Tensor, mask: Tensor) {
    images += original.size(0)
    values += mask.cast(to: .float32).sum().item() * Double(original.size(1))
    let filled = [
      Self.completed: output, Self.input: input, Self.meanFill: filledByMeans(original, mask),
    ]
    for (name, candidate) in filled {
      let difference = (candidate - original).filled(where: mask.logicalNot(), with: 0)
      absolute[name, default: 0] += difference.abs().sum().item()
      squared[name, default: 0] += difference.squared().sum().item()
    }
  }

  /// In each channel the mean of the image's known pixels.
  private func filledByMeans(_ images: Tensor, _ mask: Tensor) -> Tensor {
    let known = mask.logicalNot().cast(to: .float32)
    let means =
      (images * known).sum(axes: [2, 3], keepingDimensions: true)
      / known.sum(axes: [2, 3], keepingDimensions: true)
    return images.replacing(where: mask, with: (means * 255).rounded() / 255)
  }

  /// Mean absolute error and the peak signal-to-noise ratio of the mean squared one; nothing without holes.
  var results: [MetricResult] {
    guard values > 0 else { return [] }
    let convention = MetricConvention(
      samples: images, references: images, settings: ["range": "1"])
    return [Self.completed, Self.meanFill, Self.input].flatMap { name in
      [
        MetricResult("\(name)-l1", (absolute[name] ?? 0) / values, convention: convention),
        MetricResult(
          "\(name)-psnr", -10 * log10((squared[name] ?? 0) / values), convention: convention),
      ]
    }
  }
}
