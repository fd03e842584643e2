import GANData
import GANKit
import GANMetrics
import GANTraining
import Torch
import TorchNN

/// How far a system is from giving back images of a set: the mean squared error of their pixels in
/// [-1, 1].
struct ReconstructionEvaluation {
  let set: NamedSet
  let image: ImageShape
  let device: Device
  /// How many images at most, chosen by a fixed seed.
  let count: Int

  /// A number for each comparison with the images that the system was given.
  func results(of comparisons: [Comparison]) throws -> [MetricResult] {
    let comparisons = comparisons.filter(\.givesBack)
    guard !comparisons.isEmpty else { return [] }
    let images = try set.load(size: image.size, channels: image.channels)
    let chosen = ShuffledOrder.choice(min(count, images.count), of: images.count)
    return try comparisons.map { comparison in
      MetricResult(
        comparison.name + "reconstruction-error", try error(comparison, on: images, chosen),
        convention: MetricConvention(
          samples: chosen.count, references: chosen.count, split: set.split.rawValue,
          settings: ["range": "2"]))
    }
  }

  private func error(
    _ comparison: Comparison, on images: any LoadedImages, _ chosen: [Int], block: Int = 250
  ) throws -> Double {
    var sum = 0.0
    for start in stride(from: 0, to: chosen.count, by: block) {
      let indices = Array(chosen[start..<min(start + block, chosen.count)])
      let given = Tensor(
        imageBytes: try images.batch(indices).pixels, shape: [indices.count] + image.dimensions,
        on: device)
      let again = evaluating { comparison.output(given, nil) }
      sum += (again - given).squared().mean().item() * Double(indices.count)
    }
    return sum / Double(chosen.count)
  }
}
