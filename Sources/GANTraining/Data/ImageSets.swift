import GANData
import GANKit

/// Opening the sets of images that a layout consists of.
public enum ImageSets {
  /// A source for each part of the layout; what `data` says of direction and labels is done.
  ///
  /// - Throws: `DataError` or ``RunError`` for a set that is not laid out so.
  public static func open(
    _ data: DataConfiguration, _ layout: DataLayout, split: Split = .train, seed: UInt64
  ) throws -> [any ImageSource] {
    try openNamed(data, layout, split: split, seed: seed).sources
  }

  /// The sources, and of two kinds of images what each is called.
  static func openNamed(
    _ data: DataConfiguration, _ layout: DataLayout, split: Split = .train, seed: UInt64
  ) throws -> (sources: [any ImageSource], names: [String]) {
    try check(data, layout)
    var (sources, names) = try sources(data, layout, split: split, seed: seed)
    for (index, part) in layout.parts.enumerated() where part.labels == .required {
      try checkLabels(sources[index], data)
      // Held-out pairs may be of people that the run does not know.
      if layout.relation == .aligned, split != .train { continue }
      sources[index] = try withKnownClasses(sources[index], data)
    }
    return (sources, names)
  }

  /// Masks for the images of both domains, in the order in which ``open(_:_:split:seed:)`` gives these; `nil`
  /// where the layout has no domains or the data no masks.
  ///
  /// - Throws: `DataError` naming an image without a mask.
  public static func openMasks(
    _ data: DataConfiguration, _ layout: DataLayout, split: Split
  ) throws -> [any ImageSource]? {
    guard layout.relation == .independent, !layout.needsLabels, data.other == nil,
      data.attributes == nil, DataSet.hasMasks(data.source, at: data.masks)
    else { return nil }
    let masks = try DataSet.openMasks(of: data.source, at: data.masks, split: split)
    return directed(masks, data).sources
  }

  /// The planes that belong to the images of each part of the layout.
  static func openAttached(
    _ data: DataConfiguration, _ layout: DataLayout, split: Split = .train
  ) throws -> [[any ImageSource]] {
    guard layout.needs(.mask) else { return layout.parts.map { _ in [] } }
    guard let masks = try openMasks(data, layout, split: split) else {
      throw ConfigError.data(
        "the system learns from masks; \(data.source) has none (they lie in a folder or archive of "
          + "their own, laid out as the images, with equal names)")
    }
    return zip(layout.parts, masks).map { part, masks in
      part.attached.filter { $0 == .mask }.map { _ in masks }
    }
  }

  private static func pairs(_ data: DataConfiguration, _ split: Split) throws -> TwoSources {
    try DataSource.naming {
      try DataSet.openPairs(data.source, split: split, decoding: data.decoding)
    }
  }

  /// The two domains of labelled images, whose attributes are classes.
  private static func domains(_ data: DataConfiguration, _ split: Split) throws -> TwoSources {
    var plain = data
    plain.attributes = nil
    return try DataSource.openDomains(plain, split: split)
  }

  /// Whether some images of every part are held out from training.
  public static func holdOut(
    _ data: DataConfiguration, _ layout: DataLayout, seed: UInt64
  ) throws -> Bool {
    let training = try open(data, layout, split: .train, seed: seed)
    let all = try open(data, layout, split: .all, seed: seed)
    return zip(training, all).allSatisfy { $0.count < $1.count }
  }

  /// The labelled images with the classes that the run knows, or, before there is a run, with those that
  /// have images.
  private static func withKnownClasses(
    _ source: any ImageSource, _ data: DataConfiguration
  ) throws -> any ImageSource {
    try data.classNames.map { try source.matching(classNames: $0) } ?? source.withoutEmptyClasses()
  }

