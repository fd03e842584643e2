import GANData
import GANKit
import GANMetrics
import GANTraining
import Torch
import TorchNN

/// How good what a system makes of images of its data is, each way that it has: translations, and images
/// whose holes it has filled.
///
/// Against the images that they should look like: the metrics asked for, else the Fréchet distance, of
/// few images the kernel distance. Against the targets of pairs: mean absolute error, PSNR and SSIM. There and back, for two
/// domains: the cycle error. Where the data has masks of its objects: by how much what lies outside of them
/// was changed. Where the inputs have labels and the network tells their classes: in how
/// many the class is kept, beside what it reads in real images of that kind and in the inputs. Of holes:
/// the errors inside, ``HoleErrors``.
struct TranslationEvaluation {
  let data: DataConfiguration
  let layout: DataLayout
  let shape: DataShape
  let metrics: [MetricSuite.Metric]?
  /// The networks of features, by the part of the layout that outputs should look like.
  let extractors: [Int: any FeatureExtractor]
  let device: Device
  /// Images of a minibatch in training.
  let batchSize: Int
  /// Where features of the images to be compared with are kept.
  let cache: ReferenceCache
  var count: Int?
  var seed: UInt64 = 1

  private static let defaultCount = 10_000

  /// Images that the network of features sees at once: about 100, in whole minibatches.
  private var groupSize: Int { batchSize * max(100 / batchSize, 1) }

  /// The results of a split, for comparisons that start from images.
  func results(of comparisons: [Comparison], on split: Split) throws -> [MetricResult] {
    let (sides, masks) = (try sides(of: split), try masks(of: split))
    var results = try comparisons.flatMap { comparison -> [MetricResult] in
      guard let part = comparison.part, let extractor = extractors[comparison.target] else {
        return []
      }
      return try self.results(
        comparison, from: sides[part], to: sides[comparison.target], masks?[part], extractor)
    }
    for index in results.indices { results[index].convention.split = split.rawValue }
    return results
  }

  /// Tries the metrics on the images that outputs should look like, as many as there will be outputs.
  ///
  /// - Throws: `MetricError` for the first that cannot be computed.
  func tryMetrics(of comparisons: [Comparison], on split: Split) throws {
    let sides = try sides(of: split)
    for comparison in comparisons {
      guard let part = comparison.part, let extractor = extractors[comparison.target] else {
        continue
      }
      let real = try cache.referenceFeatures(of: sides[comparison.target], using: extractor)
      let classes = Set(sides[part].labels).count
      _ = try compared(real.resized(to: sides[part].count, classes: classes), real)
    }
  }

  /// Some images of each kind, prepared as in training; of a set and a few of its images all.
  private func sides(of split: Split) throws -> [PackedImages] {
    let sources = try ImageSets.open(data, layout, split: split, seed: seed)
    return try zip(sources.suffix(shape.parts.count), shape.parts).map { source, shape in
      try prepared(source, shape)
    }
  }

  /// The masks of these images; `nil` where the data has none, or images of it may be left out.
  private func masks(of split: Split) throws -> [PackedImages]? {
    guard !data.skipBroken else { return nil }
    return try ImageSets.openMasks(data, layout, split: split).map { sources in
      try zip(sources, shape.parts).map { source, shape in
        var plane = shape
        plane.channels = 1
        return try prepared(source, plane)
      }
    }
  }

  private func prepared(
    _ source: any ImageSource, _ shape: ImageShape
  ) throws -> PackedImages {
    let some = SubsetSource(
      source, ShuffledOrder.choice(count ?? Self.defaultCount, of: source.count))
    return try PackedImages(
      some, size: shape.size, channels: shape.channels, fit: data.fit ?? source.preferredFit,
      policy: data.skipBroken && !isAligned ? .skipBroken : .fail)
  }

  private var isAligned: Bool { layout.relation == .aligned }

  private func results(
    _ comparison: Comparison, from: PackedImages, to: PackedImages, _ masks: PackedImages?,
    _ extractor: any FeatureExtractor
  ) throws -> [MetricResult] {
    var translated = FeatureSet(network: extractor.info)
    var inputs = FeatureSet(network: extractor.info)
    var (errors, holes) = (Errors(), HoleErrors())
    try Randomness.isolated(seed: seed, on: device) {
      for start in stride(from: 0, to: from.count, by: groupSize) {
        let indices = Array(start..<min(start + groupSize, from.count))
        let images = tensor(from, indices)
        let mask = comparison.holes.map { $0(images) }
        let input = mask.map { images.filled(where: $0, with: 0) } ?? images
        let output = inMinibatches(images, mask, comparison.output)
        let labels = indices.compactMap { $0 < from.labels.count ? Int(from.labels[$0]) : nil }
        try translated.add(extractor.outputs(of: unit(output)), labels: labels)
        try inputs.add(extractor.outputs(of: unit(input)), labels: labels)
        try errors.add(
          output, target: isAligned ? tensor(to, indices) : nil,
          cycle: comparison.back.map { back in
            (inMinibatches(output) { images, _ in back(images) } - input).abs()
          },
          background: masks.flatMap { backgroundChange(output, input, tensor($0, indices)) })
        if let mask {
          holes.add(unit(output), input: unit(input), original: unit(images), mask: mask)
        }
      }
    }
    let real = try cache.referenceFeatures(of: to, using: extractor)
    return try named(
      comparison.name,
      compared(translated, real) + before(inputs, real) + kept(translated, inputs, real, extractor))
      + errors.results(named: comparison.name) + named(comparison.name, holes.results)
  }

