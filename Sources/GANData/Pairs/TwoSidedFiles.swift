/// The pictures of a folder or archive that lie on two sides: `A/` and `B/` (or any two names),
/// `trainA/` and `trainB/`, with a folder for the split above or below the sides or none.
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
    var places = files.members.enumerated().compactMap { Place($1, member: $0) }
    let splits = Set(places.compactMap(\.split))
    if split != .all, !splits.isEmpty {
      guard let wanted = Self.folder(of: split, among: splits) else {
        throw DataError.noImages(
          path: files.path,
          detail: "no \(split.rawValue) split, only \(splits.sorted().joined(separator: ", "))")
      }
      places = places.filter { $0.split == wanted }
    }
    loose = places.filter { $0.side == nil }.map(\.member)
    var sides: [String: Side] = [:]
    for place in places {
      guard let side = place.side else { continue }
      sides[side, default: Side(name: side)].members.append((place.key, place.member))
    }
    self.sides = sides.values.sorted { byteOrder($0.name, $1.name) }
  }

  private static func folder(of split: Split, among present: Set<String>) -> String? {
    let names = split == .train ? ["train"] : ["test", "val", "valid", "validation"]
    return names.first(where: present.contains)
  }

  /// The one or two folders whose names a message should tell.
  var sideNames: String { sides.map { "\($0.name)/" }.joined(separator: ", ") }

  /// Where a picture lies.
  private struct Place {
    let member: Int
    let split: String?
    let side: String?
    let key: String

    /// Nil for what is no picture.
    init?(_ path: String, member: Int) {
      guard ImageLayout.isPicture(path) else { return nil }
      var folders = path.split(separator: "/").map(String.init)
      let name = folders.removeLast()
      var (split, side): (String?, String?)
      if let position = folders.prefix(2).firstIndex(where: ImageLayout.isSplit) {
        split = folders.remove(at: position).lowercased()
      }
      if let first = folders.first {
        folders.removeFirst()
        // `trainA` is a split and a side in one.
        let stem = first.dropLast().lowercased()
        if split == nil, ImageLayout.isSplit(stem), first.hasSuffix("A") || first.hasSuffix("B") {
          (split, side) = (stem, String(first.suffix(1)))
        } else {
          side = first
        }
      }
      let stem = name.split(separator: ".").dropLast().joined(separator: ".")
      (self.member, self.split, self.side) = (member, split, side)
      key = (folders + [stem]).joined(separator: "/")
    }
  }
}
