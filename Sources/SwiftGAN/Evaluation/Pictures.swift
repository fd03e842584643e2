import Foundation
import GANData
import GANKit
import GANMetrics
import GANTraining
import Torch
import TorchNN

/// Images of which nothing can be measured: those of a generator that draws one and the same, for
/// example. One line for the user.
struct NothingToMeasure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Images that metrics look at: bytes `[N, C, H, W]` with a class each, or none.
struct Pictures {
  /// What they are called in messages.
  let name: String
  let pixels: [UInt8]
  let shape: [Int]
  let labels: [Int]
  /// What was done to them before anything looked at them, in words.
  let resizing: String?

  /// Checks what no metric says clearly.
  ///
  /// - Throws: ``NothingToMeasure``.
  init(
    _ name: String, pixels: [UInt8], shape: [Int], labels: [Int] = [], resizing: String? = nil
  ) throws {
    (self.name, self.pixels, self.shape, self.labels) = (name, pixels, shape, labels)
    self.resizing = resizing
    guard hasStructure else {
      throw NothingToMeasure(
        "\(name): all \(shape[0]) images are constant, each of one colour; "
          + "there is nothing to compare")
    }
    guard shape[0] == 1 || differ else {
      throw NothingToMeasure(
        "\(name): all \(shape[0]) images are the same; distributions need images that differ")
    }
  }

  var count: Int { shape[0] }
  var size: ImageSize { ImageSize(height: shape[2], width: shape[3]) }
  private var each: Int { shape[1] * shape[2] * shape[3] }

  /// Whether any image has two different values.
  private var hasStructure: Bool {
    (0..<count).contains { index in
      let image = pixels[index * each..<(index + 1) * each]
      return image.contains { $0 != image.first }
    }
  }

  /// Whether any image differs from the first.
  private var differ: Bool {
    let first = pixels[0..<each]
    return (1..<count).contains { !pixels[$0 * each..<($0 + 1) * each].elementsEqual(first) }
  }

  /// Some of them, `[N, C, H, W]` in [0, 1].
  func tensor(of positions: [Int]) -> Tensor {
    let bytes = positions.flatMap { pixels[$0 * each..<($0 + 1) * each] }
    return Tensor(bytes: bytes, shape: [positions.count] + shape.dropFirst()).cast(to: .float32)
      / 255
  }

  /// What a network makes of them.
  func features(
    by extractor: any FeatureExtractor, keeping: Bool, block: Int = 250
  ) throws -> FeatureSet {
    var result = FeatureSet(network: extractor.info, keepingFeatures: keeping)
    for start in stride(from: 0, to: count, by: block) {
      let end = min(start + block, count)
      let bytes = Tensor(
        bytes: Array(pixels[start * each..<end * each]), shape: [end - start] + shape.dropFirst())
      try result.add(
        try extractor.outputs(of: bytes.cast(to: .float32) / 255),
        labels: labels.isEmpty ? [] : Array(labels[start..<end]))
    }
    return result
  }
}

extension Pictures {
  /// What a system draws from noise.
  ///
  /// - Parameters:
  ///   - classes: how many classes it is told of.
  ///   - shares: how often each class is drawn, such as the numbers of images of a reference; `nil` draws
  ///     all equally often.
  init(
    of comparison: Comparison, prior: LatentPrior, classes: Int, shares: [Int]? = nil, count: Int,
    shape: ImageShape, seed: UInt64, on device: Device, name: String
  ) throws {
    try checkField("count", count, 1...((1 << 31) / shape.dimensions.reduce(1, *)))
    let latent = Randomness.isolated(seed: seed, on: device) { prior.sample(count, on: device) }
    let equal = [Int](repeating: 1, count: classes)
    let labels = classes > 0 ? ClassTurns.labels(count, shares: shares ?? equal) : []
    let given = labels.isEmpty ? nil : Tensor(labels).moved(to: device)
    var pixels: [UInt8] = []
    for start in stride(from: 0, to: count, by: 256) {
      let range = start..<min(start + 256, count)
      pixels += evaluating {
        comparison.output(latent[range], given.map { $0[range] }).imageBytes
      }
    }
    try self.init(name, pixels: pixels, shape: [count] + shape.dimensions, labels: labels)
  }

  /// Images of a data set or folder; fewer than all are a random choice. Squares of one size stay as they
  /// are; others become, as in training, of `size`, which is the reference's. Where that has none,
  /// images of one size stay and others become squares as large as the largest of them, up to what the
  /// network of photos looks at.
  init(of set: NamedSet, count: Int?, seed: UInt64, size: ImageSize?) throws {
    let source = try set.open()
    let facts = try source.facts()
    let side = min(facts.largestSize.longest, PhotoFeatures.side)
    let square = facts.nativeSize.flatMap { $0.isSquare ? $0 : nil }
    let size = square ?? size ?? facts.nativeSize ?? ImageSize(side: side)
    let kept = min(count ?? source.count, source.count)
    let images = try DataSet.load(
      SubsetSource(source, ShuffledOrder.choice(kept, of: source.count, seed: seed)), size: size,
      channels: facts.channels, fit: square == nil ? source.preferredFit : .pad)
    try self.init(
      set.title, pixels: images.batch(Array(0..<kept)).pixels,
      shape: [kept] + images.preparation.shape,
      resizing: facts.resizing(of: set.title, to: size, source.preferredFit))
  }

  /// Images of an array as ``ArrayImages`` reads it, fewer than all a random choice. `FILE.labels.npy`
  /// beside it holds their classes, if it is there.
  init(npy path: String, count: Int?, seed: UInt64) throws {
    let source = try ArrayImages(npy: path)
    let (facts, kept) = (source.facts(), min(count ?? source.count, source.count))
    let size = facts.largestSize
    let chosen = ShuffledOrder.choice(kept, of: source.count, seed: seed)
    var pixels: [UInt8] = []
    for index in chosen { pixels += try source.image(at: index).planarPixels }
    // The numbers that stand in the file: the set's own labels leave out classes without images.
    let labels = chosen.compactMap { source.label(at: $0) }
      .compactMap { Int(source.classNames[$0]) }
    try self.init(
      path, pixels: pixels, shape: [kept, facts.channels, size.height, size.width], labels: labels)
  }
}
