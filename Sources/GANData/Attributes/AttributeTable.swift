/// Which attributes each image of a set has: CelebA's `list_attr_celeba.txt`, or `list_attr_celeba.csv`.
///
/// The first line of the text counts the images, the second names the attributes, and every other line
/// is a file name with 1 or -1 for each of them. The table with commas has no count, and names the
/// attributes behind `image_id`.
public struct AttributeTable: Sendable {
  /// The attributes in the file's order.
  public let names: [String]
  /// The row of each image by its file name.
  private let rows: [String: Int]
  /// Row after row, whether the image has the attribute.
  private let values: [Bool]

  /// The name of the file in or beside a set.
  public static let fileName = "list_attr_celeba.txt"
  static let fileNames = [fileName, "list_attr_celeba.csv"]

  /// The table of a folder or archive: the file in it that is nearest to its top, or the one beside it.
  ///
  /// - Throws: `DataError` where there is none, or naming the first line that is none of a table.
  public init(of files: any FileSet) throws {
    guard let file = try Annotation(named: Self.fileNames, of: files) else {
      throw DataError.malformed(
        path: files.path, problem: "no \(Self.fileName) in it or beside it to tell attributes")
    }
    var reading = Reading(file: file)
    try file.forEachLine { try reading.take($1, line: $0) }
    guard !reading.names.isEmpty else {
      throw DataError.malformed(
        path: file.path,
        problem: "expected \(file.hasCommas ? "" : "a count, ")names and a line an image")
    }
    if let count = reading.count, reading.rows.count != count {
      throw DataError.mismatch(
        path: file.path, problem: "the count and the lines differ", expected: "\(count) images",
        found: "\(reading.rows.count)")
    }
    (names, rows, values) = (reading.names, reading.rows, reading.values)
  }

  /// Whether a folder or archive has such a file.
  public static func exists(for files: any FileSet) -> Bool {
    (try? Annotation(named: fileNames, of: files)) != nil
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
      guard let row = rows.value(forPicture: images.relativeName(at: index)) else {
        throw DataError.malformed(
          path: images.name(at: index), problem: "\(Self.fileName) has no line for it")
      }
      return values[row * names.count + column]
    }
  }

  /// What was read of a file so far.
  private struct Reading {
    let file: Annotation
    var count: Int?
    var names: [String] = []
    var rows: [String: Int] = [:]
    var values: [Bool] = []

    mutating func take(_ words: [ArraySlice<UInt8>], line: Int) throws {
      if file.hasCommas, names.isEmpty {
        // Above the file names stands a word, too.
        names = words.dropFirst().map(String.init(word:))
      } else if count == nil, !file.hasCommas {
        guard words.count == 1, let count = Int(String(word: words[0])), count > 0 else {
          throw file.malformed(line: line, expected: "the number of images")
        }
        self.count = count
      } else if names.isEmpty {
        names = words.map(String.init(word:))
      } else {
        try takeRow(words, line: line)
      }
    }

    private mutating func takeRow(_ words: [ArraySlice<UInt8>], line: Int) throws {
      let (one, minusOne) = ([UInt8]("1".utf8)[...], [UInt8]("-1".utf8)[...])
      let flags = words.dropFirst().compactMap { $0 == one ? true : $0 == minusOne ? false : nil }
      guard flags.count == names.count, words.count == names.count + 1 else {
        throw file.malformed(
          line: line, expected: "a file name and \(names.count) times 1 or -1")
      }
      guard rows.updateValue(rows.count, forKey: String(word: words[0])) == nil else {
        throw file.malformed(line: line, expected: "an image that no line before it names")
      }
      values += flags
    }
  }
}
