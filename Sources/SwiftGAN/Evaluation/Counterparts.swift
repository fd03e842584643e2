import GANAnalysis
import GANData
import GANKit
import GANTraining
import Torch

/// What lies nearest in one domain to images of the other: by what a system finds in the images of both
/// (Li 2018, TwinGAN), and by pixels.
public struct Counterparts {
  /// The images whose neighbours were looked for, `[N, C, H, W]` in [-1, 1].
  public let images: Tensor
  /// The other domain.
  public let others: PreparedImages
  /// The nearest by the system's rows.
  public let byEmbedding: ImageNeighbors
  /// The nearest by pixels.
  public let byPixels: ImageNeighbors
  /// The part of the data that both are of.
  public let split: Split
  /// The images' classes, where both domains have the same.
  private let labels: [Int]?

  /// In how many cases the nearest image has the same class.
  public struct Shares: Codable, Sendable {
    /// Of the nearest by the system's rows.
    public let embedding: Double
    /// Of the nearest by pixels.
    public let pixels: Double
  }

  /// Those of a translator, from images that were held out where there are such.
  ///
  /// - Parameters:
  ///   - count: images whose neighbours are looked for, decided by the seed, among all of the other domain.
  ///   - neighbors: of each.
  init(
    of run: Run, _ direction: Direction, by recipe: any EmbeddingRecipe, count: Int,
    neighbors: Int, seed: UInt64
  ) throws {
    let data = run.configuration.data
    split = try ImageSets.holdOut(data, run.layout, seed: seed) ? .test : .all
    let sources = try ImageSets.open(data, run.layout, split: split, seed: seed)
    let domains = try zip(sources, run.shape.parts).map { source, shape in
      try PreparedImages(source, shape, as: data)
    }
    let own = direction == .ab ? domains[0] : domains[1]
    others = direction == .ab ? domains[1] : domains[0]
    try checkField("neighbors", neighbors, 1...others.count)
    let chosen = own.chosen(count, seed: seed)
    images = try own.tensor(chosen)
    func rows(_ images: Tensor, _ direction: Direction) -> Tensor {
      run.inUse(seed: 1) {
        recipe.embed(images.moved(to: run.device).contiguous(.channelsLast), direction)
          .moved(to: .cpu)
      }
    }
    byEmbedding = try ImageNeighbors(
      ofRows: own.features(chosen) { rows($0, direction) }, in: others, k: neighbors
    ) { rows($0, direction.reversed) }
    byPixels = try ImageNeighbors(of: images, in: others, k: neighbors)
    labels =
      own.classNames == others.classNames && !own.labels.isEmpty
      ? chosen.map { own.labels[$0] } : nil
  }

  /// In how many cases the nearest image has the same class; `nil` where the domains have none in common.
  public var sameClass: Shares? {
    labels.map {
      Shares(
        embedding: byEmbedding.share(of: $0, in: others),
        pixels: byPixels.share(of: $0, in: others))
    }
  }

  /// A row for each of the first images: itself, its neighbours by the embedding, as many by pixels.
  public func scene() throws -> Scene {
    try byEmbedding.scene(
      of: images, in: others,
      title: "image, then the nearest of the other domain by the embedding, then by pixels",
      beside: byPixels)
  }
}

extension Run {
  /// What lies nearest in the other domain to images that the run was not trained on, if some are held out.
  ///
  /// - Parameters:
  ///   - direction: from which domain to which; `nil` takes the system's usual one.
  ///   - count: how many images.
  ///   - neighbors: how many of the other domain for each.
  ///   - seed: decides which images.
  /// - Throws: `RunError` for a system that finds nothing in common, `DataError` for data that is lost.
  public func counterparts(
    _ direction: Direction? = nil, count: Int = 64, neighbors: Int = 1, seed: UInt64 = 1
  ) throws -> Counterparts {
    let recipe = try role((any EmbeddingRecipe).self, "compare images of two domains")
    return try Counterparts(
      of: self, direction ?? recipe.directions[0], by: recipe, count: count, neighbors: neighbors,
      seed: seed)
  }
}
