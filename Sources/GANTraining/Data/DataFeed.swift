import GANData
import GANKit
import Torch

/// What a system learns from: for each step a minibatch of every set of images it needs, which
/// follows from the seed and the step's number alone.
public final class DataFeed {
  /// What the images look like.
  public let shape: DataShape
  /// Where they are points: of what.
  public let points: PointDistribution?
  /// How many there are in the largest set.
  public let count: Int
  /// The classes' names in label order; empty without labels.
  public let classNames: [String]
  /// Broken files that were left out.
  public let skipped: [BrokenImage]
  /// How many images each class has; empty without labels.
  public let classCounts: [Int]
  /// Images of the place that are not used, and why.
  public let leftOut: [LeftOutImages]
  /// Files of the data's places that are not read.
  public let unused: UnusedFiles
  /// The values that 16-bit files use, as far as they were looked at; nil where there are none.
  public let sampleRange: SampleRange?
  /// Whether a set has only images of one colour each, as when what shows is transparent.
  public let isUniform: Bool
  /// Names of frames behind which some of their sequence are missing.
  public let gaps: [String]
  /// How many images are drawn in a row, as one: more than 1 of moving pictures.
  public var frames: Int { layout.parts.map(\.frames).max() ?? 1 }
  /// The two kinds of images by name, with their numbers; nothing where there is one kind.
  public let kinds: [(name: String, count: Int)]
  /// How images of other proportions than the prepared ones became such, where there are any.
  public let changedProportions: ImageFit?

  /// What was asked for, with the size that was chosen for images of different sizes.
  private let data: DataConfiguration
  private let layout: DataLayout
  private let streams: [ImageStream]
  private let batchSize: Int

  /// Opens and prepares the data. In a `ProcessGroup` each process takes its part of every minibatch.
  ///
  /// - Parameters:
  ///   - layout: which sets to open.
  ///   - fitting: the size of the images that the networks can take, from the data's own.
  ///   - fallback: the size where the data's images have different ones.
  ///   - parts: the size of what is cut out of images that can hold it, where `data` asks for neither a size
  ///     nor parts.
  /// - Throws: `DataError` naming the file, or saying how many images there are and how many a
  ///   batch needs.
  public init(
    _ data: DataConfiguration, layout: DataLayout = .images,
    fitting: (ImageSize) -> ImageSize = { $0 }, fallback: ImageSize? = nil,
    parts: ImageSize? = nil, batchSize: Int, seed: UInt64, on device: Device = .cpu
  ) throws {
    (self.layout, self.batchSize) = (layout, batchSize)
    let share = BatchShare(of: .current)
    _ = try share.size(of: batchSize)
    points = try PointDistribution.named(data.source)
    if let points {
      try DataFeed.checkPoints(data, layout)
      let tensor = DataFeed.tensor(points, count: max(DataFeed.pointCount, batchSize), seed: seed)
      let stream = try ImageStream(
        points: tensor, batchSize: batchSize, share: share, seed: seed, on: device)
      streams = [stream]
      self.data = data
    } else {
      let opened = try DataFeed.streams(
        data, layout, fitting: fitting, fallback: fallback, parts: parts, batchSize: batchSize,
        share: share, seed: seed, on: device)
      (streams, self.data) = (opened.streams, opened.data)
    }
    (count, skipped) = (streams.map(\.count).max() ?? 0, streams.flatMap(\.skipped))
    let surveys = streams.compactMap(\.survey)
    isUniform = surveys.contains(where: \.isUniform)
    sampleRange = surveys.compactMap(\.range).reduce(nil) { known, range in
      var range = range
      if let known { range.merge(known) }
      return range
    }
    // Two parts of one place tell the same images.
    leftOut =
      streams.map(\.leftOut).reduce(into: [[LeftOutImages]]()) {
        if !$0.contains($1) { $0.append($1) }
      }.flatMap { $0 }.merged
    unused = streams.reduce(into: UnusedFiles()) { $0.formUnion($1.unused) }
    gaps = streams.flatMap(\.gaps)
    kinds = layout.hasTwoKinds ? streams.map { ($0.name, $0.count) } : []
    changedProportions = streams.first(where: \.changesProportions)?.fit
    classNames = layout.needsLabels ? streams[0].classNames : []
    let whole = layout.relation == .subset ? streams[streams.count - 1] : streams[0]
    classCounts = layout.needsLabels ? whole.classCounts : []
    // A subset shows the same kind of images as the whole set.
    let shapes = (layout.hasTwoKinds ? streams : [streams[streams.count - 1]]).map(\.imageShape)
    shape = DataShape(
      parts: shapes.map { ImageShape(channels: $0[0], height: $0[1], width: $0[2]) },
      classes: classNames.count)
  }

  /// The configuration of the data with what became known when it was opened.
  public var described: DataConfiguration {
    var result = data
    (result.shape, result.count) = (shape, count)
    let fits = Set(streams.map(\.fit))
    if fits.count == 1, let fit = fits.first { result.fit = fit }
    result.classNames = classNames.isEmpty ? nil : classNames
    result.classCounts = classNames.isEmpty ? nil : classCounts
    return result
  }

  /// What to say of gaps in sequences of frames, where there are any.
  public var gapRemark: String? {
    gaps.first.map { first in
      let places =
        gaps.count == 1 ? "a gap in the frames" : "\(gaps.count) gaps in the frames, the first"
      return "\(places) behind \(first), which no sequence spans"
    }
  }

  /// Whole minibatches in one pass over the largest set.
  public var stepsPerEpoch: Int { Self.stepsPerEpoch(count: count, batchSize: batchSize) }

  /// Whole minibatches in one pass over so many images, at least one.
  public static func stepsPerEpoch(count: Int, batchSize: Int) -> Int { max(count / batchSize, 1) }

  /// The minibatches of a step, counted from 0, one for each part; of several processes this one's
  /// share. Labels are there only for parts
  /// whose labels the layout lets a step see.
  public func parts(at step: Int) throws -> [BatchPart] {
    try zip(layout.parts, streams).map { part, stream in
      let batch = try stream.batch(at: step)
      return part.labels == .hidden
        ? BatchPart(images: batch.images, attached: batch.attached) : batch
    }
  }
}

// MARK: - Points

extension DataFeed {
  /// How many points are drawn from a distribution.
  public static let pointCount = 100_000

  /// Points `[count, D, 1, 1]` as networks see them.
  private static func tensor(_ points: PointDistribution, count: Int, seed: UInt64) -> Tensor {
    Tensor(
      points.scaledPoints(count: count, seed: seed), shape: [count, points.dimension, 1, 1])
  }

  private static func checkPoints(_ data: DataConfiguration, _ layout: DataLayout) throws {
    guard layout.relation == .single, !layout.needsLabels else {
      throw RunError.field(
        "source", found: "'\(data.source)'", expected: "\(layout.description), not points")
    }
    for (field, value) in [
      ("size", data.size?.name), ("channels", data.channels.map { "\($0)" }),
      ("crop", data.crop?.name), ("flip", data.flip ? "it" : nil),
      ("masks", data.masks), ("attributes", data.attributes?.joined(separator: ",")),
      ("fit", data.fit?.rawValue),
      ("bits", data.bits.map { "\($0)" }),
      ("balance", data.sampling == .balanced ? "it" : nil),
    ] {
      guard let value else { continue }
      throw RunError.field(
        field, found: value, expected: "none, for '\(data.source)' has points, not images")
    }
  }
}
