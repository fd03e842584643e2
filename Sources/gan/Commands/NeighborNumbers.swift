import GANAnalysis
import SwiftGAN
import Torch

/// Images and the set in which their neighbours are looked for.
struct NeighborQuery {
  let images: Tensor
  let base: PreparedImages
  /// As many new images as there are samples of a run; `nil` where there are none.
  var heldOut: Tensor?
  /// The images' positions in their own set, where they are from one.
  var indices: [Int]?
  /// Their classes, where both sets have the same ones.
  var labels: [Int]?
  let title: String
}

/// What `gan analyze neighbors` prints.
struct NeighborNumbers: Encodable {
  let samples: Int
  let embedding: String
  let meanDistance: Double
  let testDistance: Double?
  /// Different images among the nearest.
  let distinctNearest: Int
  /// The share of images whose nearest has their class.
  let sameClass: Double?
  let images: [Int]?
  let indices: [[Int]]
  let distances: [[Double]]

  init(_ found: ImageNeighbors, _ query: NeighborQuery, usual: Double?, embedding: String) {
    (samples, self.embedding) = (found.indices.count, embedding)
    (meanDistance, testDistance) = (found.meanDistance, usual)
    (distinctNearest, images) = (found.distinctNearest, query.indices)
    (indices, distances) = (found.indices, found.distances)
    sameClass = query.labels.map { found.share(of: $0, in: query.base) }
  }
}

/// What `gan analyze neighbors` prints of a run that compares two domains.
struct CounterpartNumbers: Encodable {
  let images, others: Int
  let split: String
  /// The share of images whose nearest has their class; `nil` where the domains have no classes in common.
  let sameClass: Counterparts.Shares?
  /// Different images among the nearest.
  let distinctByEmbedding, distinctByPixels: Int
  let byEmbedding, byPixels: [[Int]]

  init(_ found: Counterparts) {
    (images, others) = (found.images.size(0), found.others.count)
    (split, sameClass) = (found.split.rawValue, found.sameClass)
    (byEmbedding, byPixels) = (found.byEmbedding.indices, found.byPixels.indices)
    distinctByEmbedding = found.byEmbedding.distinctNearest
    distinctByPixels = found.byPixels.distinctNearest
  }

  /// In a line.
  var text: String {
    let classes = sameClass.map {
      "; of the same class \(decimal($0.embedding * 100, 1))% by the embedding, "
        + "\(decimal($0.pixels * 100, 1))% by pixels"
    }
    return "nearest of \(others) images of the other domain to \(images): \(distinctByEmbedding) "
      + "different ones by the embedding, \(distinctByPixels) by pixels\(classes ?? "")"
  }
}
