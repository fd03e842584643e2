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

  /// The label of each name; nil for a table of other columns.
  ///
  /// - Throws: `DataError` naming the first line that lacks a column.
  static func labels(of file: Annotation) throws -> [String: String]? {
    var columns: (picture: Int, label: Int)?
    var labels: [String: String] = [:]
    for (number, cells) in lines(of: file) {
      guard let (picture, label) = columns else {
        guard let (found, hasTitles) = Self.columns(of: cells) else { return nil }
        columns = found
        if !hasTitles { labels[cells[found.picture]] = cells[found.label] }
        continue
      }
      guard cells.count > max(picture, label), !cells[picture].isEmpty, !cells[label].isEmpty else {
        throw file.malformed(line: number, expected: "a picture and its class")
      }
      labels[cells[picture]] = cells[label]
    }
    return labels
  }

  /// The lines that are not empty, by their numbers from 1.
  static func lines(of file: Annotation) -> [(number: Int, cells: [String])] {
    file.bytes.drop { [0xEF, 0xBB, 0xBF].contains($0) }
      .split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: "\n") }
      .enumerated().map { ($0.offset + 1, cells(of: $0.element)) }.filter { $0.1 != [""] }
  }

  /// Which columns the first line tells, and whether it holds titles.
  private static func columns(
    of cells: [String]
  ) -> (columns: (picture: Int, label: Int), hasTitles: Bool)? {
    let titles = cells.map { $0.lowercased() }
    if let picture = titles.firstIndex(where: pictureTitles.contains) {
      let label = titles.firstIndex(where: labelTitles.contains)
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
