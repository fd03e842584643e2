import GANData
import GANKit
import Torch

/// Opening the sets of images that a kind of data consists of.
public enum ImageSets {
  /// The sets in the order of ``GANKit/DataKind``'s description; what `data` says of direction and
  /// labels is done.
  ///
  /// - Throws: `DataError` or ``RunError`` for a set that is not of this kind.
  public static func open(
    _ data: DataConfiguration, kind: DataKind, split: Split = .train, seed: UInt64
  ) throws -> [any ImageSource] {
    try check(data, kind)
    switch kind {
    case .images, .labeled, .labeledIfAny:
      return [try labeled(DataSource.open(data, split: split), data, kind)]
    case .partlyLabeled:
      let all = try labeled(DataSource.open(data, split: split), data, kind)
      guard let count = data.labels, split == .train else { return [all, all] }
      return [SubsetSource(all, try stratified(all, count, seed: seed)), all]
    case .paired:
      let pairs = try DataSource.naming { try DataSet.openPairs(data.source, split: split) }
      return directed(pairs, data)
    case .unpaired:
      return directed(try DataSource.openDomains(data, split: split), data)
    case .adaptation:
      return try adaptation(data, split)
    }
  }

  /// Attributes are the classes of the source; the target's, if it has any, are not looked at.
  private static func adaptation(
    _ data: DataConfiguration, _ split: Split
  ) throws -> [any ImageSource] {
    var plain = data
    plain.attributes = nil
    var sets = directed(try DataSource.openDomains(plain, split: split), data)
    if let attributes = data.attributes {
      guard let source = sets[0] as? ImageFiles else {
        throw RunError.unsupported("'\(data.source)' has no \(AttributeTable.fileName)")
      }
      sets[0] = try source.classified(by: attributes, allowingEmpty: split == .test)
    }
    return [try labeled(sets[0], data, .adaptation), sets[1]]
  }

  private static func directed(_ two: TwoSources, _ data: DataConfiguration) -> [any ImageSource] {
    data.direction == .ba ? [two.b, two.a] : [two.a, two.b]
  }

  private static func labeled(
    _ source: any ImageSource, _ data: DataConfiguration, _ kind: DataKind
  ) throws -> any ImageSource {
    guard kind.needsLabels, source.classNames.isEmpty else { return source }
    throw ConfigError.data(
      "the system needs labelled images; \(data.source) has none (labels are the names of "
        + "sub-folders, come beside an IDX file, or are attributes that --attribute names)")
  }

  private static func stratified(
    _ source: any ImageSource, _ count: Int, seed: UInt64
  ) throws -> [Int] {
    guard count >= source.classNames.count, count <= source.count else {
      throw RunError.option(
        "--labels", found: "\(count)",
        expected: "from \(source.classNames.count) (one a class) to \(source.count)")
    }
    return try source.stratified(count, seed: seed)
  }

  /// Options that mean nothing for a kind are refused, not passed over.
  private static func check(_ data: DataConfiguration, _ kind: DataKind) throws {
    if let other = data.other, kind != .unpaired, kind != .adaptation {
      throw RunError.option(
        "--data-b", found: "'\(other)'", expected: "none, for the system learns from one set")
    }
    try checkAttributes(data, kind)
    if let direction = data.direction, kind.partCount == 1 || kind == .partlyLabeled {
      throw RunError.option(
        "--direction", found: direction.rawValue,
        expected: "none, for the system does not translate")
    }
    if let labels = data.labels, kind != .partlyLabeled {
      throw RunError.option(
        "--labels", found: "\(labels)", expected: "none, for the system does not learn from a few")
    }
  }
}

extension ImageSets {
  private static func checkAttributes(_ data: DataConfiguration, _ kind: DataKind) throws {
    guard let attributes = data.attributes else { return }
    let found = "'\(attributes.joined(separator: ","))'"
    guard kind.needsLabels || kind == .labeledIfAny || kind == .unpaired else {
      throw RunError.option(
        "--attribute", found: found,
        expected: "none, for the system needs neither classes nor domains")
    }
    if kind == .unpaired, data.other != nil {
      throw RunError.option(
        "--attribute", found: found, expected: "none, for --data-b is the second domain")
    }
  }
}

extension DataFeed {
  /// Images prepared alike, one stream for each set.
  static func streams(
    _ data: DataConfiguration, _ kind: DataKind, size: Int?, fitting: (Int) -> Int,
    batchSize: Int, seed: UInt64, on device: Device
  ) throws -> [ImageStream] {
    var sources = try ImageSets.open(data, kind: kind, seed: seed)
    if kind == .partlyLabeled { sources[0] = repeated(sources[0], atLeast: batchSize) }
    if kind == .paired, data.skipBroken { sources = try wholePairs(sources) }
    let facts = try sources.map { try $0.facts() }
    let side = try side(data, size, fitting, facts, batchSize: batchSize)
    let common = kind == .adaptation ? facts.map(\.channels).max() : nil
    return try sources.enumerated().map { index, source in
      let images = try DataSet.load(
        source, size: side, channels: data.channels ?? common ?? facts[index].channels,
        fit: source.preferredFit, policy: data.skipBroken ? .skipBroken : .fail)
      // Pairs are shuffled, cut and mirrored together, everything else on its own.
      let own = kind == .paired ? seed : seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15
      let stream = try ImageStream(images, data, batchSize: batchSize, seed: own, on: device)
      stream.leftOutCount = source.leftOutCount
      return stream
    }
  }

  /// A set smaller than a batch, as often as it takes.
  private static func repeated(
    _ source: any ImageSource, atLeast count: Int
  ) -> any ImageSource {
    guard source.count < count else { return source }
    return SubsetSource(source, (0..<count).map { $0 % source.count })
  }

  /// Pairs both of whose pictures can be read.
  private static func wholePairs(_ sources: [any ImageSource]) throws -> [any ImageSource] {
    let good = sources.map { source in
      Set((0..<source.count).filter { (try? source.image(at: $0)) != nil })
    }
    let both = good[0].intersection(good[1]).sorted()
    guard !both.isEmpty else {
      throw DataError.noImages(path: sources[0].name(at: 0), detail: "no pair can be read")
    }
    return sources.map { SubsetSource($0, both) }
  }

  private static func side(
    _ data: DataConfiguration, _ size: Int?, _ fitting: (Int) -> Int, _ facts: [ImageFacts],
    batchSize: Int
  ) throws -> Int {
    let native = facts.map { $0.nativeSize.map { max($0.width, $0.height) } }
    let common = native.contains(nil) ? nil : native.compactMap { $0 }.max()
    guard let side = size ?? data.size ?? common.map(fitting) else {
      let largest = facts.first { $0.nativeSize == nil }?.largestSize.description ?? ""
      throw RunError.option(
        "--size", found: "none",
        expected: "a number, because \(data.source) has images of different sizes, up to \(largest)"
      )
    }
    // One minibatch of bytes, which also bounds what its numbers take.
    let channels = data.channels ?? facts.map(\.channels).max() ?? 3
    let most = (1 << 31) / (side * side * channels)
    guard batchSize <= most else {
      throw RunError.option(
        "--batch-size", found: "\(batchSize)", expected: "at most \(most) images of \(side)x\(side)"
      )
    }
    if let crop = data.crop { try checkOption("--crop", crop, 1...side) }
    return side
  }
}
