/// Several sets one after the other, as if they were one.
public struct JoinedSource: ImageSource {
  private let parts: [any ImageSource]
  private let starts: [Int]

  /// Joins sets. The result is labelled if all parts are; labels keep their numbers.
  public init(_ parts: [any ImageSource]) {
    precondition(!parts.isEmpty, "nothing to join")
    self.parts = parts
    var total = 0
    starts = parts.map { part in
      defer { total += part.count }
      return total
    }
    count = total
  }

  /// Pictures of all parts.
  public let count: Int

  /// The classes of the part that has most.
  public var classNames: [String] {
    if parts.contains(where: { $0.classNames.isEmpty }) { return [] }
    return parts.map(\.classNames).max { $0.count < $1.count } ?? []
  }

  /// What lies beside the parts.
  public var unused: UnusedFiles { parts.reduce(into: UnusedFiles()) { $0.formUnion($1.unused) } }

  /// That of the first part.
  public var preferredFit: ImageFit { parts[0].preferredFit }

  /// The class of a picture in its part.
  public func label(at index: Int) -> Int? {
    if classNames.isEmpty { return nil }
    let (part, local) = place(of: index)
    return part.label(at: local)
  }

  /// The name of a picture in its part.
  public func name(at index: Int) -> String {
    let (part, local) = place(of: index)
    return part.name(at: local)
  }

  /// The header of a picture in its part.
  public func header(at index: Int) throws -> ImageHeader {
    let (part, local) = place(of: index)
    return try part.header(at: local)
  }

  /// A picture of one of the parts.
  public func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader) {
    let (part, local) = place(of: index)
    return try part.decoded(at: local)
  }

  private func place(of index: Int) -> (part: any ImageSource, local: Int) {
    let part = starts.lastIndex { $0 <= index } ?? 0
    return (parts[part], index - starts[part])
  }
}
