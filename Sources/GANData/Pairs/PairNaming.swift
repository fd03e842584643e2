/// How the names of files that lie in one folder tell the two pictures of a pair.
enum PairNaming {
  /// `0_A.png` and `0_B.png`.
  case suffix
  /// `0.jpg` and `0.png`, as CMP's facades.
  case kind

  static let letters = ["A", "B"]
  static let separators = ["_", "-", "."]

  /// The custom that at least nine of ten pictures follow, if there is one.
  static func among(_ places: [PicturePlace]) -> PairNaming? {
    [PairNaming.suffix, .kind].first { naming in
      var pairs: [String: Set<String>] = [:]
      var counts: [String: Int] = [:]
      for place in places {
        guard let (side, key) = naming.side(of: place) else { continue }
        pairs[key, default: []].insert(side)
        counts[key, default: 0] += 1
      }
      let paired = pairs.filter { $1.count == 2 && counts[$0] == 2 }.count * 2
      return paired > 0 && paired * 10 >= places.count * 9
    }
  }

  /// The side of a picture and what both of its pair have in common.
  func side(of place: PicturePlace) -> (name: String, key: String)? {
    switch self {
    case .suffix:
      let stem = place.stem.uppercased()
      guard
        let letter = Self.letters.first(where: { letter in
          Self.separators.contains { stem.hasSuffix($0 + letter) }
        })
      else { return nil }
      return (letter, (place.folder + [String(place.stem.dropLast(2))]).joined(separator: "/"))
    case .kind:
      // JPEG files have two extensions.
      let kind = place.kind == "jpeg" ? "jpg" : place.kind
      return (kind, (place.folder + [place.stem]).joined(separator: "/"))
    }
  }
}
