/// A set too large for memory: pictures are decoded, on all cores, when a batch asks for them.
public struct StreamingImages: LoadedImages {
  /// Size, channels and how they came about.
  public let preparation: ImagePreparation
  /// The class of each picture, or nothing.
  public let labels: [Int64]
  /// Files that were left out.
  public let skipped: [BrokenImage]
  private let source: any ImageSource
  private let kept: [Int]

  /// Opens a set for streaming.
  ///
  /// - Parameters:
  ///   - channels: 1 or 3; nil takes what the files have.
  ///   - policy: `.skipBroken` decodes every file once at the start, for only that finds the broken
  ///     ones; with `.fail` a broken file stops the first batch that needs it.
  public init(
    _ source: any ImageSource, size: ImageSize, channels: Int? = nil, fit: ImageFit,
    policy: SkipPolicy = .fail
  ) throws {
    let preparation = ImagePreparation(
      size: size, channels: try channels ?? source.facts().channels, fit: fit)
    try self.init(source, preparation: preparation, policy: policy)
  }

  init(_ source: any ImageSource, preparation: ImagePreparation, policy: SkipPolicy) throws {
    var selection = ImageSelection(policy: policy)
    switch policy {
    case .fail: selection.keepAll(of: source)
    case .skipBroken:
      try forEachBlock(of: source.count) { block in
        let outcomes = parallelMap(block) { index in
          Result { _ = try source.image(at: index) }
        }
        _ = try selection.record(outcomes, of: block, in: source)
        return true
      }
    }
    try selection.requireSome(of: source)
    self.source = source
    self.preparation = preparation
    kept = selection.kept
    labels = selection.labels(in: source)
    skipped = selection.skipped
  }

  /// Number of pictures.
  public var count: Int { kept.count }

  /// The classes in label order.
  public var classNames: [String] { source.classNames }

  /// Decodes pictures.
  public func batch(
    _ indices: [Int], crop: ImageSize?, draws: [ImageDraw]
  ) throws -> (pixels: [UInt8], labels: [Int64]) {
    precondition(draws.isEmpty || draws.count == indices.count, "one draw for each picture")
    let window = CropWindow(from: preparation, part: crop ?? preparation.size)
    let total = indices.count * window.sampleCount
    let samples = try [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
      let outcomes = fillInParallel(buffer, from: Array(indices.indices)) { position in
        let image = try source.prepared(at: kept[indices[position]], by: preparation)
        return window.cut(image, draw: draws.isEmpty ? .center : draws[position])
      }
      for outcome in outcomes { try outcome.get() }
      count = total
    }
    return (samples, labels(of: indices))
  }
}
