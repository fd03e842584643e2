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
  /// - Parameters:
  ///   - count: the images of a whole minibatch.
  ///   - frames: how many images in turn are cut and mirrored alike.
  func draws(_ step: Int, count: Int, frames: Int, share: BatchShare) -> [ImageDraw] {
    // The shuffled order uses the streams of the same seed by epoch: start far from them.
    var generator = SplitMix64(seed: seed, stream: UInt64(step) | 1 << 63)
    let all = ImageDraw.random(count: count, using: &generator)
    let draws = share.part(of: all).map { draw in
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
  private let share: BatchShare
  private let augmentation: Augmentation?
  private var order: DrawingOrder
  private var pending: [Int: Future<(pixels: [UInt8], labels: [Int64])>] = [:]
  private let depth = 3

  init(
    _ images: any LoadedImages, order: DrawingOrder, batchSize: Int, share: BatchShare,
    augmentation: Augmentation?
  ) {
    (self.images, self.order) = (images, order)
    (self.batchSize, self.share) = (batchSize, share)
    self.augmentation = augmentation
  }

  func batch(at step: Int) throws -> (pixels: [UInt8], labels: [Int64]) {
    pending = pending.filter { $0.key >= step && $0.key < step + depth }
    for next in step..<(step + depth) where pending[next] == nil {
      pending[next] = try future(of: next)
    }
    return try (pending.removeValue(forKey: step) ?? future(of: step)).wait()
  }

  private func future(of step: Int) throws -> Future<(pixels: [UInt8], labels: [Int64])> {
    let indices = try order.indices(step: step, batchSize: batchSize, share: share)
    return Future { [images, augmentation, batchSize, share, frames = order.frames] in
      guard let augmentation else { return try images.batch(indices) }
      let draws = augmentation.draws(step, count: batchSize, frames: frames, share: share)
      return try images.batch(indices, crop: augmentation.crop, draws: draws)
    }
  }
}
