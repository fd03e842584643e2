import GANAnalysis
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
    sameClass = query.labels.map { labels in
      let nearest = found.indices.map { $0.first.map { query.base.labels[$0] } }
      return Double(zip(nearest, labels).count { $0 == $1 }) / Double(max(labels.count, 1))
    }
  }
}
