import GANData
import GANKit

/// A data set by name or path and how its images are prepared.
public struct DataConfiguration: Codable, Sendable, Equatable {
  /// A built-in set's name or a path.
  public var source: String
  /// Height and width of the images; `nil` keeps the data's own.
  public var size: ImageSize?
  /// 1 or 3; `nil` takes what the files have.
  public var channels: Int?
  /// How images become of one size; `nil` keeps digits whole and cuts photographs. Known once the data
  /// was opened, where all of it is prepared alike.
  public var fit: ImageFit?
  /// How often images are drawn; `nil` is ``ImageSampling/shuffled``.
  public var sampling: ImageSampling?
  /// Whether broken images are left out instead of stopping the run.
  public var skipBroken = false
  /// Whether half of the images, drawn anew every time, are mirrored.
  public var flip = false
  /// Height and width of the random parts that are cut out of the prepared images; `nil` takes them whole.
  public var crop: ImageSize?
  /// The second domain, where it is a set of its own.
  public var other: String?
  /// The folder or archive of masks, one for each image of two domains, see `DataSet.openMasks`; `nil` for sets
  /// that know theirs, or have none.
  public var masks: String?
  /// Which way to translate, for systems that do; `nil` is from A to B.
  public var direction: Direction?
  /// How many labels a system may see that learns from a few; `nil` is all of them.
  public var labels: Int?
  /// Attributes that are the classes or domains, see `AttributeClasses`; `nil` takes the set's own.
  public var attributes: [String]?
  /// What lies behind transparent pixels. A run that does not say it began before it could be chosen,
  /// with black.
  public var background: RGBColour? = .white
  /// How many bits of 16-bit files are in use, 1 to 16; `nil` is all.
  public var bits: Int?
  /// The most pixels that an image file may have; `nil` is the usual limit.
  public var pixelLimit: Int?
  /// What the prepared images look like; known once the data was opened.
  public var shape: DataShape?
  /// How many there are; known once the data was opened.
  public var count: Int?
  /// The classes in label order, where there are any; known once the data was opened, and from then on
  /// what classes are told by: another order or set of folders changes no label.
  public var classNames: [String]?
  /// How many images each class has; known once the data was opened.
  public var classCounts: [Int]?

  /// Data to be opened.
  public init(
    source: String, size: ImageSize? = nil, channels: Int? = nil, skipBroken: Bool = false
  ) {
    (self.source, self.size, self.channels) = (source, size, channels)
    self.skipBroken = skipBroken
  }

  /// Checks what can be checked before the data is opened.
  func validate() throws {
    if let size { try checkField("size", size, upTo: ImageSize(side: DataShape.largestSide)) }
    if let crop { try checkField("crop", crop, upTo: ImageSize(side: DataShape.largestSide)) }
    if let bits { try checkField("bits", bits, 1...16) }
    if let pixelLimit { try checkField("pixelLimit", pixelLimit, 1...(1 << 40)) }
    if let labels { try checkField("labels", labels, 1...1_000_000_000) }
    if let attributes, attributes.contains("") || Set(attributes).count < max(attributes.count, 1) {
      throw RunError.field(
        "attributes", found: "'\(attributes.joined(separator: ","))'",
        expected: "different names with commas between them")
    }
    guard channels == nil || channels == 1 || channels == 3 else {
      throw RunError.field("channels", found: "\(channels ?? 0)", expected: "1 or 3")
    }
  }
}

extension DataConfiguration {
  /// What is made of image files where they leave a choice.
  public var decoding: DecodingOptions {
    DecodingOptions(
      background: background ?? .black, bits: bits,
      pixelLimit: pixelLimit ?? DecodedImage.defaultPixelLimit)
  }

  /// The same with what became known when another configuration's data was opened.
  func opened(as other: DataConfiguration) -> DataConfiguration {
    var result = self
    (result.shape, result.count, result.fit) = (other.shape, other.count, fit ?? other.fit)
    (result.classNames, result.classCounts) = (other.classNames, other.classCounts)
    // Runs from before there was a choice do not say what lies behind transparency.
    if other.background == nil { result.background = nil }
    return result
  }

  /// The set that a classifier of the run is judged on: of two domains the one translated to.
  public var target: String {
    guard direction == .ba else { return other ?? source }
    // The built-in sets of two domains go from the plainer one.
    return other == nil ? BuiltInName(source)?.plainDomain.text ?? source : source
  }

  /// The attributes that are the classes of the set at a path: its own ones, and those of another set
  /// that has a table of them, too.
  public func attributes(of nameOrPath: String) -> [String]? {
    guard let attributes, nameOrPath != source else { return attributes }
    guard BuiltInName(nameOrPath) == nil, let files = try? DataSet.files(at: nameOrPath),
      AttributeClasses.areTold(attributes, by: files)
    else { return nil }
    return attributes
  }
}

extension DataSource {
  /// Opens the set of a run, with the classes that it asks for and knows.
  ///
  /// - Throws: `DataError`, also for a class that the run does not know.
  public static func open(_ data: DataConfiguration, split: Split) throws -> any ImageSource {
    let source = try open(data.source, split: split, attributes: data.attributes)
      .decoding(data.decoding)
    return try data.classNames.map { try source.matching(classNames: $0) } ?? source
  }
}

extension ImageShape {
  /// Height and width.
  public var size: ImageSize { ImageSize(height: height, width: width) }
}

extension DataShape {
  /// Height and width of the images that are drawn.
  public var size: ImageSize { image.size }

  /// The longest side images are prepared with.
  static let largestSide = 4096

  /// Checks a shape read from a file.
  func validate() throws {
    guard !parts.isEmpty else {
      throw RunError.field("data.shape.parts", found: "none", expected: "at least one")
    }
    for part in parts {
      try checkField("data.shape.channels", part.channels, 1...3)
      try checkField("data.shape.height", part.height, 1...Self.largestSide)
      try checkField("data.shape.width", part.width, 1...Self.largestSide)
    }
    try checkField("data.shape.classes", classes, 0...65_536)
  }
}

/// Throws unless both sides are at least 1 and at most those of another size.
public func checkField(_ name: String, _ size: ImageSize, upTo most: ImageSize) throws {
  guard size.height > 0, size.width > 0, most.holds(size) else {
    let order = most.isSquare ? "" : " (height x width)"
    throw RunError.field(name, found: size.name, expected: "1 to \(most.name)\(order)")
  }
}
