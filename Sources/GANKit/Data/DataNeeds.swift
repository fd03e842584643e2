/// What a system's networks ask of the images: checked before any tensor exists, and told in words.
public struct DataNeeds: Sendable, Equatable {
  /// Which lengths sides may have.
  public enum Sides: Sendable, Equatable {
    /// Every length.
    case any
    /// Multiples of a number, from a least length on.
    case multiple(of: Int, from: Int)
    /// Powers of two between two lengths.
    case powerOfTwo(ClosedRange<Int>)
    /// Both halved as often as the shorter one, a power of two from a least length on, comes down to 4.
    case halved(from: Int)
  }

  /// A width of a network that doubles whenever the image halves.
  private struct Doubling: Sendable, Equatable {
    let field: String
    let width: Int
  }

  /// A length of something that lies in the image.
  private struct Extent: Sendable, Equatable {
    let field: String
    let length: Int
  }

  private let sides: Sides
  private let isSquare: Bool
  private var least = 1
  private var leastBatch = 1
  private var classes = 0...Int.max
  private var channels: [Int] = []
  private var equalChannels: String?
  private var doublings: [Doubling] = []
  private var extents: [Extent] = []

  /// Sides of these lengths, the same for height and width where the images must be square.
  public init(_ sides: Sides = .any, square: Bool = false) {
    (self.sides, isSquare) = (sides, square)
  }

  /// Any images.
  public static let none = DataNeeds()

  /// Square images of a power of two.
  public static func squares(powerOfTwo range: ClosedRange<Int>) -> DataNeeds {
    DataNeeds(.powerOfTwo(range), square: true)
  }

  /// Square images of a power of two from `least` up.
  public static func squares(powerOfTwoFrom least: Int) -> DataNeeds {
    squares(powerOfTwo: least...(1 << 20))
  }

  /// Square images from `least` up.
  public static func squares(from least: Int) -> DataNeeds {
    DataNeeds(square: true).changed { $0.least = least }
  }

  /// Images that are halved until their shorter side, a power of two from `least` up, is 4.
  public static func halvings(from least: Int) -> DataNeeds { DataNeeds(.halved(from: least)) }

  /// Sides that are multiples of a number, from `least` on.
  public static func multiples(of number: Int, from least: Int) -> DataNeeds {
    DataNeeds(.multiple(of: number, from: least))
  }

  /// Also at least so many classes.
  public func classes(_ least: Int) -> DataNeeds { classes(in: least...Int.max) }

  /// Also at most so many classes.
  public func classes(atMost most: Int) -> DataNeeds { classes(in: 0...most) }

  /// Also as many classes as there are parts of something that belong to one each, such as the
  /// Gaussians of a mixture.
  public func classes(exactly count: Int) -> DataNeeds { classes(in: count...count) }

  private func classes(in range: ClosedRange<Int>) -> DataNeeds {
    changed { $0.classes = $0.classes.clamped(to: range) }
  }

  /// Also one of these numbers of channels.
  public func channels(_ counts: [Int]) -> DataNeeds { changed { $0.channels = counts } }

  /// Also as many channels in the first part as in the last.
  ///
  /// - Parameter reason: what asks for it, such as a setting that is not 0.
  public func equalChannels(for reason: String) -> DataNeeds {
    changed { $0.equalChannels = reason }
  }

  /// Also room for the halvings of a discriminator of patches, whose last two convolutions take a
  /// pixel off each.
  public func patches(layers: Int) -> DataNeeds { changed { $0.least = 3 << layers } }

  /// Also minibatches of at least two images: a batch normalisation of single values, behind a fully
  /// connected layer, has nothing to normalise by in one of one.
  public func batchStatistics() -> DataNeeds { changed { $0.leastBatch = 2 } }

  /// Also widths that stay reasonable when they double with every halving down to 4x4.
  public func doubling(_ widths: [String: Int]) -> DataNeeds {
    changed { needs in
      needs.doublings = widths.map { Doubling(field: $0.key, width: $0.value) }
        .sorted { $0.field < $1.field }
    }
  }

  /// Also sides longer than what lies in the images, such as a hole.
  ///
  /// - Parameter lengths: by the names of their fields.
  public func longer(than lengths: [String: Int]) -> DataNeeds {
    changed { needs in
      needs.extents = lengths.map { Extent(field: $0.key, length: $0.value) }
        .sorted { $0.field < $1.field }
    }
  }

  private func changed(_ change: (inout DataNeeds) -> Void) -> DataNeeds {
    var copy = self
    change(&copy)
    return copy
  }
}

// MARK: - Checking

