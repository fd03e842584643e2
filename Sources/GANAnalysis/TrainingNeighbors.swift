import Foundation
import GANData
import GANMetrics
import Torch

/// The training images nearest to given images, by Euclidean distance of pixels in [-1, 1]: what a
/// generator has learned by heart shows as samples that lie far nearer to the training set than new
/// images do.
public struct TrainingNeighbors {
  /// Indices of training images for each image, nearest first.
  public let indices: [[Int]]
  /// Their distances.
  public let distances: [[Double]]

  /// Searches the whole set, a block of images at a time.
  ///
  /// - Parameter images: `[N, C, H, W]` in [-1, 1].
  public init(of images: Tensor, in training: PreparedImages, k: Int, block: Int = 4096) throws {
    let queries = images.contiguous().flattened(from: 1)
    var found = [[(index: Int, distance: Double)]](repeating: [], count: images.size(0))
    for start in stride(from: 0, to: training.count, by: block) {
      let range = Array(start..<min(start + block, training.count))
      let base = try training.tensor(range).contiguous().flattened(from: 1)
      let near = min(k, range.count)
      let neighbors = try nearestNeighbors(of: queries, in: base, k: near)
      let (indices, distances) = (neighbors.indices.integers, neighbors.distances.doubles)
      for row in found.indices {
        found[row] += (row * near..<(row + 1) * near).map {
          (start + indices[$0], distances[$0])
        }
        found[row] = Array(found[row].sorted { $0.distance < $1.distance }.prefix(k))
      }
    }
    indices = found.map { $0.map(\.index) }
    distances = found.map { $0.map(\.distance) }
  }

  /// The mean distance to the nearest.
  public var meanDistance: Double {
    distances.compactMap(\.first).reduce(0, +) / Double(max(distances.count, 1))
  }

  /// A row for each of the first images: itself, then its neighbours with their distances.
  public func scene(of images: Tensor, in training: PreparedImages, rows: Int = 12) throws -> Scene
  {
    let count = min(rows, indices.count)
    let own = DecodedImage.pictures(images[0..<count])
    return PictureRows(
      title: "sample, then the nearest training images",
      try (0..<count).map { row in
        let near = DecodedImage.pictures(try training.tensor(indices[row]))
        return PictureRows.Row(
          "\(row + 1)", [own[row]] + near,
          notes: ["sample"] + distances[row].map { String(format: "%.2f", $0) })
      }
    ).scene()
  }
}
