/// A table with commas and titles that says something of the pictures of a set, such as `poses.csv`.
/// Columns may stand in any order.
struct TitledTable {
  let file: Annotation
  /// In small letters.
  let titles: [String]
  /// The lines behind the titles.
  let rows: ArraySlice<LabelTable.Line>

  /// The table of a name in a set or beside it; nil where there is none.
  ///
  /// - Throws: `DataError` for a file that cannot be read, has no titles, or has too few columns in a
  ///   line.
  init?(named fileName: String, of files: any FileSet) throws {
    guard let file = try Annotation(named: [fileName], of: files) else { return nil }
    let lines = LabelTable.lines(of: file)
    guard let first = lines.first else {
      throw DataError.malformed(path: file.path, problem: "it is empty")
    }
    let titles = first.cells.map { $0.lowercased() }
    rows = lines.dropFirst()
    for row in rows where row.cells.count != titles.count {
      throw file.malformed(line: row.number, expected: "\(titles.count) columns")
    }
    (self.file, self.titles) = (file, titles)
  }

  /// The number of the column with one of these titles; nil where there is none.
  func column(_ names: String...) -> Int? { titles.firstIndex(where: names.contains) }

  /// The members of a set by their paths.
  static func members(of files: any FileSet) -> [String: Int] {
    Dictionary(files.members.enumerated().map { ($1, $0) }) { first, _ in first }
  }

  /// The member that a path names, as it stands or below the table's folder; folders of it that lie
  /// above the set may be there.
  func member(named path: String, among members: [String: Int]) -> Int? {
    var rest = path[...]
    while true {
      if let member = members[(file.folder ?? "") + rest] ?? members[String(rest)] {
        return member
      }
      guard let slash = rest.firstIndex(of: "/") else { return nil }
      rest = rest[rest.index(after: slash)...]
    }
  }
}
