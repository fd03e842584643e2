import Foundation
import GANData
import GANMetrics
import Torch

/// The space in which images are compared.
public enum ImageEmbedding {
  /// Pixels in [-1, 1].
  case pixels
  /// A network's features.
  case features(any FeatureExtractor)

  /// Rows `[N, D]` for images `[N, C, H, W]` in [-1, 1].
  ///
  /// - Throws: `MetricError` for images that the network cannot read.
  func callAsFunction(_ images: Tensor) throws -> Tensor {
    switch self {
    case .pixels: images.contiguous().flattened(from: 1)
    case .features(let network): try network.features(((images + 1) / 2).clamped(to: 0...1))
    }
  }

  /// How it is called in results.
  public var name: String {
    switch self {
    case .pixels: "pixels"
    case .features(let network): network.info.name
    }
  }
}

/// The images of a set nearest to given images, by Euclidean distance in an embedding.
///
/// Samples that a generator has learned by heart lie far nearer to the training set than new images
/// do; between two domains, neighbours in a shared embedding are counterparts, the use that TwinGAN
/// (Li 2018) makes of them.
public struct ImageNeighbors {
  /// Indices of the set's images for each image, nearest first.
  public let indices: [[Int]]
  /// Their distances.
  public let distances: [[Double]]

  /// Searches the whole set, a block of images at a time.
  ///
  /// - Parameter images: `[N, C, H, W]` in [-1, 1].
  /// - Throws: `DataError`, or `MetricError` for images that the embedding cannot read.
  public init(
    of images: Tensor, in set: PreparedImages, k: Int, by embedding: ImageEmbedding = .pixels,
    block: Int = 4096
  ) throws {
    let queries = try ImageNeighbors.embedded(images, embedding)
    try self.init(ofRows: queries, in: set, k: k, block: block) { try embedding($0) }
  }

  /// Searches the whole set for the neighbours of rows `[N, D]`, a block of images at a time.
  ///
  /// - Parameter rows: `[M, D]` for images `[M, C, H, W]` of the set.
  /// - Throws: `DataError`, or what `rows` throws.
  public init(
    ofRows queries: Tensor, in set: PreparedImages, k: Int, block: Int = 4096,
    by rows: (Tensor) throws -> Tensor
  ) throws {
    var found = [[(index: Int, distance: Double)]](repeating: [], count: queries.size(0))
    for start in stride(from: 0, to: set.count, by: block) {
      let range = Array(start..<min(start + block, set.count))
      let base = try set.features(range) { try rows($0) }
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

  private static func embedded(_ images: Tensor, _ embedding: ImageEmbedding) throws -> Tensor {
    .concatenated(
      try stride(from: 0, to: images.size(0), by: 256).map {
        try embedding(images[$0..<min($0 + 256, images.size(0))])
      })
  }

  /// The mean distance to the nearest.
  public var meanDistance: Double {
    distances.compactMap(\.first).reduce(0, +) / Double(max(distances.count, 1))
  }

  /// How many different images of the set are nearest to some image: few where all images crowd
  /// around the same ones.
  public var distinctNearest: Int { Set(indices.compactMap(\.first)).count }

  /// The share of images, of these classes, whose nearest image of the set has the same one.
  public func share(of labels: [Int], in set: PreparedImages) -> Double {
    let nearest = indices.map { $0.first.map { set.labels[$0] } }
    return Double(zip(nearest, labels).count { $0 == $1 }) / Double(max(labels.count, 1))
  }

  /// A row for each of the first images: itself, then its neighbours with their distances, then those of
  /// another search of the same set.
  public func scene(
    of images: Tensor, in set: PreparedImages, title: String, beside other: ImageNeighbors? = nil,
    rows: Int = 12
  ) throws -> Scene {
    let count = min(rows, indices.count)
    let own = DecodedImage.pictures(images[0..<count])
    let searches = [self] + (other.map { [$0] } ?? [])
    return PictureRows(
      title: title,
      try (0..<count).map { row in
        let near = try searches.flatMap {
          DecodedImage.pictures(try set.tensor($0.indices[row]))
        }
        let distances = searches.flatMap { $0.distances[row] }
        return PictureRows.Row(
          "\(row + 1)", [own[row]] + near,
          notes: [""] + distances.map { String(format: "%.2f", $0) })
      }
    ).scene()
  }
}
