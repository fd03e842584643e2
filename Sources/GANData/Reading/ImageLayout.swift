/// Which files are pictures, which split each is in, and what the folders say about classes.
///
/// One folder around everything, as in an unpacked archive, is looked through. The folders of splits lie
/// above those of the classes or below them.
struct ImageLayout {
  struct Item {
    let member: Int
    /// The part of the set whose folder it lies in, if any.
    let split: SplitFolder?
    /// The folder that may be its class.
    let classFolder: String?
  }

  let classNames: [String]
  /// Pictures that lie where none of the set's do, by member.
  let strays: [(member: Int, reason: LeftOutImages.Reason)]
  private let items: [Item]
  private let otherExtensions: [String: Int]

  init(members: [String], folder: String) {
    let prefix = folder.isEmpty || folder.hasSuffix("/") ? folder : folder + "/"
    var paths: [PicturePath] = []
    var others: [String: Int] = [:]
    for (index, member) in members.enumerated() where member.hasPrefix(prefix) {
      let kind = Self.fileExtension(of: member)
      if ImageFormat.extensions.contains(kind) {
        paths.append(PicturePath(index, member.dropFirst(prefix.count)))
      } else {
        others[kind, default: 0] += 1
      }
    }
    var tree = PictureTree(paths)
    items = tree.sorted()
    strays = tree.strays
    otherExtensions = others
    classNames = Self.classNames(of: items)
  }

  /// Whether folders tell the splits.
  var hasSplitFolders: Bool { items.contains { $0.split != nil } }

  /// The pictures of all splits.
  var allItems: [Item] { items }

  /// The pictures of a split.
  func items(of split: Split, path: String) throws -> [Item] {
    let present = Set(items.compactMap(\.split))
    if split == .all || present.isEmpty { return items }
    let serving = SplitFolder.serving(split)
    guard let folder = serving.first(where: present.contains) else {
      let seen = present.sorted().map { $0.name + "/" }.joined(separator: ", ")
      throw DataError.noImages(path: path, detail: "no \(serving[0].name)/ beside \(seen)")
    }
    return items.filter { $0.split == folder }
  }

  /// Class numbers, or nothing if the set has no classes.
  func labels(of items: [Item]) -> [Int] {
    let numbers = Dictionary(uniqueKeysWithValues: classNames.enumerated().map { ($1, $0) })
    let labels = items.compactMap { item in item.classFolder.flatMap { numbers[$0] } }
    return labels.count == items.count ? labels : []
  }

  /// Why there is nothing to use.
  func complaint() -> String {
    guard let common = otherExtensions.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else {
      return "it holds no files"
    }
    let kind = common.key.isEmpty ? "without extension" : "." + common.key
    let count = otherExtensions.values.reduce(0, +)
    return "none of its \(count) files is a \(ImageFormat.names) (most are \(kind))"
  }

  /// One folder alone is a container, not a class.
  private static func classNames(of items: [Item]) -> [String] {
    let folders = items.compactMap(\.classFolder)
    let distinct = Set(folders)
    guard folders.count == items.count, distinct.count > 1 else { return [] }
    return distinct.sorted(by: naturalOrder)
  }

  /// Whether a path has an image's extension.
  static func isPicture(_ path: String) -> Bool {
    ImageFormat.extensions.contains(fileExtension(of: path))
  }

  /// What of a folder's files is no picture or cannot be read, below a relative path.
  static func unused(in files: any FileSet, folder: String = "") -> UnusedFiles {
    var unused = files.unreachable
    let prefix = folder.isEmpty || folder.hasSuffix("/") ? folder : folder + "/"
    for (index, member) in files.members.enumerated()
    where member.hasPrefix(prefix) && !isPicture(member) && !isTable(member) {
      unused.add(
        files.name(ofMember: index),
        because: UnusedFiles.reason(forExtension: fileExtension(of: member)))
    }
    return unused
  }

  /// Whether a file is a list that says something of the pictures.
  private static func isTable(_ member: String) -> Bool {
    let name = member.split(separator: "/").last ?? ""
    if name.hasSuffix(ClassMembers.fileEnding) { return true }
    return
      (AttributeTable.fileNames + EvaluationPartition.fileNames + LabelList.fileNames
      + [PoseTable.fileName, LandmarkTable.fileName])
      .contains { name == $0 }
  }

  private static func fileExtension(of member: String) -> String {
    let last = member.split(separator: "/").last ?? ""
    guard let dot = last.lastIndex(of: ".") else { return "" }
    return last[last.index(after: dot)...].lowercased()
  }
}
