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
/// many the class is kept, beside what it reads in real images of that kind and in the inputs. Where
/// pairs are of people that the system was not trained on: the rank-1 rate of outputs and inputs among
/// one target of each person. Of holes: the errors inside, ``HoleErrors``.
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
      let real = try cache.referenceFeatures(of: sides[comparison.target].images, using: extractor)
      let classes = Set(sides[part].labels).count
      _ = try compared(real.resized(to: sides[part].images.count, classes: classes), real)
    }
  }

  /// Images of a kind.
  private struct Side {
    let images: PackedImages
    /// `[count, K, 2]`, where the layout asks for them.
    let landmarks: Tensor?
    /// Who or what each shows; nothing for images without labels.
    var labels: [Int] { images.labels.map { Int($0) } }
  }

  /// Some images of each kind, prepared as in training; of a set and a few of its images all.
  private func sides(of split: Split) throws -> [Side] {
    let sources = try ImageSets.open(data, layout, split: split, seed: seed)
    let kinds = shape.parts.count
    return try zip(sources.suffix(kinds), zip(shape.parts, layout.parts.suffix(kinds))).map {
      try prepared($0, $1.0, $1.1)
    }
  }

  /// The masks of these images; `nil` where the data has none, or images of it may be left out.
  private func masks(of split: Split) throws -> [PackedImages]? {
    guard !data.skipBroken else { return nil }
    return try ImageSets.openMasks(data, layout, split: split).map { sources in
      try zip(sources, shape.parts).map { source, shape in
        var plane = shape
        plane.channels = 1
        return try packed(some(of: source), as: source.preferredFit, plane)
      }
    }
  }

  private func prepared(
    _ source: any ImageSource, _ shape: ImageShape, _ part: DataLayout.Part
  ) throws -> Side {
    let some = some(of: source)
    let images = try packed(some, as: source.preferredFit, shape)
    return Side(
      images: images,
      landmarks: part.attached.contains(.landmarks)
        ? try some.landmarkTensor(images.preparation).moved(to: device) : nil)
  }

  private func some(of source: any ImageSource) -> SubsetSource {
    SubsetSource(source, ShuffledOrder.choice(count ?? Self.defaultCount, of: source.count))
  }

  private func packed(
    _ source: any ImageSource, as fit: ImageFit, _ shape: ImageShape
  ) throws -> PackedImages {
    try PackedImages(
      source, size: shape.size, channels: shape.channels, fit: data.fit ?? fit,
      policy: data.skipBroken && !isAligned ? .skipBroken : .fail)
  }

  private var isAligned: Bool { layout.relation == .aligned }

  private func results(
    _ comparison: Comparison, from side: Side, to target: Side, _ masks: PackedImages?,
    _ extractor: any FeatureExtractor
  ) throws -> [MetricResult] {
    let (from, to) = (side.images, target.images)
    var translated = FeatureSet(network: extractor.info)
    var inputs = FeatureSet(network: extractor.info)
    var (errors, holes) = (Errors(), HoleErrors())
    var recognition = try recognition(of: from, among: target, extractor)
    try Randomness.isolated(seed: seed, on: device) {
      for start in stride(from: 0, to: from.count, by: groupSize) {
        let indices = Array(start..<min(start + groupSize, from.count))
        let images = tensor(from, indices)
        let mask = comparison.holes.map { $0(images) }
        let input = mask.map { images.filled(where: $0, with: 0) } ?? images
        let points = side.landmarks?.narrowed(0, from: start, length: indices.count)
        let output = inMinibatches(images, mask ?? points, comparison.output)
        let labels = indices.compactMap { $0 < from.labels.count ? Int(from.labels[$0]) : nil }
        let seen = try (extractor.outputs(of: unit(output)), extractor.outputs(of: unit(input)))
        try translated.add(seen.0, labels: labels)
        try inputs.add(seen.1, labels: labels)
        recognition?.add(outputs: seen.0.features, inputs: seen.1.features, of: labels)
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
    let kept =
      knows(from) ? try self.kept(translated, inputs, real, extractor) : recognition?.results ?? []
    return try named(comparison.name, compared(translated, real) + before(inputs, real) + kept)
      + errors.results(named: comparison.name) + named(comparison.name, holes.results)
  }

  /// Whether classes are those that the run was trained on, not other people's.
  private func knows(_ images: PackedImages) -> Bool {
    !layout.needsLabels || !isAligned || images.classNames == data.classNames
  }

  /// Who is found among one target of each person; `nil` where the run knows them, or there is only one.
  private func recognition(
    of images: PackedImages, among target: Side, _ extractor: any FeatureExtractor
  ) throws -> Recognition? {
    guard !knows(images) else { return nil }
    let labels = target.labels
    let firsts = Set(labels).sorted().compactMap { labels.firstIndex(of: $0) }
    guard firsts.count > 1 else { return nil }
    let features = try extractor.outputs(of: unit(tensor(target.images, firsts))).features
    return Recognition(gallery: features, of: firsts.map { labels[$0] }, seenBy: extractor.info)
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
    _ images: Tensor, _ told: Tensor? = nil, _ body: (Tensor, Tensor?) -> Tensor
  ) -> Tensor {
    let count = images.size(0)
    let parts = stride(from: 0, to: count, by: batchSize).map { start in
      let range = start..<min(start + batchSize, count)
      return evaluating { body(images[range], told.map { $0[range] }) }
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
