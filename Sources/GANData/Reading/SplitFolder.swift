/// The part of a set that a folder holds, told by the usual words in any case.
enum SplitFolder: CaseIterable, Comparable {
  case train
  case test
  case validation

  private var words: Set<String> {
    switch self {
    case .train: ["train", "training", "trn"]
    case .test: ["test", "testing", "tst"]
    case .validation: ["val", "valid", "validation", "dev"]
    }
  }

  /// The word that a message says.
  var name: String {
    switch self {
    case .train: "train"
    case .test: "test"
    case .validation: "val"
    }
  }

  /// Nil for a folder that is not called like a part of a set.
  init?(_ folder: some StringProtocol) {
    let word = folder.lowercased()
    guard let found = Self.allCases.first(where: { $0.words.contains(word) }) else { return nil }
    self = found
  }

  /// The parts that serve as a split, the first that is there: validation images are held out where
  /// there are no test images.
  static func serving(_ split: Split) -> [SplitFolder] {
    switch split {
    case .train: [.train]
    case .test: [.test, .validation]
    case .all: allCases
    }
  }
}
