import Foundation

/// A table with commas of which one column names pictures and another their classes, with titles or
/// without.
enum LabelTable {
  private static let pictureTitles: Set = [
    "file", "filename", "file_name", "filepath", "path", "image", "image_id", "imageid",
    "image_name", "image_path", "img", "id", "name",
  ]
  private static let labelTitles: Set = [
    "label", "labels", "class", "classname", "class_name", "class_id", "category", "target",
  ]

  /// How the names of such files end.
  static let fileEnding = ".csv"

  /// The label of each name; nil for a table of other columns.
  ///
  /// - Throws: `DataError` naming the first line that lacks a column.
  static func labels(of file: Annotation) throws -> [String: String]? {
    let lines = lines(of: file)
    guard let first = lines.first, let found = columns(of: first.cells) else { return nil }
    let rows = found.hasTitles ? lines.dropFirst() : lines[...]
    return try words(
      of: rows, picture: found.columns.picture, word: found.columns.label, in: file,
      expected: "a picture and its class")
  }

  /// What a column says of each name, where it says anything; nil for a table without such a title, or that names
  /// no pictures.
  ///
  /// - Throws: `DataError` naming the first line that lacks the column.
  static func values(of column: String, in file: Annotation) throws -> [String: String]? {
    let lines = lines(of: file)
    guard let titles = lines.first?.cells, let picture = pictureColumn(of: titles),
      let found = titles.firstIndex(of: column), found != picture
    else { return nil }
    return try words(
      of: lines.dropFirst(), picture: picture, word: found, in: file,
      expected: "a picture and its '\(column)'")
  }

  /// The titles beside that of the pictures' names; none for a table that names no pictures.
  static func otherTitles(in file: Annotation) -> [String] {
    guard let titles = lines(of: file).first?.cells, let picture = pictureColumn(of: titles) else {
      return []
    }
    return titles.indices.filter { $0 != picture }.map { titles[$0] }
  }

  /// A line by its number from 1.
  struct Line {
    let number: Int
    let cells: [String]
  }

  /// Those that are not empty.
  static func lines(of file: Annotation) -> [Line] {
    file.bytes.drop { [0xEF, 0xBB, 0xBF].contains($0) }
      .split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: "\n") }
      .enumerated().map { Line(number: $0.offset + 1, cells: cells(of: $0.element)) }
      .filter { $0.cells != [""] }
  }

  private static func words(
    of lines: ArraySlice<Line>, picture: Int, word: Int, in file: Annotation, expected: String
  ) throws -> [String: String] {
    var words: [String: String] = [:]
    for line in lines {
      let cells = line.cells
      guard cells.count > max(picture, word), !cells[picture].isEmpty, !cells[word].isEmpty else {
        throw file.malformed(line: line.number, expected: expected)
      }
      words[cells[picture]] = cells[word]
    }
    return words
  }

  private static func pictureColumn(of titles: [String]) -> Int? {
    titles.firstIndex { pictureTitles.contains($0.lowercased()) }
  }

  /// Which columns the first line tells, and whether it holds titles.
  private static func columns(
    of cells: [String]
  ) -> (columns: (picture: Int, label: Int), hasTitles: Bool)? {
    if let picture = pictureColumn(of: cells) {
      let label = cells.firstIndex { labelTitles.contains($0.lowercased()) }
      // Beside the pictures a second column can be nothing but the class, whatever it is called.
      guard let label = label ?? (cells.count == 2 ? 1 - picture : nil) else { return nil }
      return ((picture, label), true)
    }
    guard cells.count == 2, let picture = cells.firstIndex(where: ImageLayout.isPicture) else {
      return nil
    }
    return ((picture, 1 - picture), false)
  }

  /// The cells of a line without the blanks around them; a cell in quotes may hold commas.
  private static func cells(of line: ArraySlice<UInt8>) -> [String] {
    var (cells, cell, isQuoted): ([String], [UInt8], Bool) = ([], [], false)
    func finished() -> String {
      String(decoding: cell, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    for byte in line {
      switch byte {
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: ",") where !isQuoted:
        cells.append(finished())
        cell = []
      default: cell.append(byte)
      }
    }
    return cells + [finished()]
  }
}
