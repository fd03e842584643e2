/// Four points of each picture: `landmarks.csv`, a table of path, x1, y1, x2, y2, x3, y3, x4 and y4 in
/// any order of columns. Points are left eye, right eye, nose and mouth as one looks at the picture, in
/// pixels from its upper left corner.
struct LandmarkTable {
  static let fileName = "landmarks.csv"
  private static let count = 4
  private let points: [Int: [Landmark]]
  private let path: String

  /// The table in a set or beside it; nil where there is none.
  ///
  /// - Throws: `DataError` for a table without these columns, or naming the first line that has no
  ///   numbers.
  init?(of files: any FileSet) throws {
    guard let table = try TitledTable(named: Self.fileName, of: files) else { return nil }
    let names = (1...Self.count).flatMap { ["x\($0)", "y\($0)"] }
    let columns = names.compactMap { table.column($0) }
    guard let picture = table.column("path", "file", "image"), columns.count == names.count else {
      throw DataError.malformed(
        path: table.file.path,
        problem: "expected the columns path,\(names.joined(separator: ",")), "
          + "found \(table.titles.joined(separator: ","))")
    }
    let members = TitledTable.members(of: files)
    var points: [Int: [Landmark]] = [:]
    for row in table.rows {
      let numbers = columns.compactMap { Double(row.cells[$0]) }.filter(\.isFinite)
      guard numbers.count == names.count else {
        throw table.file.malformed(line: row.number, expected: "a path and \(names.count) numbers")
      }
      guard let member = table.member(named: row.cells[picture], among: members) else { continue }
      points[member] = (0..<Self.count).map {
        Landmark(x: numbers[2 * $0], y: numbers[2 * $0 + 1])
      }
    }
    (self.points, path) = (points, table.file.path)
  }

  /// The points of a picture.
  ///
  /// - Throws: `DataError` where the table has none.
  func points(ofMember member: Int, in files: any FileSet) throws -> [Landmark] {
    guard let own = points[member] else {
      throw DataError.malformed(
        path: files.name(ofMember: member), problem: "\(path) has no landmarks of it")
    }
    return own
  }
}
