import Foundation
import Torch

/// Peak signal-to-noise ratio of every image in decibels, 10 log₁₀(range² / mean squared error):
/// `[N, C, H, W]` twice to N values; infinite for equal images.
///
/// - Parameter range: The difference of the largest and the smallest possible value: 1 for [0, 1].
/// - Throws: ``MetricError`` for images of different shapes or NaN.
public func peakSignalToNoise(
  _ images: Tensor, reference: Tensor, range: Double = 1
) throws -> [Double] {
  let (a, b) = try comparableImages(images, reference)
  let errors = (a - b).squared().mean(axes: [1, 2, 3]).doubles
  return errors.map { 10 * log10(range * range / $0) }
}

/// Structural similarity of every image, from -1 to 1 (Wang et al. 2004, section III):
/// `[N, C, H, W]` twice to N values.
///
/// Gaussian windows of 11x11 with deviation 1.5, K₁ = 0.01, K₂ = 0.03, only windows that lie wholly
/// inside the image, population covariances, the mean over windows and channels.
///
/// - Parameter range: As in ``peakSignalToNoise(_:reference:range:)``.
/// - Throws: ``MetricError`` for images of different shapes, smaller than a window, or NaN.
public func structuralSimilarity(
  _ images: Tensor, reference: Tensor, range: Double = 1
) throws -> [Double] {
  let (a, b) = try comparableImages(images, reference, smallestSide: windowSize, "ssim")
  return SimilarityMaps(a, b, range: range).similarity.mean(axes: [1]).doubles
}

/// How large the windows are through which images are compared at each of five scales.
public enum SimilarityWindow: Sendable {
  /// 11x11: images need sides of at least 161.
  case fixed
  /// At most 11x11, and at most as large as the image, the deviation in proportion: images need sides of
  /// at least 17. How images of 128x128 are compared in Odena et al. 2016.
  case fitting

  /// The shortest side that leaves more than one pixel at the last scale, or room for the window.
  var smallestSide: Int { self == .fixed ? smallestMultiScaleSide : 17 }

  /// The window's side for images of this size.
  fileprivate func size(in images: Tensor) -> Int {
    self == .fixed ? windowSize : min(windowSize, images.size(2), images.size(3))
  }
}

/// Multi-scale structural similarity of every image, from 0 to 1 (Wang, Simoncelli, Bovik 2003):
/// five scales with the paper's weights, halved by 2x2 averages between them.
///
/// Means of single scales below 0 count as 0, as in the `pytorch-msssim` package.
///
/// - Parameter range: As in ``peakSignalToNoise(_:reference:range:)``.
/// - Throws: ``MetricError`` for images of different shapes, with a side below that of the window's
///   choice, or NaN.
public func multiScaleSimilarity(
  _ images: Tensor, reference: Tensor, range: Double = 1, window: SimilarityWindow = .fixed
) throws -> [Double] {
  var (a, b) = try comparableImages(
    images, reference, smallestSide: window.smallestSide, "ms-ssim")
  var product: Tensor?
  for (scale, weight) in scaleWeights.enumerated() {
    let maps = SimilarityMaps(a, b, range: range, window: window.size(in: a))
    let isLast = scale == scaleWeights.count - 1
    let factor = (isLast ? maps.similarity : maps.contrast).relu().power(weight)
    product = product.map { $0 * factor } ?? factor
    if !isLast { (a, b) = (halved(a), halved(b)) }
  }
  return product?.mean(axes: [1]).doubles ?? []
}

private let windowSize = 11
/// The window has to fit into the image halved four times.
let smallestMultiScaleSide = (windowSize - 1) * 16 + 1
private let scaleWeights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]

/// Both sets in float64, of one shape.
private func comparableImages(
  _ a: Tensor, _ b: Tensor, smallestSide: Int = 1, _ metric: String = "images"
) throws -> (Tensor, Tensor) {
  guard a.rank == 4, a.count > 0 else {
    throw MetricError.shape(what: "images", found: a.shape, expected: "[N, C, H, W]")
  }
  guard a.shape == b.shape else {
    throw MetricError.shape(what: "reference images", found: b.shape, expected: "\(a.shape)")
  }
  guard min(a.size(2), a.size(3)) >= smallestSide else {
    throw MetricError.setting(
      name: "\(metric): the images' smaller side", value: min(a.size(2), a.size(3)),
      expected: "at least \(smallestSide)")
  }
  let first = try a.detached().inDoublePrecision().checkedFinite("images")
  let second = try b.detached().inDoublePrecision().checkedFinite("reference images")
  return (first, second.moved(to: first.device))
}

/// An odd side gets a border of zeros on both ends, as in `pytorch-msssim`.
private func halved(_ images: Tensor) -> Tensor {
  let (rows, columns) = (images.size(2) % 2, images.size(3) % 2)
  return images.padded(left: columns, right: columns, top: rows, bottom: rows).averagePooled(2)
}

/// Means over windows, `[N, C]`: contrast times structure, and that times luminance.
private struct SimilarityMaps {
  let contrast: Tensor
  let similarity: Tensor

  init(_ a: Tensor, _ b: Tensor, range: Double, window: Int = windowSize) {
    let (c1, c2) = ((0.01 * range) * (0.01 * range), (0.03 * range) * (0.03 * range))
    func blurred(_ images: Tensor) -> Tensor { GANMetrics.blurred(images, window: window) }
    let (meanA, meanB) = (blurred(a), blurred(b))
    let product = meanA * meanB
    let (squareA, squareB) = (meanA.squared(), meanB.squared())
    // Rounding can leave a flat image a variance just below 0.
    let varianceA = (blurred(a.squared()) - squareA).relu()
    let varianceB = (blurred(b.squared()) - squareB).relu()
    let covariance = blurred(a * b) - product
    let contrastMap = (covariance * 2 + c2) / (varianceA + varianceB + c2)
    let luminance = (product * 2 + c1) / (squareA + squareB + c1)
    contrast = contrastMap.mean(axes: [2, 3])
    similarity = (contrastMap * luminance).mean(axes: [2, 3])
  }
}

/// Every channel by itself under the Gaussian window, one direction after the other.
private func blurred(_ images: Tensor, window size: Int) -> Tensor {
  let deviation = 1.5 * Double(size) / Double(windowSize)
  let offsets = (0..<size).map { Double($0) - Double(size - 1) / 2 }
  let weights = offsets.map { exp(-$0 * $0 / (2 * deviation * deviation)) }
  let total = weights.reduce(0, +)
  let window = Tensor(doubles: weights.map { $0 / total }).moved(to: images.device)
  let shape = images.shape
  let planes = images.reshaped(to: [shape[0] * shape[1], 1, shape[2], shape[3]])
  let result = planes.conv2d(window.reshaped(to: [1, 1, size, 1]))
    .conv2d(window.reshaped(to: [1, 1, 1, size]))
  return result.reshaped(to: [shape[0], shape[1], result.size(2), result.size(3)])
}
