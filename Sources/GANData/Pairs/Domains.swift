extension DataSet {
  /// Opens two domains whose pictures have nothing to do with each other.
  ///
  /// With `other` each name or path is a domain of its own. Without it a built-in derived set gives
  /// plain digits and derived ones, never of the same digit; a folder or archive holds two folders:
  /// `trainA/` and `trainB/`, `A/` and `B/`, or any two names in alphabetical order.
  ///
  /// - Throws: `DataError` for a domain that is missing or has fewer than two pictures.
  public static func openDomains(
    _ nameOrPath: String, other: String? = nil, split: Split = .train
  ) throws -> TwoSources {
    let domains = try domains(nameOrPath, other, split)
    try checkCounts(of: domains, nameOrPath)
    return domains
  }

  static func checkCounts(of domains: TwoSources, _ place: String) throws {
    for (domain, name) in [(domains.a, "A"), (domains.b, "B")] where domain.count < 2 {
      throw DataError.mismatch(
        path: place, problem: "too few images in domain \(name)", expected: "at least 2",
        found: "\(domain.count)")
    }
  }

  private static func domains(
    _ nameOrPath: String, _ other: String?, _ split: Split
  ) throws -> TwoSources {
    if let other {
      return TwoSources(
        a: try open(nameOrPath, split: split), b: try open(other, split: split),
        names: (lastName(of: nameOrPath), lastName(of: other)))
    }
    if let name = BuiltInName(nameOrPath) { return try builtInDomains(name, split) }
    let layout = try TwoSidedFiles(try files(at: nameOrPath), split: split)
    guard layout.sides.count == 2 else {
      throw DataError.mismatch(
        path: nameOrPath, problem: "two domains need two folders or a second set",
        expected: "such as trainA/ and trainB/",
        found: layout.sides.isEmpty ? "no folders" : layout.sideNames)
    }
    let leftOut = [LeftOutImages(.besideFolders, layout.loose.map(layout.files.name))].merged
    let sides = layout.sides.map { side in
      ImageFiles(layout.files, members: side.members.map(\.member), leftOut: leftOut)
    }
    return TwoSources(
      a: sides[0], b: sides[1], names: (layout.sides[0].name, layout.sides[1].name))
  }

  /// What a set is called: the last part of its path.
  private static func lastName(of nameOrPath: String) -> String {
    String(nameOrPath.split(separator: "/").last ?? "")
  }

  /// A random half plain and the other half derived: no digit is in both.
  private static func builtInDomains(_ name: BuiltInName, _ split: Split) throws -> TwoSources {
    guard name.kind.isDerived else {
      throw DataError.malformed(
        path: name.text,
        problem: "is one domain; name a second set, or take one of \(BuiltInSet.derivedNames)")
    }
    let (plain, isMoving) = (name.plainDomain, name.kind == .moving)
    return halves(
      plain: try isMoving ? name.plain(split) : plain.open(split), derived: try name.open(split),
      frames: isMoving ? MovingDigits.frames : 1,
      names: (plain.kind.isDerived ? plain.text : "digits", name.text))
  }

  /// The same random half of the digits of one set, and the other half of those of the other. Frames of one
  /// digit stay together.
  static func halves(
    plain: any ImageSource, derived: any ImageSource, frames: Int = 1, names: (a: String, b: String)
  ) -> TwoSources {
    let digits = ShuffledOrder.choice(plain.count / frames / 2, of: plain.count / frames)
    let half = digits.flatMap { $0 * frames..<($0 + 1) * frames }
    return TwoSources(
      a: SubsetSource(plain, half),
      b: SubsetSource(derived, Set(0..<derived.count).subtracting(half).sorted()), names: names)
  }
}