  /// What was asked for; else the Fréchet distance, or the kernel distance where a set is too small for
  /// a covariance.
  private func compared(
    _ translated: FeatureSet, _ real: FeatureSet
  ) throws -> [MetricResult] {
    let isEnough = min(translated.count, real.count) > real.network.dimension
    return try MetricSuite(metrics ?? [isEnough ? .fid : .kidFull])
      .evaluate(translated, reference: real)
  }

  /// The distance that the inputs had.
  private func before(_ inputs: FeatureSet, _ real: FeatureSet) throws -> [MetricResult] {
    named("input-", try compared(inputs, real))
  }

  /// The share of outputs that are read as their inputs' class, and what it has to be compared with.
  private func kept(
    _ translated: FeatureSet, _ inputs: FeatureSet, _ real: FeatureSet,
    _ extractor: any FeatureExtractor
  ) throws -> [MetricResult] {
    let suite = MetricSuite([.accuracy])
    return try [("", translated), ("input-", inputs), ("real-", real)]
      .filter { extractor.knowsClasses && hasKnownClasses($0.1) }
      .flatMap { prefix, set in named(prefix, try suite.evaluate(set, reference: set)) }
  }

  /// Whether the set has labels and the network has scores for all of them.
  private func hasKnownClasses(_ set: FeatureSet) -> Bool {
    guard let largest = set.labels.max() else { return false }
    return largest < set.logits?.size(1) ?? 0
  }

  /// Each minibatch by itself.
  private func inMinibatches(
    _ images: Tensor, _ mask: Tensor? = nil, _ body: (Tensor, Tensor?) -> Tensor
  ) -> Tensor {
    let count = images.size(0)
    let parts = stride(from: 0, to: count, by: batchSize).map { start in
      let range = start..<min(start + batchSize, count)
      return evaluating { body(images[range], mask.map { $0[range] }) }
    }
    return .concatenated(parts)
  }

  private func tensor(_ images: PackedImages, _ indices: [Int]) -> Tensor {
    Tensor(
      imageBytes: images.batch(indices, crop: nil, draws: []).pixels,
      shape: [indices.count] + images.preparation.shape, on: device)
  }
}

/// How much images `[N, C, H, W]` differ on average where their masks `[N, 1, H, W]` are black, `[N]`; `nil` for
/// images of unequal channels.
private func backgroundChange(_ output: Tensor, _ input: Tensor, _ masks: Tensor) -> Tensor? {
  guard output.size(1) == input.size(1) else { return nil }
  let outside = (masks .< -0.99).cast(to: .float32)
  let area = outside.sum(axes: [1, 2, 3]).clamped(to: 1...(.infinity))
  let change = ((output - input).abs() * outside).sum(axes: [1, 2, 3])
  return change / area / Double(input.size(1))
}

/// [-1, 1] as [0, 1], rounded to the grey levels of a file.
private func unit(_ images: Tensor) -> Tensor {
  ((images * 0.5 + 0.5).clamped(to: 0...1) * 255).rounded() / 255
}

/// Results with something in front of their names, such as `ab/`.
func named(_ prefix: String, _ results: [MetricResult]) -> [MetricResult] {
  results.map { result in
    var result = result
    result.name = prefix + result.name
    return result
  }
}

/// Errors of single images, averaged at the end.
private struct Errors {
  private var sums: [String: Double] = [:]
  private var count = 0

  mutating func add(
    _ output: Tensor, target: Tensor?, cycle: Tensor?, background: Tensor?
  ) throws {
    let images = Double(output.size(0))
    count += output.size(0)
    if let cycle { sums["cycle-error", default: 0] += cycle.mean().item() / 2 * images }
    if let background {
      sums["background-error", default: 0] += background.mean().item() / 2 * images
    }
    guard let target else { return }
    sums["l1", default: 0] += (output - target).abs().mean().item() / 2 * images
    for result in try pairedSimilarity(unit(output), reference: unit(target)) {
      sums[result.name, default: 0] += result.value * images
    }
  }

  func results(named prefix: String) -> [MetricResult] {
    sums.sorted { $0.key < $1.key }.map { name, sum in
      MetricResult(
        prefix + name, sum / Double(max(count, 1)),
        convention: MetricConvention(
          samples: count, references: count, settings: ["range": "1"]))
    }
  }
}
