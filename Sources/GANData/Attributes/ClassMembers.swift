/// The classes of pictures that have a file of their own for it, as WebDataset writes them: `000123.cls`
/// beside `000123.jpg` holds a number or a name.
struct ClassMembers {
  static let fileEnding = ".cls"
  /// A class by a picture's path without its extension.
  private let classes: [String: String]
  /// A longer file is something else.
  private static let longest = 256

  /// Nil for a set without such files.
  ///
  /// - Throws: `DataError` for one that cannot be read or holds no class.
  init?(of files: any FileSet) throws {
    var classes: [String: String] = [:]
    for (index, member) in files.members.enumerated() where member.hasSuffix(Self.fileEnding) {
      let bytes = try files.bytes(ofMember: index, limit: Self.longest + 1)
      let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      guard bytes.count <= Self.longest, text.count == 1 else {
        throw DataError.malformed(
          path: files.name(ofMember: index), problem: "expected the name or number of a class")
      }
      classes[String(member.dropLast(Self.fileEnding.count))] = text[0].trimmed
    }
    if classes.isEmpty { return nil }
    self.classes = classes
  }

  /// The class of a picture by its path in the set.
  func label(ofPicture picture: String) -> String? {
    classes[String(picture[...].withoutExtension)]
  }
}

extension Substring {
  /// Without the spaces around it.
  fileprivate var trimmed: String {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
