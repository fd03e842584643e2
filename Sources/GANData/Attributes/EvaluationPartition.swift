/// Which images are to be trained on and which to be judged on: CelebA's `list_eval_partition.txt`,
/// or `list_eval_partition.csv`.
///
/// Every line is a file name with 0 (training), 1 (validation) or 2 (test), below a line of titles in the
/// file with commas.
struct EvaluationPartition {
  static let fileNames = ["list_eval_partition.txt", "list_eval_partition.csv"]
  private let file: Annotation
  private var parts: [String: Int] = [:]

  /// The list in or beside a folder or archive; nil where there is none, and for one beside it that
  /// is of other images: it does not name `picture`.
  ///
  /// - Throws: `DataError` naming the first line that is none of a list.
  init?(of files: any FileSet, naming picture: String) throws {
    guard let file = try Annotation(named: Self.fileNames, of: files) else { return nil }
    self.file = file
    try file.forEachLine { number, words in
      if number == 1, file.hasCommas { return }
      let part = words.count == 2 ? ["0", "1", "2"].firstIndex(of: String(word: words[1])) : nil
      guard let part else {
        throw file.malformed(line: number, expected: "a file name and 0, 1 or 2")
      }
      parts[String(word: words[0])] = part
    }
    guard file.isInside || parts.value(forPicture: picture) != nil else { return nil }
  }

  /// The pictures of a split, of those at `paths`. Validation images serve where there are no test
  /// images; where all are in one part, there is no split to choose from.
  ///
  /// - Throws: `DataError` for a picture that the list lacks, and where the split is empty.
  func chosen(_ split: Split, of paths: [String], in files: any FileSet) throws -> [Bool] {
    let found = try paths.map { path in
      guard let part = parts.value(forPicture: path) else {
        throw DataError.malformed(
          path: "\(files.path)/\(path)", problem: "\(file.fileName) has no line for it")
      }
      return part
    }
    let present = Set(found)
    if split == .all || present.count < 2 { return paths.map { _ in true } }
    guard let wanted = (split == .train ? [0] : [2, 1]).first(where: present.contains) else {
      throw DataError.noImages(
        path: files.path, detail: "\(file.path) puts none of them into \(split.rawValue)")
    }
    return found.map { $0 == wanted }
  }
}
