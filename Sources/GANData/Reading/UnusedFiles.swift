/// Files of a data set's place that are not among its pictures, each with the reason.
public struct UnusedFiles: Sendable, Equatable {
  /// The reason for each file, by what messages call the file.
  private var reasons: [String: String] = [:]

  /// The files that share a reason.
  public struct Group: Codable, Sendable, Equatable {
    /// Words that can follow a number, such as `.svg` or `links that lead nowhere`.
    public let reason: String
    /// How many files.
    public let count: Int
    /// What messages call the first ten of them.
    public let names: [String]

    init(_ reason: String, _ names: [String]) {
      (self.reason, count) = (reason, names.count)
      self.names = Array(names.sorted(by: byteOrder).prefix(10))
    }
  }

  /// None.
  public init() {}

  /// Notes a file. Only the first reason counts.
  ///
  /// - Parameter reason: words that can follow a number.
  public mutating func add(_ name: String, because reason: String) {
    if reasons[name] == nil { reasons[name] = reason }
  }

  /// Notes the files of another place, too; one that is in both counts once.
  public mutating func formUnion(_ other: UnusedFiles) {
    reasons.merge(other.reasons) { first, _ in first }
  }

  /// How many files.
  public var count: Int { reasons.count }

  /// The files by reason, the most common reason first.
  public var groups: [Group] {
    Dictionary(grouping: reasons.keys) { reasons[$0] ?? "" }
      .map { Group($0.key, $0.value) }.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
  }

  /// One line, such as `8 files not read: 5 .svg, 3 .psd`; nil where there are none.
  public var summary: String? {
    if reasons.isEmpty { return nil }
    let all = groups
    let shown = all.prefix(8).map { "\($0.count) \($0.reason)" }.joined(separator: ", ")
    let more = all.dropFirst(8).reduce(0) { $0 + $1.count }
    return "\(count) \(count == 1 ? "file" : "files") not read: " + shown
      + (more > 0 ? ", and \(more) more" : "")
  }
}

extension UnusedFiles {
  /// The reason for a file that is no picture: its extension.
  static func reason(forExtension kind: String) -> String {
    kind.isEmpty ? "without extension" : "." + kind
  }
}
