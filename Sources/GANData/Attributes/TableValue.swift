/// An attribute that is a value in a column of a table, written `column=value`: `light=dusk` is that of the
/// pictures whose line has `dusk` in the column `light`.
///
/// The table is a `.csv` file among the pictures whose first line has titles, one of them that of the
/// pictures' names, such as `file` or `path`. A picture is named as in `labels.csv`; one without a line
/// has no value.
struct TableValue {
  let column: String
  let value: String

  /// Nil for the plain name of an attribute.
  init?(_ attribute: String) {
    guard let sign = attribute.firstIndex(of: "=") else { return nil }
    column = String(attribute[..<sign])
    value = String(attribute[attribute.index(after: sign)...])
  }

  /// For each picture whether it has the value; nil for one that the table has no line for.
  ///
  /// - Throws: `DataError` for a column that no table has, and a value that stands nowhere in it.
  func presence(in images: ImageFiles) throws -> [Bool?] {
    let lists = try LabelList.all(of: images.files, column: column)
    guard !lists.isEmpty else { throw try missingColumn(in: images.files) }
    let known = Set(lists.flatMap(\.values))
    guard known.contains(value) else {
      let problem = "no '\(value)' in the column '\(column)'"
      throw DataError.malformed(
        path: lists[0].path, problem: problem + suggestion(for: value, among: known.sorted()))
    }
    return (0..<images.count).map { index in
      let picture = images.relativeName(at: index)
      return lists.lazy.compactMap { $0.label(ofPicture: picture)?.label }.first.map { $0 == value }
    }
  }

  /// Whether a folder or archive has a table with the column.
  func isTold(by files: any FileSet) -> Bool {
    (try? LabelList.all(of: files, column: column))?.isEmpty == false
  }

  private func missingColumn(in files: any FileSet) throws -> DataError {
    let titles = try Annotation.inside(files, ending: LabelTable.fileEnding)
      .flatMap(LabelTable.otherTitles)
    return .malformed(
      path: files.path,
      problem: titles.isEmpty
        ? "no table (.csv) in it that names pictures and has a column '\(column)'"
        : "no table in it has a column '\(column)'" + suggestion(for: column, among: titles))
  }

  private func suggestion(for word: String, among words: [String]) -> String {
    nearestName(to: word, among: words).map { "; did you mean '\($0)'?" }
      ?? "; there are \(words.prefix(20).joined(separator: ", "))"
  }
}
