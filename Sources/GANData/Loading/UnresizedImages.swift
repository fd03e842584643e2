/// A set of pictures that keep their sizes; a batch cuts equal parts out of them. In memory if they fit,
/// else decoded, on all cores, when a batch asks for them.
public struct UnresizedImages: LoadedImages {
  /// Size of the parts, channels.
  public let preparation: ImagePreparation
  /// The class of each picture, or nothing.
  public let labels: [Int64]
  /// Files that were left out.
  public let skipped: [BrokenImage]
  private let source: any ImageSource
  private let kept: [Int]
  /// All pictures; none where they do not fit into memory.
  private let pictures: [DecodedImage]

  /// Opens a set.
  ///
  /// - Parameters:
  ///   - part: the size of what is cut out.
  ///   - channels: 1 or 3; nil takes what the files have.
  ///   - memoryLimit: bytes that the pictures may take.
  /// - Throws: `DataError` naming the first picture that is broken or smaller than the parts; with
  ///   `.skipBroken` such pictures are left out.
  public init(
    _ source: any ImageSource, part: ImageSize, channels: Int? = nil,
    policy: SkipPolicy = .fail, memoryLimit: Int = DataSet.defaultMemoryLimit
  ) throws {
    let preparation = ImagePreparation(
      size: part, channels: try channels ?? source.facts().channels, fit: .crop)
    var selection = ImageSelection(policy: policy)
    var pictures: [DecodedImage] = []
    let fit = Self.fit(source, channels: preparation.channels, in: memoryLimit)
    try forEachBlock(of: source.count) { block in
      let outcomes = parallelMap(block) { index in
        Result { () throws -> DecodedImage? in
          try Self.checkHeader(of: source, index, part)
          // Only decoding finds the broken ones, see ``StreamingImages``.
          guard fit || policy == .skipBroken else { return nil }
          let picture = try Self.picture(of: source, index, preparation)
          return fit ? picture : nil
        }
      }
      _ = try selection.record(outcomes.map { $0.map { _ in () } }, of: block, in: source)
      pictures += outcomes.compactMap { try? $0.get() }
      return true
    }
    try selection.requireSome(of: source)
    (self.source, self.preparation, self.pictures) = (source, preparation, pictures)
    kept = selection.kept
    labels = selection.labels(in: source)
    skipped = selection.skipped
  }

  /// Whether all pictures together take at most so many bytes.
  private static func fit(_ source: any ImageSource, channels: Int, in limit: Int) -> Bool {
    var room = limit
    forEachBlock(of: source.count) { block in
      let sizes = parallelMap(block) { index in
        (try? source.header(at: index)).map { $0.width * $0.height * channels } ?? 0
      }
      room -= sizes.reduce(0, +)
      return room >= 0
    }
    return room >= 0
  }

  private static func checkHeader(
    of source: any ImageSource, _ index: Int, _ part: ImageSize
  ) throws {
    let header = try source.header(at: index)
    let size = header.size
    guard size.holds(part) else {
      throw DataError.mismatch(
        path: source.name(at: index), problem: "smaller than the parts that are cut out of images",
        expected: "at least \(part)", found: "\(size)")
    }
  }

  private static func picture(
    of source: any ImageSource, _ index: Int, _ preparation: ImagePreparation
  ) throws -> DecodedImage {
    try source.image(at: index).converted(toChannels: preparation.channels)
  }

  /// Number of pictures.
  public var count: Int { kept.count }

  /// The classes in label order.
  public var classNames: [String] { source.classNames }

  /// Cuts parts out of pictures.
  public func batch(
    _ indices: [Int], crop: ImageSize?, draws: [ImageDraw]
  ) throws -> (pixels: [UInt8], labels: [Int64]) {
    precondition(draws.isEmpty || draws.count == indices.count, "one draw for each picture")
    let part = crop ?? preparation.size
    let total = indices.count * preparation.channels * part.area
    let samples = try [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
      let outcomes = fillInParallel(buffer, from: Array(indices.indices)) { position in
        let picture =
          pictures.isEmpty
          ? try Self.picture(of: source, kept[indices[position]], preparation)
          : pictures[indices[position]]
        let window = CropWindow(
          from: ImagePreparation(
            size: picture.size, channels: preparation.channels, fit: preparation.fit), part: part)
        return window.cut(picture, draw: draws.isEmpty ? .center : draws[position])
      }
      for outcome in outcomes { try outcome.get() }
      count = total
    }
    return (samples, labels(of: indices))
  }
}
