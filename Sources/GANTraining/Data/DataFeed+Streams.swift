import GANData
import GANKit
import Torch

extension DataFeed {
  /// Images prepared alike, one stream for each part, and what they were prepared by.
  static func streams(
    _ data: DataConfiguration, _ layout: DataLayout, fitting: (ImageSize) -> ImageSize,
    fallback: ImageSize?, parts: ImageSize?, batchSize: Int, share: BatchShare, seed: UInt64,
    on device: Device
  ) throws -> (streams: [ImageStream], data: DataConfiguration) {
    var (sources, names) = try ImageSets.openNamed(data, layout, seed: seed)
    var attached = try ImageSets.openAttached(data, layout)
    try checkSampling(data, sources)
    try checkLandmarks(data, layout)
    let windows = try zip(layout.parts, sources).enumerated().map { index, part in
      try frameWindows(part.0, of: part.1, index < names.count ? names[index] : "", data)
    }
    if layout.relation == .subset { sources[0] = repeated(sources[0], atLeast: batchSize) }
    let isAligned = layout.relation == .aligned
    if isAligned, data.skipBroken { sources = try SubsetSource.readable(sources) }
    if layout.needs(.mask), data.skipBroken {
      for index in sources.indices {
        let whole = try SubsetSource.readable([sources[index]] + attached[index])
        (sources[index], attached[index]) = (whole[0], Array(whole.dropFirst()))
      }
    }
    let facts = try sources.map { try $0.facts() }
    var data = data
    if data.size == nil, facts.allSatisfy({ $0.mayHold(parts) }) { data.crop = data.crop ?? parts }
    let size = try size(data, fitting, fallback, facts, batchSize: batchSize)
    // Nothing but the configuration says it once the run is opened again.
    if facts.contains(where: { $0.nativeSize == nil }) { data.size = size }
    let policy: SkipPolicy = data.skipBroken ? .skipBroken : .fail
    let common = layout.colours == .common ? facts.map(\.channels).max() : nil
    let streams = try sources.enumerated().map { [data, attached] index, source in
      func loaded(_ set: any ImageSource, channels: Int) throws -> any LoadedImages {
        guard let size else {
          return try UnresizedImages(set, cutAs: data, channels: channels, policy: policy)
        }
        return try DataSet.load(
          set, size: size, channels: channels, fit: data.fit ?? source.preferredFit, policy: policy)
      }
      var images = try loaded(
        source, channels: data.channels ?? common ?? facts[index].channels)
      let attachments = layout.parts[index].attached
      let planes = attachments.filter { $0.channels > 0 }
      if !planes.isEmpty {
        images = try AttachedImages(
          images, zip(attached[index], planes).map { try loaded($0, channels: $1.channels) })
      }
      // Aligned parts are shuffled, cut and mirrored together, everything else on its own.
      let own = isAligned ? seed : seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15
      let stream = try ImageStream(
        images, with: attachments, data, windows: windows[index]?.windows, batchSize: batchSize,
        share: share, seed: own, on: device)
      stream.gaps = windows[index]?.gaps ?? []
      (stream.leftOut, stream.unused) = (source.leftOut, source.unused)
      stream.survey = SampleSurvey(of: source)
      stream.changesProportions = size.map { facts[index].differ(from: $0) } ?? false
      if index < names.count { stream.name = names[index] }
      if attachments.contains(.landmarks) {
        stream.landmarks = try source.landmarkTensor(images.preparation).moved(to: device)
      }
      return stream
    }
    return (streams, data)
  }

