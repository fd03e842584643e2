/// Who the pictures of a set show and which of them look straight ahead: `poses.csv`, in the set or
/// beside it, a table in any order of columns.
///
/// - `path`: the picture.
/// - `person` or `identity`: who it shows.
/// - `pose`: `frontal`, or any other word.
/// - `order`, if there is such a column: a number by which nearness is told, such as the place in a
///   sequence in which somebody turns; else it is the line's.
///
/// Every fourth person, in their natural order, is held out from training. Of fewer than four nobody
/// is, and all splits are alike.
struct PoseTable {
  static let fileName = "poses.csv"

  /// A picture of somebody.
  private struct Picture {
    let member: Int
    let person: String
    let order: Double
    let isFrontal: Bool
  }

  /// Everybody, in their natural order.
  let people: [String]
  private let pictures: [Picture]
  private let path: String

  /// Nil where there is no table, or one beside the set that names none of its pictures.
  ///
  /// - Throws: `DataError` for a table without these columns, or naming a line's picture that is not
  ///   there.
  init?(of files: any FileSet) throws {
    guard let table = try TitledTable(named: Self.fileName, of: files) else { return nil }
    guard let picture = table.column("path"), let person = table.column("person", "identity"),
      let pose = table.column("pose")
    else {
      throw DataError.malformed(
        path: table.file.path,
        problem: "expected the columns path, person (or identity) and pose, found "
          + table.titles.joined(separator: ","))
    }
    let order = table.column("order")
    let members = TitledTable.members(of: files)
    var pictures: [Picture] = []
    var missing: (line: Int, path: String)?
    for row in table.rows {
      let name = row.cells[picture]
      guard let member = table.member(named: name, among: members) else {
        missing = missing ?? (row.number, name)
        continue
      }
      guard let place = order.map({ Double(row.cells[$0]) }) ?? Double(row.number) else {
        throw table.file.malformed(line: row.number, expected: "a number in the column order")
      }
      pictures.append(
        Picture(
          member: member, person: row.cells[person], order: place,
          isFrontal: row.cells[pose].lowercased() == "frontal"))
    }
    if pictures.isEmpty, !table.file.isInside { return nil }
    if let missing {
      throw table.file.malformed(
        line: missing.line, expected: "a picture of the set, found '\(missing.path)'")
    }
    self.pictures = pictures
    people = Set(pictures.map(\.person)).sorted(by: naturalOrder)
    path = table.file.path
  }

  /// Those who are in a split.
  func people(in split: Split) -> [String] {
    guard people.count >= 4, split != .all else { return people }
    return people.enumerated().filter { ($0.offset % 4 == 3) == (split == .test) }.map(\.element)
  }

  /// The number of each picture's person among all, by its member.
  var numbers: [Int: Int] {
    let number = Dictionary(uniqueKeysWithValues: people.enumerated().map { ($1, $0) })
    return Dictionary(pictures.map { ($0.member, number[$0.person] ?? 0) }) { first, _ in first }
  }

  /// The members in a split.
  func members(in split: Split) -> Set<Int> {
    let present = Set(people(in: split))
    return Set(pictures.filter { present.contains($0.person) }.map(\.member))
  }

  /// Every picture that is not frontal with the frontal one of the same person that is nearest in
  /// order, of two the earlier; both labelled by their person. People take turns.
  ///
  /// - Throws: `DataError` for a person without a frontal picture.
  func pairs(in files: any FileSet, _ split: Split) throws -> TwoSources {
    let people = people(in: split)
    var pairs: [(turn: Int, label: Int, turned: Int, frontal: Int)] = []
    for (label, person) in people.enumerated() {
      let own = pictures.filter { $0.person == person }
      let targets = own.filter(\.isFrontal).sorted { $0.order < $1.order }
      guard let first = targets.first else {
        throw DataError.malformed(
          path: path, problem: "person '\(person)' has no frontal image among \(own.count)")
      }
      let turned = own.filter { !$0.isFrontal }.sorted { $0.order < $1.order }
      pairs += turned.enumerated().map { turn, picture in
        let nearest = targets.reduce(first) {
          abs($1.order - picture.order) < abs($0.order - picture.order) ? $1 : $0
        }
        return (turn, label, picture.member, nearest.member)
      }
    }
    guard !pairs.isEmpty else {
      throw DataError.noImages(path: path, detail: "all are frontal, so that nothing is to turn")
    }
    pairs.sort { ($0.turn, $0.label) < ($1.turn, $1.label) }
    let named = Set(pictures.map(\.member))
    let others = files.members.indices.filter {
      ImageLayout.isPicture(files.members[$0]) && !named.contains($0)
    }
    let leftOut = [LeftOutImages(.unpaired, others.map(files.name))].merged
    func labelled(_ members: [Int]) -> ImageFiles {
      ImageFiles(files, members: members, leftOut: leftOut)
        .relabeled(pairs.map(\.label), classNames: people)
    }
    return TwoSources(
      a: labelled(pairs.map(\.turned)), b: labelled(pairs.map(\.frontal)),
      names: ("turned", "frontal"))
  }
}
