/// A way to make another picture of a digit. What is random in it follows from the digit's number.
protocol DigitPicture: Sendable {
  /// 1 or 3.
  var channels: Int { get }
  /// A picture of the digit's size.
  func picture(of digit: DecodedImage, number: UInt64) -> DecodedImage
  /// Points of the picture of a digit of a side; nil where it has none.
  func landmarks(number: UInt64, side: Int) -> [Landmark]?
}

extension DigitPicture {
  func landmarks(number: UInt64, side: Int) -> [Landmark]? { nil }
}

/// The pictures of a set with each made into another one, of the same size and class.
struct DerivedSource: ImageSource {
  private let base: any ImageSource
  private let maker: any DigitPicture

  init(_ base: any ImageSource, making maker: any DigitPicture) {
    (self.base, self.maker) = (base, maker)
  }

  var count: Int { base.count }
  var classNames: [String] { base.classNames }
  var preferredFit: ImageFit { base.preferredFit }

  func label(at index: Int) -> Int? { base.label(at: index) }
  func name(at index: Int) -> String { base.name(at: index) }

  func header(at index: Int) throws -> ImageHeader {
    let header = try base.header(at: index)
    return ImageHeader(
      width: header.width, height: header.height, channels: maker.channels,
      mode: maker.channels == 3 ? "RGB" : "grey")
  }

  func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader) {
    let digit = try base.image(at: index).converted(toChannels: 1)
    return (maker.picture(of: digit, number: number(at: index)), try header(at: index))
  }

  func landmarks() throws -> [[Landmark]]? {
    let points = try (0..<count).compactMap { index in
      maker.landmarks(number: number(at: index), side: try base.header(at: index).width)
    }
    return points.isEmpty ? nil : points
  }

  /// The name tells the file, so that no test picture gets a training picture's texture.
  private func number(at index: Int) -> UInt64 {
    SplitMix64.number(of: base.name(at: index).split(separator: "/").last ?? "")
  }
}

/// Some of the pictures of a set, in an order of their own; a picture may appear more than once.
public struct SubsetSource: ImageSource {
  private let base: any ImageSource
  private let indices: [Int]

  /// The pictures of these numbers.
  public init(_ base: any ImageSource, _ indices: [Int]) {
    (self.base, self.indices) = (base, indices)
  }

  /// How many.
  public var count: Int { indices.count }
  /// The classes of the whole set.
  public var classNames: [String] { base.classNames }
  /// What lies beside the whole set.
  public var unused: UnusedFiles { base.unused }
  /// As the whole set's.
  public var preferredFit: ImageFit { base.preferredFit }
  /// The class of a picture.
  public func label(at index: Int) -> Int? { base.label(at: indices[index]) }
  /// The name of a picture.
  public func name(at index: Int) -> String { base.name(at: indices[index]) }
  /// The header of a picture.
  public func header(at index: Int) throws -> ImageHeader { try base.header(at: indices[index]) }
  /// A picture.
  public func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader) {
    try base.decoded(at: indices[index])
  }
  /// The points of the chosen pictures.
  public func landmarks() throws -> [[Landmark]]? {
    try base.landmarks().map { all in indices.map { all[$0] } }
  }
  /// The largest sample of a picture.
  public func largestSample(at index: Int) throws -> Int? {
    try base.largestSample(at: indices[index])
  }
  /// The same choice of pictures, decoded otherwise.
  public func decoding(_ options: DecodingOptions) -> any ImageSource {
    SubsetSource(base.decoding(options), indices)
  }
}

extension SubsetSource {
  /// Of sets whose pictures belong together by their numbers those numbers whose pictures can be
  /// read in all of them, the first ones up to a limit.
  ///
  /// - Throws: `DataError` where there is none.
  public static func readable(
    _ sources: [any ImageSource], atMost limit: Int = .max
  ) throws -> [any ImageSource] {
    let common = sources.map(\.count).min() ?? 0
    let good = (0..<common).lazy
      .filter { index in sources.allSatisfy { (try? $0.image(at: index)) != nil } }.prefix(limit)
    let indices = Array(good)
    guard !indices.isEmpty else {
      throw DataError.noImages(path: sources[0].name(at: 0), detail: "no pair can be read")
    }
    return sources.map { SubsetSource($0, indices) }
  }
}

extension SplitMix64 {
  /// A number that follows from a text and nothing else (FNV-1a).
  static func number(of text: some StringProtocol) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }
}
