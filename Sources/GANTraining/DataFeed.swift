import Foundation
import GANData
import GANKit
import Torch

/// Prepared images as minibatches on a device. The batch of a step follows from the seed and the
/// step's number alone.
public final class DataFeed {
  /// What the images look like.
  public let shape: DataShape
  /// How many there are.
  public let count: Int
  /// The classes' names in label order; empty without labels.
  public let classNames: [String]
  /// Broken files that were left out.
  public let skipped: [BrokenImage]

  private let storage: Storage
  private let device: Device
  private let batchSize: Int
  private var order: ShuffledOrder
  private var prefetcher: Prefetcher?

  private enum Storage {
    /// All images on the device, `[N, C, H, W]` `uint8` or (points) `float32`, and labels `[N]`.
    case resident(Tensor, Tensor?)
    /// Images decoded, or cut and mirrored, while training goes on.
    case streaming(any LoadedImages, Augmentation?)
  }

  /// Opens and prepares the data.
  ///
  /// - Throws: `DataError` naming the file, or saying how many images there are and how many a
  ///   batch needs.
  public init(
    _ configuration: DataConfiguration, size: Int?, batchSize: Int, seed: UInt64,
    on device: Device = .cpu
  ) throws {
    (self.device, self.batchSize) = (device, batchSize)
    if let toy = ToyDistribution(rawValue: configuration.source) {
      try DataFeed.checkPoints(configuration)
      (shape, classNames, skipped) = (DataShape(channels: 2, height: 1, width: 1), [], [])
      count = max(DataFeed.pointCount, batchSize)
      storage = .resident(DataFeed.points(toy, count: count, seed: seed).moved(to: device), nil)
    } else {
      let images = try DataFeed.load(configuration, size: size, batchSize: batchSize)
      let side = try DataFeed.side(configuration.crop, of: images)
      shape = DataShape(
        channels: images.preparation.channels, height: side, width: side,
        classes: images.labels.isEmpty ? 0 : images.classNames.count)
      (count, classNames, skipped) = (images.count, images.classNames, images.skipped)
      let augmentation = Augmentation(configuration, seed: seed)
      storage =
        augmentation.map { .streaming(images, $0) }
        ?? DataFeed.storage(images, shape: shape, on: device)
    }
    order = ShuffledOrder(count: count, seed: seed)
    _ = try order.stepsPerEpoch(batchSize: batchSize)
  }

  /// Whole minibatches in one pass over the data.
  public var stepsPerEpoch: Int { max(count / batchSize, 1) }

  /// The minibatch of a step, counted from 0: images in [-1, 1], and labels where there are any.
  public func batch(at step: Int) throws -> (images: Tensor, labels: Tensor?) {
    switch storage {
    case .resident(let images, let labels):
      let indices = Tensor(try order.indices(step: step, batchSize: batchSize)).moved(to: device)
      return (DataFeed.normalized(images.gathered(indices)), labels?.gathered(indices))
    case .streaming(let images, let augmentation):
      let loaded = try prefetched(step, from: images, augmentation)
      let pixels = Tensor(bytes: loaded.pixels, shape: [batchSize] + shape.imageShape)
      let labels = loaded.labels.isEmpty ? nil : Tensor(loaded.labels.map { Int($0) })
      return (DataFeed.normalized(pixels.moved(to: device)), labels?.moved(to: device))
    }
  }

  private func prefetched(
    _ step: Int, from images: any LoadedImages, _ augmentation: Augmentation?
  ) throws -> (pixels: [UInt8], labels: [Int64]) {
    let loader =
      prefetcher
      ?? Prefetcher(images, order: order, batchSize: batchSize, augmentation: augmentation)
    prefetcher = loader
    return try loader.batch(at: step)
  }

  /// Bytes as floats in [-1, 1], channels innermost.
  private static func normalized(_ images: Tensor) -> Tensor {
    guard images.dtype == .uint8 else { return images }
    return (images.cast(to: .float32) * (2.0 / 255) - 1).settled(.channelsLast)
  }

  /// How many points are drawn from a toy distribution.
  public static let pointCount = 100_000
  /// By how much points are scaled for training: networks see and draw the half.
  public static let pointScale = 0.5

  /// Points scaled, which brings the built-in distributions into [-1, 1].
  private static func points(_ toy: ToyDistribution, count: Int, seed: UInt64) -> Tensor {
    Tensor(toy.points(count: count, seed: seed), shape: [count, 2, 1, 1]) * pointScale
  }

  private static func checkPoints(_ data: DataConfiguration) throws {
    for (option, value) in [
      ("--size", data.size), ("--channels", data.channels), ("--crop", data.crop),
      ("--flip", data.flip ? 1 : nil),
    ] {
      guard let value else { continue }
      throw RunError.option(
        option, found: "\(value)", expected: "none, for '\(data.source)' has points, not images")
    }
  }

  private static func load(
    _ data: DataConfiguration, size: Int?, batchSize: Int
  ) throws -> any LoadedImages {
    let source = try DataSource.open(data.source)
    let facts = try source.facts()
    guard let side = size ?? data.size ?? facts.nativeSize.map({ max($0.width, $0.height) }) else {
      throw RunError.option(
        "--size", found: "none",
        expected: "a number, because \(data.source) has images of "
          + "different sizes, up to \(facts.largestSize)")
    }
    // One minibatch of bytes, which also bounds what its numbers take.
    let channels = data.channels ?? facts.channels
    let most = (1 << 31) / (side * side * channels)
    guard batchSize <= most else {
      throw RunError.option(
        "--batch-size", found: "\(batchSize)", expected: "at most \(most) images of \(side)x\(side)"
      )
    }
    return try DataSet.load(
      source, size: side, channels: data.channels, fit: source is IDXSet ? .pad : .cropResize,
      policy: data.skipBroken ? .skipBroken : .fail)
  }

  /// The side of what a step sees.
  private static func side(_ crop: Int?, of images: any LoadedImages) throws -> Int {
    let size = images.preparation.size
    if let crop { try checkOption("--crop", crop, 1...size) }
    return crop ?? size
  }

  private static func storage(
    _ images: any LoadedImages, shape: DataShape, on device: Device
  ) -> Storage {
    guard let packed = images as? PackedImages else { return .streaming(images, nil) }
    let pixels = Tensor(bytes: packed.pixels, shape: [packed.count] + shape.imageShape)
    let labels = packed.labels.isEmpty ? nil : Tensor(packed.labels.map { Int($0) })
    return .resident(
      pixels.contiguous(.channelsLast).moved(to: device), labels?.moved(to: device))
  }
}
