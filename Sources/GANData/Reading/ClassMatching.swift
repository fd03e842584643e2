/// A set under other classes than its own, or some of its pictures.
struct RelabeledSource: ImageSource {
  let classNames: [String]
  let leftOut: [LeftOutImages]
  private let base: any ImageSource
  /// The pictures in use, by their numbers in the base.
  private let indices: [Int]
  /// The new number of each of the base's classes, where it has one.
  private let numbers: [Int?]

  /// The pictures of the classes that have a new number.
  init(_ base: any ImageSource, classNames: [String], numbers: [Int?]) {
    (self.base, self.classNames, self.numbers) = (base, classNames, numbers)
    indices = (0..<base.count).filter { index in
      base.label(at: index).flatMap { numbers[$0] } != nil
    }
    let without = base.count - indices.count
    leftOut = (base.leftOut + [LeftOutImages(.unlabelled, count: without)]).merged
  }

  var count: Int { indices.count }
  var unused: UnusedFiles { base.unused }
  var labelFile: String? { base.labelFile }
  var preferredFit: ImageFit { base.preferredFit }

  func label(at index: Int) -> Int? { base.label(at: indices[index]).flatMap { numbers[$0] } }
  func name(at index: Int) -> String { base.name(at: indices[index]) }
  func header(at index: Int) throws -> ImageHeader { try base.header(at: indices[index]) }
  func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader) {
    try base.decoded(at: indices[index])
  }
  func prepared(at index: Int, by preparation: ImagePreparation) throws -> DecodedImage {
    try base.prepared(at: indices[index], by: preparation)
  }
  func landmarks() throws -> [[Landmark]]? {
    try base.landmarks().map { all in indices.map { all[$0] } }
  }
  func largestSample(at index: Int) throws -> Int? { try base.largestSample(at: indices[index]) }
  func decoding(_ options: DecodingOptions) -> any ImageSource {
    RelabeledSource(base.decoding(options), classNames: classNames, numbers: numbers)
  }
}

extension ImageSource {
  /// How many pictures each class has, in label order.
  public var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: classNames.count)
    for index in 0..<count { if let label = label(at: index) { counts[label] += 1 } }
    return counts
  }

  /// The labelled pictures, with only those classes that have any; an unlabelled set as it is.
  public func withoutEmptyClasses() -> any ImageSource {
    let counts = classCounts
    let present = counts.indices.filter { counts[$0] > 0 }
    if present.isEmpty || present.count == counts.count && counts.reduce(0, +) == count {
      return self
    }
    var numbers = [Int?](repeating: nil, count: counts.count)
    for (number, label) in present.enumerated() { numbers[label] = number }
    return RelabeledSource(self, classNames: present.map { classNames[$0] }, numbers: numbers)
  }

  /// The labelled pictures with the classes of these names in this order, whatever the order of the
  /// set's own; an unlabelled set as it is.
  ///
  /// - Throws: `DataError` naming a picture whose class is not among them, and its class.
  public func matching(classNames names: [String]) throws -> any ImageSource {
    let counts = classCounts
    if classNames == names && counts.reduce(0, +) == count || counts.reduce(0, +) == 0 {
      return self
    }
    let known = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
    let numbers = classNames.map { known[$0] }
    if let unknown = numbers.indices.first(where: { numbers[$0] == nil && counts[$0] > 0 }) {
      let picture = (0..<count).first { label(at: $0) == unknown } ?? 0
      throw DataError.mismatch(
        path: name(at: picture), problem: "a class that the run does not know",
        expected: "one of \(listed(names))", found: "'\(classNames[unknown])'")
    }
    return RelabeledSource(self, classNames: names, numbers: numbers)
  }
}

/// Names with commas between them; of many, the first.
public func listed(_ names: [String]) -> String {
  let shown = names.prefix(20).joined(separator: ", ")
  return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
}
