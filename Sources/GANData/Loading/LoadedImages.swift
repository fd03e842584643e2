/// A data set ready to be drawn from in batches: pictures of one size, 8 bits, planar.
public protocol LoadedImages: Sendable {
  /// Number of pictures.
  var count: Int { get }

  /// Size, channels and how they came about.
  var preparation: ImagePreparation { get }

  /// The class of each picture, or nothing for an unlabelled set.
  var labels: [Int64] { get }

  /// The classes in label order.
  var classNames: [String] { get }

  /// Files that were left out because they are broken.
  var skipped: [BrokenImage] { get }

  /// All samples in the order of ``batch(_:crop:draws:)``, where they lie in memory.
  var packedPixels: [UInt8]? { get }

  /// Pictures as `[N, C, H, W]`, with their labels if the set has any.
  ///
  /// - Parameters:
  ///   - crop: Cut parts of this size out of the pictures.
  ///   - draws: One draw for each picture says where to cut and whether to mirror; without draws
  ///     the centre is cut and nothing is mirrored.
  func batch(
    _ indices: [Int], crop: ImageSize?, draws: [ImageDraw]
  ) throws -> (pixels: [UInt8], labels: [Int64])
}

extension LoadedImages {
  /// Not in memory.
  public var packedPixels: [UInt8]? { nil }

  /// Pictures without change.
  public func batch(_ indices: [Int]) throws -> (pixels: [UInt8], labels: [Int64]) {
    try batch(indices, crop: nil, draws: [])
  }

  /// Labels of a batch.
  func labels(of indices: [Int]) -> [Int64] { labels.isEmpty ? [] : indices.map { labels[$0] } }
}

/// A file that cannot be decoded.
public struct BrokenImage: Sendable, Equatable, Codable {
  /// The path of its file.
  public let name: String
  /// What is wrong with it.
  public let reason: String

  /// A file and what is wrong with it.
  public init(name: String, reason: String) {
    self.name = name
    self.reason = reason
  }
}

/// What to do about broken files.
public enum SkipPolicy: String, Sendable, CaseIterable, Codable {
  /// Stop and name the first one.
  case fail
  /// Leave them out and report their names.
  case skipBroken
}

/// The random numbers that decide how one picture is cut and mirrored.
public struct ImageDraw: Sendable, Equatable {
  /// From 0 up to but not including 1: where between left and right to cut.
  public let x: Double
  /// From 0 up to but not including 1: where between top and bottom to cut.
  public let y: Double
  /// Whether to mirror.
  public let flips: Bool

  /// Given numbers.
  public init(x: Double, y: Double, flips: Bool) {
    self.x = x
    self.y = y
    self.flips = flips
  }

  /// The centre, not mirrored.
  public static let center = ImageDraw(x: 0.5, y: 0.5, flips: false)

  /// Draws for a batch; half of them mirror.
  public static func random(count: Int, using generator: inout SplitMix64) -> [ImageDraw] {
    (0..<count).map { _ in
      let (x, y) = (generator.nextUnit(), generator.nextUnit())
      return ImageDraw(x: x, y: y, flips: generator.next() >> 63 == 1)
    }
  }
}

extension DataSet {
  /// Sets that need more than this are streamed instead of packed.
  public static let defaultMemoryLimit = 1 << 30

  /// Prepares a set for drawing batches: in memory if it fits, else decoding as it goes.
  ///
  /// - Parameters:
  ///   - channels: 1 or 3; nil takes what the files have.
  ///   - memoryLimit: Bytes that the prepared pictures may take.
  public static func load(
    _ source: any ImageSource, size: ImageSize, channels: Int? = nil, fit: ImageFit,
    policy: SkipPolicy = .fail, memoryLimit: Int = DataSet.defaultMemoryLimit
  ) throws -> any LoadedImages {
    let preparation = ImagePreparation(
      size: size, channels: try channels ?? source.facts().channels, fit: fit)
    // Compared by division: a product of user's numbers could overflow.
    if source.count <= memoryLimit / preparation.sampleCount {
      return try PackedImages(source, preparation: preparation, policy: policy)
    }
    return try StreamingImages(source, preparation: preparation, policy: policy)
  }
}
