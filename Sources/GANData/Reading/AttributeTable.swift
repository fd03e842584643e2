/// Which attributes each image of a set has: CelebA's `list_attr_celeba.txt`.
///
/// The first line counts the images, the second names the attributes, and every other line is a file
/// name with 1 or -1 for each of them.
public struct AttributeTable: Sendable, Equatable {
  /// The attributes in the file's order.
  public let names: [String]
  /// For each attribute, whether the image of a file name has it.
  private let rows: [String: [Bool]]

  /// The name of the file beside the images.
  public static let fileName = "list_attr_celeba.txt"

  /// Reads a table.
  ///
  /// - Parameter name: What to call the file in an error.
  /// - Throws: `DataError` naming the first line that is none of a table.
  public init(parsing text: String, name: String) throws {
    let lines = text.split(whereSeparator: \.isNewline)
    guard lines.count > 2, let count = Int(lines[0].filter { $0 != " " }) else {
      throw DataError.malformed(path: name, problem: "expected a count, names and a line an image")
    }
    let names = lines[1].split(separator: " ").map(String.init)
    var rows: [String: [Bool]] = [:]
    for (index, line) in lines.dropFirst(2).enumerated() {
      let parts = line.split(separator: " ")
      let values = parts.dropFirst().compactMap { ["1": true, "-1": false][String($0)] }
      guard let file = parts.first, values.count == names.count, parts.count == values.count + 1
      else {
        throw DataError.malformed(
          path: name,
          problem: "line \(index + 3): expected a file name and \(names.count) times 1 or -1")
      }
      rows[String(file)] = values
    }
    guard rows.count == count else {
      throw DataError.mismatch(
        path: name, problem: "the count and the lines differ", expected: "\(count) images",
        found: "\(rows.count)")
    }
    (self.names, self.rows) = (names, rows)
  }

  /// The table at the top of a folder or archive.
  ///
  /// - Throws: `DataError`.
  public init(in files: any FileSet) throws {
    let bytes = try files.contents(of: Self.fileName)
    try self.init(
      parsing: String(decoding: bytes, as: UTF8.self), name: "\(files.path)/\(Self.fileName)")
  }

  /// For each image of a set, whether it has the attribute; images are found by file name.
  ///
  /// - Throws: `DataError` for an attribute or an image that the table lacks.
  public func values(of attribute: String, in images: ImageFiles) throws -> [Bool] {
    guard let column = names.firstIndex(of: attribute) else {
      let nearest = nearestName(to: attribute, among: names).map { "; did you mean '\($0)'?" }
      throw DataError.malformed(
        path: images.files.path,
        problem: "no attribute '\(attribute)'"
          + (nearest ?? "; it has \(names.joined(separator: ", "))"))
    }
    return try (0..<images.count).map { index in
      let path = images.relativeName(at: index)
      guard let row = rows[String(path.split(separator: "/").last ?? "")] else {
        throw DataError.malformed(
          path: images.name(at: index), problem: "\(Self.fileName) has no line for it")
      }
      return row[column]
    }
  }
}
