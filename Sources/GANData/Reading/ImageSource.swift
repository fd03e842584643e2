/// Numbered pictures, with labels if the set has them. Any thread may ask for any picture.
public protocol ImageSource: Sendable {
  /// Number of pictures; some of them may prove to be unreadable.
  var count: Int { get }

  /// The classes in label order, empty for an unlabelled set.
  var classNames: [String] { get }

  /// Files that lie beside the pictures and are not read.
  var unused: UnusedFiles { get }

  /// Pictures of the place that are not used, and why.
  var leftOut: [LeftOutImages] { get }

  /// The file that says the labels, where one does.
  var labelFile: String? { get }

  /// The class of a picture: an index of `classNames`, or nil in an unlabelled set.
  func label(at index: Int) -> Int?

  /// What to call a picture in a message: the path of its file, or a file and a number.
  func name(at index: Int) -> String

  /// Size and kind of a picture, read without decoding it.
  func header(at index: Int) throws -> ImageHeader

  /// A picture and its header, from one reading of the file.
  func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader)

  /// A picture as a preparation makes it, decoded no larger than that needs.
  func prepared(at index: Int, by preparation: ImagePreparation) throws -> DecodedImage

  /// Points of each picture, such as eyes and mouth, as many in all; nil for a set that has none.
  ///
  /// - Throws: `DataError` naming a picture that lacks them.
  func landmarks() throws -> [[Landmark]]?

  /// The largest sample of colour in a picture of 16-bit samples; nil for one of 8 bits.
  func largestSample(at index: Int) throws -> Int?

  /// The same pictures, with other choices where files leave one. Sets without files stay as they are.
  func decoding(_ options: DecodingOptions) -> any ImageSource

  /// What all pictures have in common.
  func facts() throws -> ImageFacts

  /// How its pictures become squares unless something else is asked for.
  var preferredFit: ImageFit { get }
}

extension ImageSource {
  /// No other files.
  public var unused: UnusedFiles { UnusedFiles() }

  /// None left out.
  public var leftOut: [LeftOutImages] { [] }

  /// No file.
  public var labelFile: String? { nil }

  /// None.
  public func landmarks() throws -> [[Landmark]]? { nil }

  /// 8 bits.
  public func largestSample(at index: Int) throws -> Int? { nil }

  /// Nothing to choose.
  public func decoding(_ options: DecodingOptions) -> any ImageSource { self }

  /// The centre square, resized: the fit for photos.
  public var preferredFit: ImageFit { .crop }

  /// Of the whole picture.
  public func prepared(
    at index: Int, by preparation: ImagePreparation
  ) throws -> DecodedImage { preparation.prepared(try image(at: index)) }

  /// A picture.
  public func image(at index: Int) throws -> DecodedImage { try decoded(at: index).image }

  /// Looks at every header, on all cores. Unreadable files are passed over, unless all are.
  public func facts() throws -> ImageFacts {
    var facts: ImageFacts?
    var firstError: (any Error)?
    forEachBlock(of: count) { block in
      let headers = parallelMap(block) { index in Result { try header(at: index) } }
      for result in headers {
        switch result {
        case .success(let header): facts = facts?.merged(with: header) ?? ImageFacts(header)
        case .failure(let error): firstError = firstError ?? error
        }
      }
      return true
    }
    if let facts { return facts }
    throw firstError ?? DataError.noImages(path: "data set", detail: "it is empty")
  }
}

/// What the pictures of a set have in common.
public struct ImageFacts: Sendable, Equatable {
  /// The size of every picture, or nil if they differ.
  public let nativeSize: ImageSize?
  /// The largest width and the largest height.
  public let largestSize: ImageSize
  /// 3 if any picture has colour, else 1.
  public let channels: Int
  /// The smallest and the largest ratio of width to height.
  public let proportions: ClosedRange<Double>

  init(_ header: ImageHeader) {
    let size = header.size
    self.init(
      nativeSize: size, largestSize: size, channels: header.channels,
      proportions: size.proportion...size.proportion)
  }

  init(
    nativeSize: ImageSize?, largestSize: ImageSize, channels: Int, proportions: ClosedRange<Double>
  ) {
    self.nativeSize = nativeSize
    self.largestSize = largestSize
    self.channels = channels
    self.proportions = proportions
  }

  /// Whether some picture has other proportions than a target of this size, so that something is cut off
  /// or added where they are kept.
  public func differ(from target: ImageSize) -> Bool {
    proportions != target.proportion...target.proportion
  }

  func merged(with header: ImageHeader) -> ImageFacts {
    let size = header.size
    return ImageFacts(
      nativeSize: nativeSize == size ? size : nil,
      largestSize: largestSize.union(size),
      channels: max(channels, header.channels),
      proportions: min(
        proportions.lowerBound, size.proportion)...max(proportions.upperBound, size.proportion))
  }
}

/// The part of a data set to use.
public enum Split: String, Sendable, CaseIterable, Codable {
  /// What a model learns from.
  case train
  /// What it is judged on; a folder called `val` serves where there is no `test`.
  case test
  /// Everything.
  case all
}
