/// A whole set in memory: one planar buffer `[N, C, H, W]` of bytes.
public struct PackedImages: LoadedImages {
  /// Size, channels and how they came about.
  public let preparation: ImagePreparation
  /// All samples.
  public let pixels: [UInt8]
  /// The class of each picture, or nothing.
  public let labels: [Int64]
  /// The classes in label order.
  public let classNames: [String]
  /// Files that were left out.
  public let skipped: [BrokenImage]

  /// Decodes and prepares a set on all cores.
  ///
  /// - Parameters:
  ///   - channels: 1 or 3; nil takes what the files have.
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
    let each = preparation.sampleCount
    pixels = try [UInt8](unsafeUninitializedCapacity: source.count * each) { buffer, initialized in
      try forEachBlock(of: source.count) { block in
        // Broken pictures leave no gap: each block is written behind what was kept so far.
        let start = selection.kept.count * each
        let area = UnsafeMutableBufferPointer(rebasing: buffer[start..<start + block.count * each])
        let outcomes = fillInParallel(area, from: Array(block)) { index in
          try source.prepared(at: index, by: preparation)
        }
        let good = try selection.record(outcomes, of: block, in: source)
        closeGaps(in: area, keeping: good, each: each)
        return true
      }
      initialized = selection.kept.count * each
    }
    try selection.requireSome(of: source)
    self.preparation = preparation
    labels = selection.labels(in: source)
    classNames = source.classNames
    skipped = selection.skipped
  }

  /// All of them.
  public var packedPixels: [UInt8]? { pixels }

  /// Number of pictures.
  public var count: Int { pixels.count / preparation.sampleCount }

  /// Copies pictures out of the buffer.
  public func batch(
    _ indices: [Int], crop: ImageSize?, draws: [ImageDraw]
  ) -> (pixels: [UInt8], labels: [Int64]) {
    let each = preparation.sampleCount
    let window = CropWindow(from: preparation, part: crop ?? preparation.size)
    precondition(draws.isEmpty || draws.count == indices.count, "one draw for each picture")
    let samples = pixels.withUnsafeBufferPointer { all in
      [UInt8](unsafeUninitializedCapacity: indices.count * window.sampleCount) { buffer, count in
        for (position, index) in indices.enumerated() {
          let start = position * window.sampleCount
          window.copy(
            UnsafeBufferPointer(rebasing: all[index * each..<(index + 1) * each]),
            to: UnsafeMutableBufferPointer(
              rebasing: buffer[start..<start + window.sampleCount]),
            draw: draws.isEmpty ? .center : draws[position])
        }
        count = indices.count * window.sampleCount
      }
    }
    return (samples, labels(of: indices))
  }
}

/// Moves the good slices of a buffer together.
private func closeGaps(
  in buffer: UnsafeMutableBufferPointer<UInt8>, keeping good: [Int], each: Int
) {
  for (to, from) in good.enumerated() where to != from {
    let slice = UnsafeBufferPointer(rebasing: buffer[from * each..<(from + 1) * each])
    _ = UnsafeMutableBufferPointer(rebasing: buffer[to * each..<(to + 1) * each])
      .update(fromContentsOf: slice)
  }
}