  /// Where a part of frames finds them; `nil` for one of single images.
  private static func frameWindows(
    _ part: DataLayout.Part, of source: any ImageSource, _ name: String, _ data: DataConfiguration
  ) throws -> FrameWindows? {
    guard part.frames > 1 else { return nil }
    for (field, isAsked) in [
      ("balance", data.sampling == .balanced), ("skipBroken", data.skipBroken),
    ] where isAsked {
      throw RunError.field(field, found: "it", expected: "none, for frames are drawn in sequences")
    }
    let found = FrameWindows(of: source, length: part.frames)
    guard found.windows.isEmpty else { return found }
    throw ConfigError.data(
      "\(data.source): \(name) has no \(part.frames) frames in a row (pictures of one folder whose "
        + "names count up) among \(source.count) images in \(found.sequences) sequences")
  }

  private static func checkSampling(
    _ data: DataConfiguration, _ sources: [any ImageSource]
  ) throws {
    guard data.sampling == .balanced, sources.allSatisfy(\.classNames.isEmpty) else { return }
    throw RunError.field(
      "balance", found: "images without classes", expected: "labelled images, or none")
  }

  private static func checkLandmarks(_ data: DataConfiguration, _ layout: DataLayout) throws {
    guard layout.needs(.landmarks) else { return }
    for (field, found) in [("flip", data.flip ? "it" : nil), ("crop", data.crop?.name)] {
      guard let found else { continue }
      throw RunError.field(
        field, found: found, expected: "none, for landmarks belong to whole images")
    }
  }

  /// A set smaller than a batch, as often as it takes.
  private static func repeated(
    _ source: any ImageSource, atLeast count: Int
  ) -> any ImageSource {
    guard source.count < count else { return source }
    return SubsetSource(source, (0..<count).map { $0 % source.count })
  }

  /// The size asked for, what the networks make of the data's own, or the system's own where the
  /// images are of different sizes; `nil` where these are to keep them, for parts are cut out.
  private static func size(
    _ data: DataConfiguration, _ fitting: (ImageSize) -> ImageSize, _ fallback: ImageSize?,
    _ facts: [ImageFacts], batchSize: Int
  ) throws -> ImageSize? {
    let common = commonSize(facts)
    // The networks see parts, so that it is these that have to suit them.
    let native = data.crop == nil ? common.map(fitting) : common
    guard let size = data.size ?? native ?? fallback else {
      if data.crop != nil { return nil }
      let largest = facts.first { $0.nativeSize == nil }?.largestSize.description ?? ""
      throw RunError.field(
        "size", found: "none",
        expected: "a number, because \(data.source) has images of different sizes, up to \(largest)"
      )
    }
    // One minibatch of bytes, which also bounds what its numbers take.
    let channels = data.channels ?? facts.map(\.channels).max() ?? 3
    let most = (1 << 31) / (size.area * channels)
    guard batchSize <= most else {
      throw RunError.field(
        "batchSize", found: "\(batchSize)", expected: "at most \(most) images of \(size)"
      )
    }
    if let crop = data.crop { try checkField("crop", crop, upTo: size) }
    return size
  }

  /// The size that all images of all parts have; squares that hold them where parts differ.
  private static func commonSize(_ facts: [ImageFacts]) -> ImageSize? {
    let sizes = facts.compactMap(\.nativeSize)
    guard sizes.count == facts.count, let first = sizes.first else { return nil }
    if sizes.allSatisfy({ $0 == first }) { return first }
    return ImageSize(side: sizes.map(\.longest).max() ?? first.longest)
  }
}

extension ImageFacts {
  /// Whether parts can be cut out of pictures of one size; of pictures of different sizes the small ones are named.
  fileprivate func mayHold(_ parts: ImageSize?) -> Bool {
    guard let parts, let nativeSize else { return true }
    return nativeSize.holds(parts)
  }
}

extension ImageSource {
  /// The points of all pictures once they are prepared, `[count, K, 2]`, x and y as shares of width and
  /// height.
  ///
  /// - Throws: `DataError`; see `landmarkShares(_:)`.
  package func landmarkTensor(_ preparation: ImagePreparation) throws -> Tensor {
    let shares = try landmarkShares(preparation)
    return Tensor(shares, shape: [count, shares.count / max(2 * count, 1), 2])
  }
}
