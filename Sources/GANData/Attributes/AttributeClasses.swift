/// The classes and domains that attributes make of a set.
///
/// - One attribute: the pictures without it and those with it, `not Smiling` and `Smiling`. As
///   domains, A has it and B lacks it.
/// - Several: for each the pictures that have it and none of the others. As domains, which takes two,
///   A has the first and B the second. Pictures with none or more than one are left out.
///
/// An attribute is one of CelebA's, see ``AttributeTable``, or a value in a column of a table,
/// `column=value`; pictures that such a table does not name are left out.
public enum AttributeClasses {
  /// The names of the classes in label order.
  public static func names(of attributes: [String]) -> [String] {
    attributes.count == 1 ? ["not \(attributes[0])", attributes[0]] : attributes
  }

  /// The labels of domains A and B.
  static func domains(of attributes: [String]) -> (a: Int, b: Int) {
    attributes.count == 1 ? (1, 0) : (0, 1)
  }

  /// The names of domains A and B.
  public static func domainNames(of attributes: [String]) -> (a: String, b: String) {
    let (names, labels) = (names(of: attributes), domains(of: attributes))
    return (names[labels.a], names[labels.b])
  }
}

extension AttributeClasses {
  /// Whether a folder or archive has what tells these attributes.
  public static func areTold(_ attributes: [String], by files: any FileSet) -> Bool {
    attributes.allSatisfy { name in
      TableValue(name)?.isTold(by: files) ?? AttributeTable.exists(for: files)
    }
  }
}

extension ImageFiles {
  /// The pictures with attributes for classes, as ``AttributeClasses`` says.
  ///
  /// - Parameter allowingEmpty: Whether a class may have no pictures, as in a small test split.
  /// - Throws: `DataError` for a set without a table, an attribute or picture that the table lacks, and
  ///   an attribute that tells nothing apart because all or none of the pictures have it.
  public func classified(
    by attributes: [String], allowingEmpty: Bool = false
  ) throws -> ImageFiles {
    precondition(!attributes.isEmpty, "attributes to tell classes by")
    let columns = try presence(of: attributes)
    let labels = (0..<count).map { index -> Int? in
      if columns.count == 1 { return columns[0][index].map { $0 ? 1 : 0 } }
      let present = columns.indices.filter { columns[$0][index] == true }
      return present.count == 1 ? present[0] : nil
    }
    let names = AttributeClasses.names(of: attributes)
    if !allowingEmpty, let empty = names.indices.first(where: { !labels.contains($0) }) {
      throw DataError.malformed(
        path: files.path,
        problem: complaint(attributes, empty: empty, of: labels.count { $0 != nil }))
    }
    return relabeled(labels, classNames: names)
  }

  /// For each attribute and picture whether it has it, where that is known.
  private func presence(of attributes: [String]) throws -> [[Bool?]] {
    let isPlain = attributes.contains { TableValue($0) == nil }
    let table = isPlain ? try AttributeTable(of: files) : nil
    return try attributes.map { name in
      try TableValue(name)?.presence(in: self) ?? table?.values(of: name, in: self) ?? []
    }
  }

  private func complaint(_ attributes: [String], empty: Int, of known: Int) -> String {
    if attributes.count == 1 {
      let quantity = empty == 0 ? "all \(known) images have" : "none of \(known) images has"
      return "\(quantity) '\(attributes[0])', so it makes no two classes"
    }
    let others = attributes.enumerated().filter { $0.offset != empty }.map(\.element)
    return "none of \(count) images has '\(attributes[empty])' without "
      + others.joined(separator: " or ")
  }
}

extension DataSet {
  /// Opens a folder or archive of images whose classes are attributes, as ``AttributeClasses`` says.
  ///
  /// - Throws: `DataError`; see ``ImageFiles/classified(by:allowingEmpty:)``. Only a test split may
  ///   lack a class.
  public static func open(
    _ nameOrPath: String, split: Split = .train, attributes: [String]
  ) throws -> ImageFiles {
    guard let images = try open(nameOrPath, split: split) as? ImageFiles else {
      throw DataError.malformed(
        path: nameOrPath, problem: "has no \(AttributeTable.fileName) to tell attributes")
    }
    return try images.classified(by: attributes, allowingEmpty: split == .test)
  }

  /// Opens the two domains that attributes make of a folder or archive.
  ///
  /// - Throws: `DataError`, also for more than two attributes and for a domain of fewer than two
  ///   pictures.
  public static func openDomains(
    _ nameOrPath: String, split: Split = .train, attributes: [String]
  ) throws -> TwoSources {
    guard attributes.count <= 2 else {
      throw DataError.mismatch(
        path: nameOrPath, problem: "two domains are told by one or two attributes",
        expected: "such as Smiling or Black_Hair,Blond_Hair", found: "\(attributes.count)")
    }
    let images = try open(nameOrPath, split: split, attributes: attributes)
    let labels = AttributeClasses.domains(of: attributes)
    let domains = TwoSources(
      a: images.only(labels.a), b: images.only(labels.b),
      names: AttributeClasses.domainNames(of: attributes))
    try checkCounts(of: domains, nameOrPath)
    return domains
  }
}
