import Foundation
import GANData
import GANMetrics
import Torch

/// Where in an image a classifier sees a class (Zhou et al. 2016, "Learning Deep Features for
/// Discriminative Localization").
public struct ClassActivation {
  /// The class whose map this is.
  public let classIndex: Int
  /// The class with the highest score.
  public let predicted: Int
  /// All class scores.
  public let logits: [Double]
  /// What the classifier's coarse places add to the class's score, row by row.
  public let contributions: [[Double]]
  /// The contributions at the image's own size, interpolated, row by row.
  public let map: [[Double]]
  private let image: DecodedImage

  /// The map of one class, or of the class with the highest score.
  ///
  /// - Throws: `MetricError` for an image that the classifier cannot read; the caller has checked
  ///   the class.
  public init(of image: DecodedImage, class index: Int? = nil, by classifier: any PlaceClassifier)
    throws
  {
    let pixels = Tensor(
      bytes: image.pixels, shape: [1, image.height, image.width, image.channels])
    let values = pixels.permuted(0, 3, 1, 2).contiguous().cast(to: .float32) / 255
    let found = try classifier.contributions(in: values)
    self.image = image
    logits = found.logits[0].doubles
    predicted = found.logits[0].argmax(axis: 0).integers[0]
    classIndex = index ?? predicted
    let own = found.maps.narrowed(1, from: classIndex, length: 1).contiguous()
    contributions = ClassActivation.rows(own)
    map = ClassActivation.rows(
      ClassActivation.enlarged(own, width: image.width, height: image.height))
  }

  /// The classifier sees 28x28 in the middle of 32x32, and anything else stretched.
  private static func enlarged(_ map: Tensor, width: Int, height: Int) -> Tensor {
    guard width == 28, height == 28 else {
      return map.resized(height: height, width: width, by: .bilinear)
    }
    return map.resized(height: 32, width: 32, by: .bilinear)
      .narrowed(2, from: 2, length: 28).narrowed(3, from: 2, length: 28)
  }

  private static func rows(_ map: Tensor) -> [[Double]] {
    let (values, width) = (map.contiguous().doubles, map.size(3))
    return (0..<map.size(2)).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }

  /// The class's probability, from 0 to 1.
  public var probability: Double {
    let most = logits.max() ?? 0
    return exp(logits[classIndex] - most) / logits.reduce(0) { $0 + exp($1 - most) }
  }

  /// The smallest box around the largest connected region above `share` of the map's maximum; `nil`
  /// where nothing speaks for the class. The paper takes a share of 0.2 (section 3.2).
  public func box(share: Double = 0.2) -> PixelBox? {
    guard let most = map.joined().max(), most > 0 else { return nil }
    let mask = map.map { row in row.map { $0 > most * share } }
    return largestRegion(of: mask).map { places in
      let (xs, ys) = (places.map(\.x), places.map(\.y))
      let (left, top) = (xs.min() ?? 0, ys.min() ?? 0)
      return PixelBox(
        x: left, y: top, width: (xs.max() ?? left) - left + 1,
        height: (ys.max() ?? top) - top + 1)
    }
  }

  /// The image as it is, as large as ``picture(share:)``.
  public var original: DecodedImage { image.marked([], scale: image.displayScale) }

  /// The image, grey and paler, with the map over it from orange to yellow where it speaks for the
  /// class, and the box's outline.
  public func picture(share: Double = 0.2) -> DecodedImage {
    let grey = image.converted(toChannels: 1).pixels
    let most = max(map.joined().max() ?? 0, 1e-12)
    let pixels = map.joined().enumerated().flatMap { index, value -> [UInt8] in
      let heat = min(max(value / most, 0), 1)
      let base = Double(grey[index]) * 0.75 + 48
      // From vermilion at the faintest to yellow at the strongest.
      let ink = (red: 235.0, green: 60 + 175 * heat, blue: 30.0)
      let part = 0.85 * heat
      return [ink.red, ink.green, ink.blue].map { UInt8(base + ($0 - base) * part) }
    }
    let overlay = DecodedImage(
      width: image.width, height: image.height, channels: 3, pixels: pixels)
    return overlay.marked(
      box(share: share).map { [$0] } ?? [], Ink(0x56_B4E9), scale: overlay.displayScale)
  }
}

/// The largest set of marked places joined by their sides; of equals the first in reading order.
func largestRegion(of mask: [[Bool]]) -> [(x: Int, y: Int)]? {
  var (left, best) = (mask, [(x: Int, y: Int)]())
  for y in mask.indices {
    for x in mask[y].indices where left[y][x] {
      var (region, next) = ([(x: x, y: y)], 0)
      left[y][x] = false
      while next < region.count {
        let (px, py) = region[next]
        next += 1
        for (nx, ny) in [(px - 1, py), (px + 1, py), (px, py - 1), (px, py + 1)]
        where mask.indices.contains(ny) && mask[ny].indices.contains(nx) && left[ny][nx] {
          left[ny][nx] = false
          region.append((x: nx, y: ny))
        }
      }
      if region.count > best.count { best = region }
    }
  }
  return best.isEmpty ? nil : best
}
