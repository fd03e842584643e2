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
    bytes(latent: latent, block: block) { range in
      recipe.generate(latent[range], labels: labels.map { $0[range] })
    }
  }

  /// Both images of each pair for `latent` `[N, D]`, one behind the other, as bytes in the order `[2·N, C, H, W]`. A
  /// grey one beside one in colour has three channels as well.
  public static func bytes(
    ofPairs recipe: some CoupledRecipe, latent: Tensor, block: Int = 256
  ) -> (pixels: [UInt8], shape: [Int]) {
    bytes(latent: latent, block: block) { range in
      let (a, b) = recipe.generatePairs(latent[range])
      let channels = max(a.size(1), b.size(1))
      let pairs = [a, b].map { images in
        images.expanded(to: [images.size(0), channels, images.size(2), images.size(3)])
          .reshaped(to: [images.size(0), 1, channels, images.size(2), images.size(3)])
      }
      return Tensor.concatenated(pairs, axis: 1).flattened(from: 0, to: 1)
    }
  }

  /// The first image of each pair for `latent` `[N, D]`, as bytes in the order `[N, C, H, W]`.
  public static func bytes(
    ofFirst recipe: some CoupledRecipe, latent: Tensor, block: Int = 256
  ) -> (pixels: [UInt8], shape: [Int]) {
    bytes(latent: latent, block: block) { recipe.generatePairs(latent[$0]).a }
  }

  private static func bytes(
    latent: Tensor, block: Int, draw: (Range<Int>) -> Tensor
  ) -> (pixels: [UInt8], shape: [Int]) {
    var pixels: [UInt8] = []
    var (count, shape) = (0, [Int]())
    for start in stride(from: 0, to: latent.size(0), by: block) {
      let images = evaluating { draw(start..<min(start + block, latent.size(0))) }
      (count, shape) = (count + images.size(0), Array(images.shape.dropFirst()))
      pixels += images.imageBytes
    }
    return (pixels, [count] + shape)
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
