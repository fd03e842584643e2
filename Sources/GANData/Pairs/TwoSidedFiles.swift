/// The pictures of a folder or archive that lie on two sides:
///
/// - in two folders, `A/` and `B/` or any two names, with a folder for the split above or below;
/// - in `trainA/` and `trainB/`, `train_A/` and `train_B/`, or `A_train/` and `B_train/`;
/// - side by side in one folder, `0_A.png` and `0_B.png`;
/// - side by side as two kinds of file, `0.jpg` and `0.png`.
///
/// One folder around everything is looked through.
struct TwoSidedFiles {
  /// One side's pictures by what their path says besides side and split, without extension.
  struct Side {
    let name: String
    /// In the order of the names.
    var members: [(key: String, member: Int)] = []
  }

  let files: any FileSet
  /// The pictures of a split by side, in the order of the sides' names.
  let sides: [Side]
  /// The pictures that lie on no side.
  let loose: [Int]

  init(_ files: any FileSet, split: Split) throws {
    self.files = files
    let places = try Self.places(of: files, split)
    if let naming = PairNaming.among(places) {
      (sides, loose) = Self.sides(places) { naming.side(of: $0) }
    } else {
      let (found, loose) = Self.sides(places) { place in
        place.side.map { ($0, place.key) }
      }
      (sides, self.loose) = (found.map(\.withoutCommonSuffix), loose)
    }
  }

  /// The places of a split's pictures, without folders that hold everything.
  private static func places(of files: any FileSet, _ split: Split) throws -> [PicturePlace] {
    var paths = files.members.enumerated().filter { ImageLayout.isPicture($1) }
      .map { (member: $0, path: $1.split(separator: "/").map(String.init)[...]) }
    while let top = paths.first?.path.first,
      paths.allSatisfy({ $0.path.first == top && $0.path.count > 2 }),
      SplitFolder(top) == nil, PicturePlace.sideOfSplit(top) == nil,
      !PairNaming.letters.contains(top)
    {
      for index in paths.indices { paths[index].path.removeFirst() }
    }
    let places = paths.map { PicturePlace(Array($0.path), member: $0.member) }
    let present = Set(places.compactMap(\.split))
    if split == .all || present.isEmpty { return places }
    guard let wanted = SplitFolder.serving(split).first(where: present.contains) else {
      throw DataError.noImages(
        path: files.path,
        detail: "no \(split.rawValue) split, only "
          + present.sorted().map(\.name).joined(separator: ", "))
    }
    return places.filter { $0.split == wanted }
  }

  private static func sides(
    _ places: [PicturePlace], by side: (PicturePlace) -> (name: String, key: String)?
  ) -> (sides: [Side], loose: [Int]) {
    var (sides, loose): ([String: Side], [Int]) = ([:], [])
    for place in places {
      guard let (name, key) = side(place) else {
        loose.append(place.member)
        continue
      }
      sides[name, default: Side(name: name)].members.append((key, place.member))
    }
    return (sides.values.sorted { byteOrder($0.name, $1.name) }, loose)
  }

  /// The folders whose names a message should tell.
  var sideNames: String { sides.map { "\($0.name)/" }.joined(separator: ", ") }
}

extension TwoSidedFiles.Side {
  /// The side with keys that do not say the side once more, as those of `A/0_A.png` do.
  fileprivate var withoutCommonSuffix: Self {
    let suffixes = ([name] + PairNaming.letters).flatMap { word in
      PairNaming.separators.map { "\($0)\(word)".lowercased() }
    }
    let common = suffixes.first { suffix in
      members.allSatisfy { $0.key.lowercased().hasSuffix(suffix) }
    }
    guard let common, !members.isEmpty else { return self }
    var result = self
    result.members = members.map { (String($0.key.dropLast(common.count)), $0.member) }
    return result
  }
}
