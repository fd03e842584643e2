/// What a picture's path says of split and side.
struct PicturePlace {
  let member: Int
  let split: SplitFolder?
  /// The folder that may be its side.
  let side: String?
  /// The folders between the side and the file.
  let folders: [String]
  /// The file's name without extension.
  let stem: String
  /// The extension in small letters.
  let kind: String

  /// - Parameter path: The folders from the top, and the file's name.
  init(_ path: [String], member: Int) {
    self.member = member
    var folders = path.dropLast()
    var split: SplitFolder?
    if let position = folders.prefix(2).firstIndex(where: { SplitFolder($0) != nil }) {
      split = SplitFolder(folders.remove(at: position))
    }
    var side = folders.popFirst()
    if split == nil, let both = side.flatMap(Self.sideOfSplit) { (split, side) = both }
    (self.split, self.side, self.folders) = (split, side, Array(folders))
    let pieces = (path.last ?? "").split(separator: ".", omittingEmptySubsequences: false)
    stem = pieces.dropLast().joined(separator: ".")
    kind = pieces.last?.lowercased() ?? ""
  }

  /// The place on its side: split, folders and name, without extension.
  var key: String { (part + folders + [stem]).joined(separator: "/") }

  /// The folder in which it lies, as far as that matters to what lies beside it.
  var folder: [String] { part + [side].compactMap { $0 } + folders }

  /// Equal names of two splits are two pictures.
  private var part: [String] { [split?.name].compactMap { $0 } }

  /// What a folder such as `trainA`, `train_A` or `A_train` says, which is a split and a side in one.
  static func sideOfSplit(_ folder: String) -> (split: SplitFolder?, side: String?)? {
    for letter in PairNaming.letters {
      for separator in [""] + PairNaming.separators {
        // Without a separator a small letter may belong to the word.
        let words = separator.isEmpty ? [letter] : [letter, letter.lowercased()]
        for word in words {
          if folder.hasSuffix(separator + word),
            let split = SplitFolder(folder.dropLast(separator.count + 1))
          {
            return (split, letter)
          }
          if !separator.isEmpty, folder.hasPrefix(word + separator),
            let split = SplitFolder(folder.dropFirst(separator.count + 1))
          {
            return (split, letter)
          }
        }
      }
    }
    return nil
  }
}
