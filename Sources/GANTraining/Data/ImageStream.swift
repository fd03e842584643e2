import GANData
import GANKit
import Torch

/// One set of prepared images as minibatches on a device, in an order of its own. The batch of a
/// step follows from the seed and the step's number alone.
final class ImageStream {
  /// `[C, H, W]` of what a step sees.
  let imageShape: [Int]
  /// How many images there are, or windows of frames.
  let count: Int
  /// The classes' names in label order; empty without labels.
  let classNames: [String]
  /// Broken files that were left out.
  let skipped: [BrokenImage]
  /// How many images each class has; empty without labels.
  let classCounts: [Int]
  /// Images of the place that are not used.
  var leftOut: [LeftOutImages] = []
  /// Files of the place that are not read.
  var unused = UnusedFiles()
  /// What some of the images tell; nil for points.
  var survey: SampleSurvey?
  /// How the images became of one size.
  let fit: ImageFit?
  /// Whether some images have other proportions than what is made of them.
  var changesProportions = false
  /// What the set is called.
  var name = ""
  /// Points of all images `[count, K, 2]`, where they are attached.
  var landmarks: Tensor?
  /// Names of the frames behind which some are missing.
  var gaps: [String] = []

  /// What is drawn with each image; planes lie behind its own in this order.
  private let attachments: [DataLayout.Attachment]
  private let storage: Storage
  private let device: Device
  private let batchSize: Int
  private let share: BatchShare
  private var order: DrawingOrder
  private var prefetcher: Prefetcher?

  private enum Storage {
    /// All images on the device, `[N, C, H, W]` `uint8` or (points) `float32`, and labels `[N]`.
    case resident(Tensor, Tensor?)
    /// Images decoded, or cut and mirrored, while training goes on.
    case streaming(any LoadedImages, Augmentation?)
  }

  /// Points `[N, D, 1, 1]`.
  init(
    points: Tensor, batchSize: Int, share: BatchShare, seed: UInt64, on device: Device
  ) throws {
    (imageShape, count) = (Array(points.shape.dropFirst()), points.size(0))
    (classNames, classCounts, skipped, fit, attachments) = ([], [], [], nil, [])
    storage = .resident(points.moved(to: device), nil)
    (self.device, self.batchSize, self.share) = (device, batchSize, share)
    order = DrawingOrder(count: count, balancing: [], seed: seed)
    _ = try ShuffledOrder(count: count, seed: seed).stepsPerEpoch(batchSize: batchSize)
  }

  /// Prepared images, cut and mirrored as `data` says.
  ///
  /// - Parameters:
  ///   - attachments: what is attached to the images.
  ///   - windows: the images of each window of frames; `nil` where each stands for itself.
  ///   - seed: decides order, cuts and mirrors; equal for images that belong together.
  init(
    _ images: any LoadedImages, with attachments: [DataLayout.Attachment] = [],
    _ data: DataConfiguration, windows: [[Int]]? = nil, batchSize: Int, share: BatchShare,
    seed: UInt64, on device: Device
  ) throws {
    self.attachments = attachments
    let size = data.crop ?? images.preparation.size
    imageShape = [images.preparation.channels, size.height, size.width]
    count = windows?.count ?? images.count
    classNames = images.labels.isEmpty ? [] : images.classNames
    classCounts = images.labels.reduce(into: classNames.map { _ in 0 }) { $0[Int($1)] += 1 }
    (skipped, fit) = (images.skipped, images.preparation.fit)
    let augmentation = Augmentation(data, seed: seed)
    storage =
      augmentation.map { .streaming(images, $0) }
      ?? ImageStream.storage(images, shape: Self.planes(imageShape, attachments), on: device)
    (self.device, self.batchSize, self.share) = (device, batchSize, share)
    order =
      windows.map { .windows(ShuffledOrder(count: $0.count, seed: seed), $0) }
      ?? DrawingOrder(
        count: count, balancing: data.sampling == .balanced ? images.labels : [], seed: seed)
    _ = try ShuffledOrder(count: count, seed: seed).stepsPerEpoch(batchSize: batchSize)
  }

  /// The minibatch of a step, counted from 0: images in [-1, 1], and labels where there are any.
  func batch(at step: Int) throws -> BatchPart {
    switch storage {
    case .resident(let images, let labels):
      let indices = try indices(at: step)
      return try part(
        ImageStream.normalized(images.gathered(indices)), labels?.gathered(indices), at: step)
    case .streaming(let images, let augmentation):
      let loaded = try prefetched(step, from: images, augmentation)
      let pixels = try Tensor(
        bytes: loaded.pixels,
        shape: [share.size(of: batchSize) * order.frames] + Self.planes(imageShape, attachments))
      let labels = loaded.labels.isEmpty ? nil : Tensor(loaded.labels.map { Int($0) })
      return try part(
        ImageStream.normalized(pixels.moved(to: device)), labels?.moved(to: device), at: step)
    }
  }

  /// Images and what is attached to them, each as a tensor of its own.
  private func part(_ planes: Tensor, _ labels: Tensor?, at step: Int) throws -> BatchPart {
    guard !attachments.isEmpty else { return BatchPart(images: planes, labels: labels) }
    var start = 0
    func next(_ count: Int) -> Tensor {
      defer { start += count }
      return planes.narrowed(1, from: start, length: count).contiguous(.channelsLast)
    }
    let images = next(imageShape[0])
    let attached = try attachments.compactMap { attachment in
      switch attachment {
      case .mask: attachment.values(of: next(attachment.channels))
      case .landmarks: try landmarks?.gathered(indices(at: step))
      }
    }
    return BatchPart(images: images, labels: labels, attached: attached)
  }

  /// Which images a step draws.
  private func indices(at step: Int) throws -> Tensor {
    Tensor(try order.indices(step: step, batchSize: batchSize, share: share))
      .moved(to: device)
  }

  /// `[C + A, H, W]` of images with what is attached to them.
  private static func planes(_ shape: [Int], _ attachments: [DataLayout.Attachment]) -> [Int] {
    [attachments.reduce(shape[0]) { $0 + $1.channels }] + shape.dropFirst()
  }

  private func prefetched(
    _ step: Int, from images: any LoadedImages, _ augmentation: Augmentation?
  ) throws -> (pixels: [UInt8], labels: [Int64]) {
    let loader =
      prefetcher
      ?? Prefetcher(
        images, order: order, batchSize: batchSize, share: share, augmentation: augmentation)
    prefetcher = loader
    return try loader.batch(at: step)
  }

  /// Bytes as floats in [-1, 1], channels innermost.
  private static func normalized(_ images: Tensor) -> Tensor {
    guard images.dtype == .uint8 else { return images }
    return images.asImages
  }

  private static func storage(
    _ images: any LoadedImages, shape: [Int], on device: Device
  ) -> Storage {
    guard let packed = images.packedPixels else { return .streaming(images, nil) }
    let pixels = Tensor(bytes: packed, shape: [images.count] + shape)
    let labels = images.labels.isEmpty ? nil : Tensor(images.labels.map { Int($0) })
    return .resident(
      pixels.contiguous(.channelsLast).moved(to: device), labels?.moved(to: device))
  }
}
