import Foundation
import GANData
import GANKit
import Torch
import TorchNN

/// Images of a generator as bytes and pictures.
public enum SampleSheet {
  /// Images for `latent` `[N, D]`, drawn in evaluation mode in blocks of bounded size: bytes in the
  /// order `[N, C, H, W]`.
  public static func bytes(
    of recipe: some GenerativeRecipe, latent: Tensor, labels: Tensor?, block: Int = 256
  ) -> (pixels: [UInt8], shape: [Int]) {
    var pixels: [UInt8] = []
    var shape: [Int] = []
    for start in stride(from: 0, to: latent.size(0), by: block) {
      let range = start..<min(start + block, latent.size(0))
      let images = evaluating {
        recipe.generate(latent[range], labels: labels.map { $0[range] })
      }
      shape = Array(images.shape.dropFirst())
      pixels += images.imageBytes
    }
    return (pixels, [latent.size(0)] + shape)
  }

  /// One picture of all images, `columns` in a row.
  public static func grid(pixels: [UInt8], shape: [Int], columns: Int) -> DecodedImage {
    ImageGrid.tiled(
      planar: pixels, channels: shape[1], height: shape[2], width: shape[3], columns: columns)
  }

  /// Points `[N, D, 1, 1]` in [-1, 1] of a distribution: of the plane as a picture of their density, of a line
  /// as a histogram with the distribution's density over it.
  public static func points(_ points: Tensor, of distribution: PointDistribution) -> DecodedImage {
    switch distribution {
    case .plane: density(points)
    case .line(let curve): HistogramSheet(points.floats, frame: distribution.frame, curve).picture()
    }
  }

  /// Points `[N, 2, 1, 1]` in [-1, 1] as a picture of their density, brighter where more lie.
  public static func density(_ points: Tensor, side: Int = 256) -> DecodedImage {
    var counts = [Int](repeating: 0, count: side * side)
    let values = points.floats
    for index in stride(from: 0, to: values.count - 1, by: 2)
    where values[index].isFinite && values[index + 1].isFinite {
      // Clamped before the conversion: a point may lie anywhere, and Int holds less than Float.
      let position = [values[index], -values[index + 1]].map {
        Int(min(max(($0 * 0.5 + 0.5) * Float(side), 0), Float(side - 1)))
      }
      counts[position[1] * side + position[0]] += 1
    }
    let pixels = counts.map { UInt8(min(255, $0 == 0 ? 0 : 96 + 40 * $0)) }
    return DecodedImage(width: side, height: side, channels: 1, pixels: pixels)
  }
}