extension DataNeeds {
  /// Stops unless the data is what the networks can take.
  ///
  /// - Throws: ``ConfigError`` naming the system, what it needs and what was found, or the field of a
  ///   width.
  public func check(_ data: DataShape, for system: String) throws {
    for part in data.parts { try checkSides(part, system) }
    guard channels.isEmpty || channels.contains(data.channels) else {
      let kinds = channels == [1] ? "grey images" : "images of \(listed(channels)) channels"
      throw ConfigError.data("\(system) needs \(kinds), found \(data.channels) channels")
    }
    guard classes.lowerBound < classes.upperBound || classes.contains(data.classes) else {
      throw ConfigError.data(
        "\(system) needs labelled images of \(classes.lowerBound) classes, found \(data.classes)")
    }
    guard data.classes >= classes.lowerBound else {
      throw ConfigError.data(
        "\(system) needs labelled images of at least \(classes.lowerBound) classes")
    }
    guard data.classes <= classes.upperBound else {
      throw ConfigError.data(
        "\(system) needs images of at most \(classes.upperBound) classes, found \(data.classes)")
    }
    guard equalChannels == nil || data.input.channels == data.channels else {
      throw ConfigError.data(
        "\(system)\(equalChannels.map { " with \($0)" } ?? "") needs images of equal channels, "
          + "found \(data.input.channels) and \(data.channels)")
    }
    let shorter = min(data.height, data.width)
    for extent in extents {
      try ConfigError.check(
        extent.length < shorter, extent.field, extent.length,
        "less than \(shorter), the shorter side of the images")
    }
    for doubling in doublings {
      let most = 65_536 * 8 / shorter
      try ConfigError.check(
        doubling.width <= most, doubling.field, doubling.width, "at most \(most) at this size")
    }
  }

  /// Stops unless a minibatch is large enough for the networks.
  ///
  /// - Throws: ``ConfigError`` naming the system and the number.
  public func check(batchSize: Int, for system: String) throws {
    guard batchSize >= leastBatch else {
      throw ConfigError.data(
        "batch size: \(system) needs at least \(leastBatch) images in a minibatch, for its batch "
          + "normalisation has single values, found \(batchSize)")
    }
  }

  private func checkSides(_ shape: ImageShape, _ system: String) throws {
    if shape.dimensions == [2, 1, 1], changed({ $0.leastBatch = 1 }) != .none {
      throw ConfigError.data("\(system) needs \(sidesInWords), not points")
    }
    guard allows(height: shape.height, width: shape.width) else {
      throw ConfigError.size(
        "\(system) needs \(sidesInWords)", found: "\(shape.height)x\(shape.width)")
    }
  }

  private func allows(height: Int, width: Int) -> Bool {
    if case .halved = sides {
      let (shorter, longer) = (min(height, width), max(height, width))
      return allows(shorter) && longer * 4 % shorter == 0
    }
    return allows(height) && allows(width) && (!isSquare || height == width)
  }

  /// Whether a side, the shorter one where both are halved together, may have this length.
  private func allows(_ length: Int) -> Bool {
    guard length >= least else { return false }
    switch sides {
    case .any: return true
    case .multiple(let number, let least): return length % number == 0 && length >= least
    case .powerOfTwo(let range): return range.contains(length) && length & (length - 1) == 0
    case .halved(let least): return length >= least && length & (length - 1) == 0
    }
  }

  /// The height and width nearest to the data's own that the networks can take: small images get a
  /// border, larger ones are made smaller. Where the networks take squares alone, the longer side counts.
  public func nearest(height: Int, width: Int) -> (height: Int, width: Int) {
    if isSquare {
      let side = nearest(to: max(height, width))
      return (side, side)
    }
    if case .halved = sides {
      let (shorter, longer) = nearest(shorter: min(height, width), longer: max(height, width))
      return height < width ? (shorter, longer) : (longer, shorter)
    }
    return (nearest(to: height), nearest(to: width))
  }

  /// The longer side as long as the proportions ask for, in quarters of the shorter one; small images
  /// get a border and keep theirs.
  private func nearest(shorter native: Int, longer: Int) -> (shorter: Int, longer: Int) {
    let shorter = nearest(to: native)
    let quarter = max(shorter / 4, 1)
    guard shorter < native else { return (shorter, (longer + quarter - 1) / quarter * quarter) }
    let ideal = Double(longer) * Double(shorter) / Double(native)
    return (shorter, Int((ideal / Double(quarter)).rounded()) * quarter)
  }

  private func nearest(to native: Int) -> Int {
    let up = (native...max(native, 4096)).first(where: allows)
    let down = (1...max(native, 1)).last(where: allows)
    return (native <= 32 ? up ?? down : down ?? up) ?? native
  }

  /// All of it in words, such as `square images, a power of two from 16 up; grey`.
  public var words: String {
    let colours = channels.isEmpty ? nil : channels == [1] ? "grey" : "\(listed(channels)) channels"
    let equal = equalChannels.map { _ in "equal channels" }
    return [sidesInWords, colours, equal, classesInWords].compactMap { $0 }.joined(separator: "; ")
  }

  private var classesInWords: String? {
    switch (classes.lowerBound, classes.upperBound) {
    case (0, .max): nil
    case (let least, .max): "labels of at least \(least) classes"
    case (let least, let most) where least == most: "labels of \(least) classes"
    case (_, let most): "at most \(most) classes"
    }
  }

  private var sidesInWords: String {
    let square = isSquare ? "square images" : "images"
    switch sides {
    case .any: return least > 1 ? "\(square) from \(least) up" : square
    case .multiple(let number, let from):
      let start = max(from, (least + number - 1) / number * number)
      return "images whose sides are multiples of \(number) from \(start) up"
    case .halved(let from):
      return "images whose shorter side is a power of two from \(max(from, least)) up, "
        + "the longer in quarters of it"
    case .powerOfTwo(let range):
      let start = max(range.lowerBound, least)
      if start == range.upperBound { return "\(square) of \(start)x\(start)" }
      let end = range.upperBound > 4096 ? "up" : "to \(range.upperBound)"
      return "\(square), a power of two from \(start) \(end)"
    }
  }
}

private func listed(_ numbers: [Int]) -> String {
  numbers.map(String.init).joined(separator: " or ")
}