  private static func sources(
    _ data: DataConfiguration, _ layout: DataLayout, split: Split, seed: UInt64
  ) throws -> (sources: [any ImageSource], names: [String]) {
    switch layout.relation {
    case .single:
      return ([try DataSource.open(data, split: split)], [])
    case .subset:
      let all = try DataSource.open(data.source, split: split, attributes: data.attributes)
        .decoding(data.decoding)
      let labelled = try withKnownClasses(all, data)
      guard let count = data.labels, split == .train else { return ([labelled, all], []) }
      return ([SubsetSource(labelled, try stratified(labelled, count, seed: seed)), all], [])
    case .aligned:
      return directed(try pairs(data, split), data)
    case .independent:
      return layout.needsLabels
        ? try labeledDomains(data, split)
        : directed(try DataSource.openDomains(data, split: split), data)
    }
  }

  /// Attributes are the classes of the first domain; the other's, if it has any, are not looked at.
  private static func labeledDomains(
    _ data: DataConfiguration, _ split: Split
  ) throws -> (sources: [any ImageSource], names: [String]) {
    var (sets, names) = directed(try domains(data, split), data)
    if let attributes = data.attributes {
      guard let source = sets[0] as? ImageFiles else {
        throw RunError.unsupported("'\(data.source)' has no \(AttributeTable.fileName)")
      }
      sets[0] = try source.classified(by: attributes, allowingEmpty: split == .test)
    }
    return (sets, names)
  }

  private static func directed(
    _ two: TwoSources, _ data: DataConfiguration
  ) -> (sources: [any ImageSource], names: [String]) {
    func called(_ letter: String, _ name: String) -> String {
      name == letter ? letter : "\(letter) \(name)"
    }
    let (a, b) = ((two.a, called("A", two.names.a)), (two.b, called("B", two.names.b)))
    let (first, second) = data.direction == .ba ? (b, a) : (a, b)
    return ([first.0, second.0], [first.1, second.1])
  }

  private static func checkLabels(
    _ source: any ImageSource, _ data: DataConfiguration
  ) throws {
    guard source.classNames.isEmpty else { return }
    throw ConfigError.data(
      "the system needs labelled images; \(data.source) has none (labels are the names of "
        + "sub-folders, stand in labels.csv or dataset.json, come beside an IDX file, or are "
        + "attributes of a table)")
  }

  private static func stratified(
    _ source: any ImageSource, _ count: Int, seed: UInt64
  ) throws -> [Int] {
    guard count >= source.classNames.count, count <= source.count else {
      throw RunError.field(
        "labels", found: "\(count)",
        expected: "from \(source.classNames.count) (one a class) to \(source.count)")
    }
    return try source.stratified(count, seed: seed)
  }

  /// Fields that mean nothing for a layout are refused, not passed over.
  private static func check(_ data: DataConfiguration, _ layout: DataLayout) throws {
    if let other = data.other, layout.relation != .independent {
      throw RunError.field(
        "other", found: "'\(other)'", expected: "none, for the system learns from one set")
    }
    try checkMasks(data, layout)
    try checkAttributes(data, layout)
    if let direction = data.direction, !layout.hasTwoKinds {
      throw RunError.field(
        "direction", found: direction.rawValue,
        expected: "none, for the system does not translate")
    }
    if let labels = data.labels, layout.relation != .subset {
      throw RunError.field(
        "labels", found: "\(labels)", expected: "none, for the system does not learn from a few")
    }
  }

  private static func checkMasks(_ data: DataConfiguration, _ layout: DataLayout) throws {
    guard let masks = data.masks else { return }
    let takesMasks = layout.relation == .independent && !layout.needsLabels
    guard takesMasks, data.other == nil, data.attributes == nil else {
      throw RunError.field(
        "masks", found: "'\(masks)'",
        expected: takesMasks
          ? "none, for they belong to the two domains of one set"
          : "none, for the system does not learn from two domains")
    }
  }

  private static func checkAttributes(_ data: DataConfiguration, _ layout: DataLayout) throws {
    guard let attributes = data.attributes else { return }
    let found = "'\(attributes.joined(separator: ","))'"
    let makesDomains = layout.relation == .independent && !layout.needsLabels
    guard layout.needsLabels || makesDomains else {
      throw RunError.field(
        "attributes", found: found,
        expected: "none, for the system needs neither classes nor domains")
    }
    if makesDomains, data.other != nil {
      throw RunError.field(
        "attributes", found: found, expected: "none, for there is a second set as the other domain")
    }
  }
}
