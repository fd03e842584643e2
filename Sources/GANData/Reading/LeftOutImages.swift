/// Images of a place that a set does not use, and why.
public struct LeftOutImages: Sendable, Equatable, Codable {
  /// Why images are not used.
  public enum Reason: String, Sendable, Codable, CaseIterable {
    /// They have none or several of the attributes that are the classes or domains.
    case attributes
    /// They lie beside the folders that are the classes, or beside the one that holds everything.
    case besideFolders
    /// They lie beside the folders of the splits.
    case besideSplits
    /// The list of labels does not name them.
    case unlabelled
    /// Nothing belongs to them that would make a pair.
    case unpaired
  }

  /// Why.
  public let reason: Reason
  /// How many.
  public let count: Int
  /// The paths of the first of them.
  public let examples: [String]

  /// So many are named.
  private static let namedCount = 3

  /// Images, named by the first of them.
  init(_ reason: Reason, _ names: [String]) {
    self.init(reason, count: names.count, examples: Array(names.prefix(Self.namedCount)))
  }

  /// Images by their number.
  init(_ reason: Reason, count: Int, examples: [String] = []) {
    (self.reason, self.count, self.examples) = (reason, count, examples)
  }
}

extension LeftOutImages.Reason {
  /// In words, behind a number.
  fileprivate var words: String {
    switch self {
    case .attributes: "with none or several of the attributes"
    case .besideFolders: "beside the folders"
    case .besideSplits: "outside of the splits' folders"
    case .unlabelled: "without a label"
    case .unpaired: "without a partner"
    }
  }
}

extension LeftOutImages: CustomStringConvertible {
  /// `2 beside the folders (a.png, b.png)`.
  public var description: String {
    let more = count > examples.count ? ", ..." : ""
    let named = examples.isEmpty ? "" : " (\(examples.joined(separator: ", "))\(more))"
    return "\(count) \(reason.words)\(named)"
  }
}

extension [LeftOutImages] {
  /// All of them, with those of one reason added up.
  public var merged: [LeftOutImages] {
    LeftOutImages.Reason.allCases.compactMap { (reason) -> LeftOutImages? in
      let parts = filter { $0.reason == reason && $0.count > 0 }
      guard !parts.isEmpty else { return nil }
      return LeftOutImages(
        reason, count: parts.map(\.count).reduce(0, +),
        examples: [String](parts.flatMap(\.examples).prefix(3)))
    }
  }

  /// All in words; nothing where all images are used.
  public var words: String? {
    isEmpty ? nil : "left out: " + map(\.description).joined(separator: ", ")
  }

  /// How many images.
  public var total: Int { map(\.count).reduce(0, +) }
}
