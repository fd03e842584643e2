import GANData
import GANTraining

/// The pictures of a set with the split and the relative path of each.
struct SplitImages {
  /// One picture.
  struct Item {
    let source: any ImageSource
    let index: Int
    /// `train` or `test`; nothing in a set without splits.
    let split: String?
    let name: String
  }

  let items: [Item]

  /// - Parameter count: How many of each split at most.
  init(_ name: String, count: Int?) throws {
    let whole = try DataSource.open(name, split: .all)
    let training = try DataSource.open(name, split: .train)
    let hasSplits = training.count < whole.count
    let parts: [(String?, any ImageSource)] =
      hasSplits
      ? [("train", training), ("test", try DataSource.open(name, split: .test))]
      : [(nil, whole)]
    items = parts.flatMap { split, source in
      (0..<min(source.count, count ?? .max)).map { index in
        Item(
          source: source, index: index, split: split,
          name: SplitImages.name(of: index, in: source, hasSplits: hasSplits))
      }
    }
  }

  /// The path without the split's folder; a number where pictures have no files of their own.
  private static func name(of index: Int, in source: any ImageSource, hasSplits: Bool) -> String {
    guard let files = source as? ImageFiles else {
      let digits = "\(index)"
      let number = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
      return source.label(at: index).map { "\(source.classNames[$0])/\(number)" } ?? number
    }
    return hasSplits ? files.nameInSplit(at: index) : files.relativeName(at: index)
  }
}
