import Foundation

/// The arrays of a `.npz` file: a zip archive of `.npy` files.
struct ArrayArchive {
  /// What is known of an array before it is read.
  struct Entry {
    let member: Int
    /// Without `.npy`.
    let name: String
    /// Nil for what is no number.
    let element: ArrayElement?
    let shape: [Int]

    /// The split that its name tells, as in `x_train` or `test_images`.
    var split: Split? {
      let word = name.lowercased()
      if word.contains("train") { return .train }
      return word.contains("test") || word.contains("val") ? .test : nil
    }

    var isValidation: Bool { name.lowercased().contains("val") }

    var holdsImages: Bool { element != nil && ArrayLayout(shape) != nil }

    func holdsLabels(of images: Entry) -> Bool {
      guard let element, element.isWhole, let count = images.shape.first else { return false }
      return (shape == [count] || shape == [count, 1])
        && (split, isValidation) == (images.split, images.isValidation)
    }

    /// What the labels of this array's images would be called by custom.
    var labelNames: [String] {
      [
        ("images", "labels"), ("image", "label"), ("x", "y"), ("X", "y"), ("X", "Y"),
        ("data", "labels"),
      ]
      .filter { name.contains($0.0) }.map { name.replacing($0.0, with: $0.1) }
    }
  }

  private let archive: ZipArchive
  private let entries: [Entry]
  private let path: String

  init(_ path: String) throws {
    let archive = try ZipArchive(path)
    entries = try archive.members.indices.compactMap { member in
      guard archive.members[member].hasSuffix(".npy") else { return nil }
      let beginning = try archive.bytes(ofMember: member, limit: 4096)
      let (header, _) = try NPYHeader.reading(beginning, path: archive.name(ofMember: member))
      return Entry(
        member: member, name: String(archive.members[member].dropLast(4)),
        element: ArrayElement(header.description), shape: header.shape)
    }
    (self.archive, self.path) = (archive, path)
  }

  /// The images of a split: the array of that name; else those whose names tell the split, else the
  /// only one.
  func images(named name: String?, split: Split) throws -> any ImageSource {
    let chosen = try name.map { [try entry(named: $0)] } ?? entries(of: split)
    let parts = entries.filter { $0.holdsImages && $0.split != nil }
    let classes = try Set(parts.compactMap(labels).flatMap { try array($0).wholeNumbers() })
    let sets = try chosen.map { entry in
      try ArrayImages(array(entry), labels: labels(of: entry).map(array), classes: classes)
    }
    return sets.count == 1 ? sets[0] : JoinedSource(sets)
  }

  private func array(_ entry: Entry) throws -> NumberArray {
    try NumberArray(
      archive.bytes(ofMember: entry.member, limit: .max), path: path + "/" + entry.name)
  }

  private func entry(named name: String) throws -> Entry {
    if let entry = entries.first(where: { $0.name == name }) { return entry }
    throw DataError.malformed(path: path, problem: "has no array '\(name)'; \(contents)")
  }

  private func entries(of split: Split) throws -> [Entry] {
    let images = entries.filter(\.holdsImages)
    guard !images.isEmpty else {
      throw DataError.noImages(
        path: path, detail: "\(contents); images are \(ArrayLayout.expected)")
    }
    let parts = images.filter { $0.split != nil }
    if parts.isEmpty {
      guard images.count == 1 else { throw ambiguous(images) }
      return images
    }
    if split == .all { return parts }
    let wanted = parts.filter { $0.split == split }
    let tests = wanted.filter { !$0.isValidation }
    let found = tests.isEmpty ? wanted : tests
    guard !found.isEmpty else {
      throw DataError.noImages(path: path, detail: "no \(split.rawValue) split; \(contents)")
    }
    guard found.count == 1 else { throw ambiguous(found) }
    return found
  }

  private func ambiguous(_ images: [Entry]) -> DataError {
    let names = images.map(\.name).joined(separator: ", ")
    return .malformed(
      path: path,
      problem: "several arrays may be the images: \(names); name one, as in "
        + "\(path):\(images[0].name)")
  }

  private func labels(of images: Entry) -> Entry? {
    let candidates = entries.filter { $0.holdsLabels(of: images) }
    let customary = images.labelNames.lazy.compactMap { name in
      candidates.first { $0.name == name }
    }
    return customary.first ?? (candidates.count == 1 ? candidates[0] : nil)
  }

  private var contents: String {
    entries.isEmpty
      ? "it holds no arrays"
      : "it holds "
        + entries.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
  }
}

extension ArrayImages {
  /// The arrays of a path such as `digits.npz`, or one of them: `digits.npz:x_train`.
  static func name(in path: String) -> (path: String, array: String)? {
    guard let mark = path.range(of: ".npz:", options: [.backwards, .caseInsensitive]) else {
      return nil
    }
    return (String(path[..<mark.upperBound].dropLast()), String(path[mark.upperBound...]))
  }
}
