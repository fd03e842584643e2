import Foundation

/// The labels of pictures where a file beside them says them: `dataset.json` in StyleGAN's form,
/// `{"labels": [["00000/img.png", 3], ...]}`, or a table `labels.csv`.
///
/// Pictures are named by their path below the file, by the end of that path or by the file's name, with
/// or without extension.
struct LabelList {
  /// The names of such files; the first of them that is there counts.
  static let fileNames = ["dataset.json", "labels.csv"]

  /// What to call it in a message.
  let path: String
  private let folder: String
  private let labels: [String: String]

  /// The lists in a folder or archive; none where no file has the form. One beside it may be of
  /// another set with files of the same names.
  ///
  /// - Throws: `DataError` for a file that cannot be read, or is cut.
  static func all(of files: any FileSet) throws -> [LabelList] {
    let readers = [LabelJSON.labels, LabelTable.labels]
    for (name, labels) in zip(fileNames, readers) {
      let lists = try Annotation.inside(files, named: name).compactMap { file in
        try labels(file).map {
          LabelList(path: file.path, folder: file.folder ?? "", labels: $0)
        }
      }
      if !lists.isEmpty { return lists }
    }
    return []
  }

  /// The columns of this title in the tables of a folder or archive, see ``TableValue``.
  ///
  /// - Throws: `DataError` for a file that cannot be read, or is cut.
  static func all(of files: any FileSet, column: String) throws -> [LabelList] {
    try Annotation.inside(files, ending: LabelTable.fileEnding).compactMap { file in
      try LabelTable.values(of: column, in: file).map {
        LabelList(path: file.path, folder: file.folder ?? "", labels: $0)
      }
    }
  }

  /// What it says of pictures.
  var values: some Collection<String> { labels.values }

  /// Its name without folders.
  var fileName: String { String(path.split(separator: "/").last ?? "") }

  /// The label of the picture at a path in the set, and the words by which the list names it.
  func label(ofPicture picture: String) -> (name: String, label: String)? {
    guard picture.hasPrefix(folder) else { return nil }
    var rest = picture.dropFirst(folder.count)
    while true {
      for name in [String(rest), String(rest.withoutExtension)] {
        if let label = labels[name] { return (name, label) }
      }
      guard let slash = rest.firstIndex(of: "/") else { return nil }
      rest = rest[rest.index(after: slash)...]
    }
  }
}

extension Substring {
  /// The path up to the last point of the file's name.
  var withoutExtension: Substring {
    guard let dot = lastIndex(of: "."), !self[dot...].contains("/") else { return self }
    return self[..<dot]
  }
}

/// The labels of a set's pictures, read from its lists.
struct ListedLabels {
  /// The name of the files that say them.
  let fileName: String
  /// The classes in their natural order.
  let classNames: [String]
  private let labels: [Int: Int]

  /// Nil for a set without lists, or whose lists name none of its pictures.
  ///
  /// - Throws: `DataError` for a list of which one line stands for two pictures.
  init?(of files: any FileSet, members: [Int]) throws {
    let lists = try LabelList.all(of: files)
    guard let first = lists.first else {
      if let own = try ClassMembers(of: files) {
        let classes = members.map { ($0, own.label(ofPicture: files.members[$0])) }
        self.init(
          ClassMembers.fileEnding,
          Dictionary(uniqueKeysWithValues: classes).compactMapValues { $0 })
        return
      }
      guard let poses = try? PoseTable(of: files) else { return nil }
      self.init(PoseTable.fileName, poses.people, poses.numbers)
      return
    }
    var found: [Int: String] = [:]
    for list in lists {
      var owners: [String: Int] = [:]
      for member in members {
        guard let entry = list.label(ofPicture: files.members[member]) else { continue }
        if let other = owners.updateValue(member, forKey: entry.name) {
          throw DataError.malformed(
            path: list.path,
            problem: "'\(entry.name)' stands for both \(files.members[other]) and "
              + "\(files.members[member]); name the folder, too")
        }
        found[member] = entry.label
      }
    }
    self.init(first.fileName, found)
  }

  private init(_ fileName: String, _ classNames: [String], _ labels: [Int: Int]) {
    (self.fileName, self.classNames, self.labels) = (fileName, classNames, labels)
  }

  /// Nil where no picture has a label.
  private init?(_ fileName: String, _ found: [Int: String]) {
    guard !found.isEmpty else { return nil }
    let names = Set(found.values).sorted(by: naturalOrder)
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    self.init(fileName, names, found.compactMapValues { numbers[$0] })
  }

  /// The class of a picture, if the lists name it.
  func label(ofMember member: Int) -> Int? { labels[member] }
}
