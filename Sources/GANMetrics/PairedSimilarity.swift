import Torch

/// PSNR, SSIM and, for images with sides of at least 161, MS-SSIM of images and what they should
/// be, `[N, C, H, W]` both: mean and deviation over the images.
///
/// Quantities of pairs, for systems whose output has a known right answer, such as super-resolution.
///
/// - Parameter range: The difference of the largest and the smallest possible value: 1 for [0, 1].
/// - Throws: ``MetricError`` for images of different shapes, with a side below 11, or NaN.
public func pairedSimilarity(
  _ images: Tensor, reference: Tensor, range: Double = 1
) throws -> [MetricResult] {
  var values = [
    ("psnr", try peakSignalToNoise(images, reference: reference, range: range)),
    ("ssim", try structuralSimilarity(images, reference: reference, range: range)),
  ]
  if min(images.size(2), images.size(3)) >= smallestMultiScaleSide {
    values.append(("ms-ssim", try multiScaleSimilarity(images, reference: reference, range: range)))
  }
  return values.map { name, each in
    let summary = MeanAndDeviation(each)
    // The deviation of infinities is none.
    return MetricResult(
      name, summary.mean, deviation: summary.deviation.isFinite ? summary.deviation : nil,
      convention: MetricConvention(
        samples: each.count, references: each.count, settings: ["range": "\(range)"]))
  }
}
