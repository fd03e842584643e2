extension DataSet {
  /// Whether there are masks for the pictures of two domains; see ``openMasks(of:at:split:)``.
  public static func hasMasks(_ nameOrPath: String, at place: String?) -> Bool {
    place != nil || BuiltInName(nameOrPath)?.kind.hasMasks == true
  }

  /// Opens a mask for each picture of two domains: white where the objects are that the domains are about,
  /// black elsewhere.
  ///
  /// Sets made of digits know where the digit is. Those of a folder or archive lie in another one that is laid
  /// out alike, with equal names: for `trainA/1.jpg` there is `trainA/1.png`.
  ///
  /// - Parameter place: that folder or archive; `nil` for a built-in set.
  /// - Throws: `DataError` where there are none, or naming a picture that has none or one of another size.
  public static func openMasks(
    of nameOrPath: String, at place: String?, split: Split = .train
  ) throws -> TwoSources {
    if let name = BuiltInName(nameOrPath) {
      guard place == nil, name.kind.hasMasks else {
        let problem = place == nil ? "has no masks; painted has" : "brings its own masks; name none"
        throw DataError.malformed(path: name.text, problem: problem)
      }
      let masks = DerivedSource(try BuiltInName.digits(split), making: DigitMask())
      return halves(plain: masks, derived: masks, names: ("masks", "masks"))
    }
    guard let place else {
      throw DataError.malformed(
        path: nameOrPath, problem: "has no masks; name the folder or archive that holds them")
    }
    let pictures = try openDomains(nameOrPath, split: split)
    let masks = try masks(of: TwoSidedFiles(try files(at: nameOrPath), split: split), place, split)
    for (picture, mask) in [(pictures.a, masks.a), (pictures.b, masks.b)] {
      try checkSizes(TwoSources(a: picture, b: mask))
    }
    return masks
  }

  /// The masks of a place in the order of the pictures.
  private static func masks(
    of pictures: TwoSidedFiles, _ place: String, _ split: Split
  ) throws -> TwoSources {
    let masks = try TwoSidedFiles(try files(at: place), split: split)
    guard masks.sides.map(\.name) == pictures.sides.map(\.name) else {
      throw DataError.mismatch(
        path: place, problem: "masks are not laid out as the images", expected: pictures.sideNames,
        found: masks.sides.isEmpty ? "no folders" : masks.sideNames)
    }
    let sides = try zip(pictures.sides, masks.sides).map { side, own in
      let members = try members(of: own, masks)
      return ImageFiles(
        masks.files,
        members: try side.members.map { entry in
          if let member = members[entry.key] { return member }
          throw DataError.malformed(
            path: pictures.files.name(ofMember: entry.member),
            problem: "has no mask of the same name in \(place)")
        })
    }
    return TwoSources(a: sides[0], b: sides[1], names: ("masks", "masks"))
  }
}
