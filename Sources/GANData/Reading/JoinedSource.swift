/// Several sets one after the other, as if they were one.
public struct JoinedSource: ImageSource {
  private let parts: [any ImageSource]
  private let starts: [Int]
  /// For each part the numbers of its classes among all.
  private let labels: [[Int]]

  /// Joins sets. The result is labelled if all parts are; classes of one name are one.
  public init(_ parts: [any ImageSource]) {
    precondition(!parts.isEmpty, "nothing to join")
    self.parts = parts
    let names = parts.map(\.classNames)
    classNames = names.contains([]) ? [] : Set(names.joined()).sorted(by: naturalOrder)
    let numbers = Dictionary(uniqueKeysWithValues: classNames.enumerated().map { ($1, $0) })
    labels = names.map { $0.compactMap { numbers[$0] } }
    var total = 0
    starts = parts.map { part in
      defer { total += part.count }
      return total
    }
    count = total
  }

  /// Pictures of all parts.
  public let count: Int

  /// The classes of all parts in their natural order.
  public let classNames: [String]

  /// What lies beside the parts.
  public var unused: UnusedFiles { parts.reduce(into: UnusedFiles()) { $0.formUnion($1.unused) } }

  /// That of the first part.
  public var preferredFit: ImageFit { parts[0].preferredFit }

  /// The class of a picture.
  public func label(at index: Int) -> Int? {
    if classNames.isEmpty { return nil }
    let (part, local) = place(of: index)
    return parts[part].label(at: local).map { labels[part][$0] }
  }

  /// The name of a picture in its part.
  public func name(at index: Int) -> String {
    let (part, local) = place(of: index)
    return parts[part].name(at: local)
  }

  /// The header of a picture in its part.
  public func header(at index: Int) throws -> ImageHeader {
    let (part, local) = place(of: index)
    return try parts[part].header(at: local)
  }

  /// A picture of one of the parts.
  public func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader) {
    let (part, local) = place(of: index)
    return try parts[part].decoded(at: local)
  }

  /// A picture of one of the parts.
  public func prepared(
    at index: Int, by preparation: ImagePreparation
  ) throws -> DecodedImage {
    let (part, local) = place(of: index)
    return try parts[part].prepared(at: local, by: preparation)
  }

  /// The largest sample of a picture in its part.
  public func largestSample(at index: Int) throws -> Int? {
    let (part, local) = place(of: index)
    return try parts[part].largestSample(at: local)
  }

  /// All parts decoded otherwise.
  public func decoding(_ options: DecodingOptions) -> any ImageSource {
    JoinedSource(parts.map { $0.decoding(options) })
  }

  private func place(of index: Int) -> (part: Int, local: Int) {
    let part = starts.lastIndex { $0 <= index } ?? 0
    return (part, index - starts[part])
  }
}
