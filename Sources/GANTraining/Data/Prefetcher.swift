import Foundation
import GANData

/// How images are varied from one time to the next.
struct Augmentation: Sendable {
  let crop: ImageSize?
  private let flip: Bool
  private let seed: UInt64

  /// What a configuration asks for, if anything.
  init?(_ data: DataConfiguration, seed: UInt64) {
    guard data.flip || data.crop != nil else { return nil }
    (crop, flip, self.seed) = (data.crop, data.flip, seed)
  }

  /// The draws of a step, which follow from the seed and the step's number alone.
  ///
  /// - Parameter frames: how many images in turn are cut and mirrored alike.
  func draws(_ step: Int, count: Int, frames: Int) -> [ImageDraw] {
    // The shuffled order uses the streams of the same seed by epoch: start far from them.
    var generator = SplitMix64(seed: seed, stream: UInt64(step) | 1 << 63)
    let draws = ImageDraw.random(count: count / frames, using: &generator).map { draw in
      let place = crop == nil ? ImageDraw.center : draw
      return ImageDraw(x: place.x, y: place.y, flips: flip && draw.flips)
    }
    return (0..<frames).flatMap { _ in draws }
  }
}

/// Decodes the next few minibatches in the background.
final class Prefetcher {
  private let images: any LoadedImages
  private let batchSize: Int
  private let augmentation: Augmentation?
  private var order: DrawingOrder
  private var pending: [Int: Future<(pixels: [UInt8], labels: [Int64])>] = [:]
  private let depth = 3

  init(
    _ images: any LoadedImages, order: DrawingOrder, batchSize: Int, augmentation: Augmentation?
  ) {
    (self.images, self.order, self.batchSize) = (images, order, batchSize)
    self.augmentation = augmentation
  }

  func batch(at step: Int) throws -> (pixels: [UInt8], labels: [Int64]) {
    pending = pending.filter { $0.key >= step && $0.key < step + depth }
    for next in step..<(step + depth) where pending[next] == nil {
      pending[next] = future(of: next, try order.indices(step: next, batchSize: batchSize))
    }
    let next =
      try pending.removeValue(forKey: step)
      ?? future(of: step, order.indices(step: step, batchSize: batchSize))
    return try next.wait()
  }

  private func future(of step: Int, _ indices: [Int]) -> Future<(pixels: [UInt8], labels: [Int64])>
  {
    Future { [images, augmentation, frames = order.frames] in
      guard let augmentation else { return try images.batch(indices) }
      let draws = augmentation.draws(step, count: indices.count, frames: frames)
      return try images.batch(indices, crop: augmentation.crop, draws: draws)
    }
  }
}
