/// A picture by the folders that it lies in, from the top.
struct PicturePath {
  let member: Int
  var folders: ArraySlice<String>
  var split: SplitFolder?

  init(_ member: Int, _ path: Substring) {
    self.member = member
    let pieces: [Substring] = path.split(separator: "/")
    folders = pieces.dropLast().map(String.init)[...]
  }
}

/// Pictures in their folders, from which what holds everything and what tells the splits is taken away.
struct PictureTree {
  private var pictures: [PicturePath]
  private(set) var strays: [(member: Int, reason: LeftOutImages.Reason)] = []

  init(_ pictures: [PicturePath]) { self.pictures = pictures }

  /// The pictures by split and class, in the order of their files. Those that lie where none of the
  /// others do are ``strays`` from then on.
  mutating func sorted() -> [ImageLayout.Item] {
    lookThroughContainers()
    takeSplits()
    leaveOutLoose()
    strays.sort { $0.member < $1.member }
    return pictures.map {
      ImageLayout.Item(member: $0.member, split: $0.split, classFolder: $0.folders.first)
    }
  }

  private var tops: Set<String> { Set(pictures.compactMap(\.folders.first)) }

  /// A folder that holds everything, or all but a stray picture, says nothing.
  private mutating func lookThroughContainers() {
    while let top = tops.first, tops.count == 1, SplitFolder(top) == nil, leaveOutLoose() {
      dropFolders()
    }
  }

  /// Leaves out pictures outside of all folders where they are at most a tenth of those inside.
  ///
  /// - Returns: Whether all that is left lies in folders.
  @discardableResult
  private mutating func leaveOutLoose() -> Bool {
    let loose = pictures.count { $0.folders.isEmpty }
    guard loose > 0 else { return true }
    guard loose * 10 <= pictures.count - loose else { return false }
    leaveOut(.besideFolders) { $0.folders.isEmpty }
    return true
  }

  private mutating func takeSplits() {
    let tops = tops
    let splits = Set(tops.compactMap { SplitFolder($0) })
    // A folder called train among those of cars and ships is a class.
    if splits.count > 1 || !tops.isEmpty && tops.allSatisfy({ SplitFolder($0) != nil }) {
      leaveOut(.besideSplits) { $0.folders.first.flatMap { SplitFolder($0) } == nil }
      for index in pictures.indices {
        pictures[index].split = pictures[index].folders.popFirst().flatMap { SplitFolder($0) }
      }
      lookThroughSplits()
    } else {
      takeSplitsBelowClasses()
    }
  }

  /// Each split may have a folder around everything, as in `train/images/cat/`.
  private mutating func lookThroughSplits() {
    while pictures.allSatisfy({ $0.folders.count > 1 }), !pictures.isEmpty {
      var tops: [SplitFolder?: Set<String>] = [:]
      for picture in pictures {
        tops[picture.split, default: []].insert(picture.folders.first ?? "")
      }
      guard tops.values.allSatisfy({ $0.count == 1 }) else { return }
      dropFolders()
    }
  }

  /// `cat/train/` and `cat/test/`.
  private mutating func takeSplitsBelowClasses() {
    let below = pictures.map { $0.folders.dropFirst().first.flatMap { SplitFolder($0) } }
    guard below.allSatisfy({ $0 != nil }), Set(below).count > 1 else { return }
    for (index, split) in below.enumerated() {
      pictures[index].split = split
      pictures[index].folders.remove(at: pictures[index].folders.startIndex + 1)
    }
  }

  private mutating func dropFolders() {
    for index in pictures.indices { _ = pictures[index].folders.popFirst() }
  }

  private mutating func leaveOut(
    _ reason: LeftOutImages.Reason, where isStray: (PicturePath) -> Bool
  ) {
    strays += pictures.filter(isStray).map { ($0.member, reason) }
    pictures.removeAll(where: isStray)
  }
}
