import Foundation

/// Pictures prepared once for all trainings to come: a tar archive of PNG files of one size.
public enum PreparedArchive {
  /// A picture of a set and its path in the archive.
  public struct Item: Sendable {
    let source: any ImageSource
    let index: Int
    let name: String

    /// - Parameter name: The path; its extension becomes `png`.
    public init(_ source: any ImageSource, _ index: Int, name: String) {
      (self.source, self.index, self.name) = (source, index, name)
    }
  }

  /// Writes the archive, a block of pictures at a time on all cores; equal pictures make equal bytes. Labels
  /// that do not follow from the paths are written beside them, as `dataset.json`.
  ///
  /// - Returns: the files that were left out because they are broken.
  /// - Throws: `DataError` for the first broken file where the policy says so, or an archive that cannot be
  ///   written.
  public static func write(
    _ items: [Item], as preparation: ImagePreparation, policy: SkipPolicy, to path: String
  ) throws -> [BrokenImage] {
    let names = uniqueNames(of: items)
    var (skipped, labels): ([BrokenImage], [[String]]) = ([], [])
    try AtomicFile.write(to: path) { next in
      try forEachBlock(of: items.count) { block in
        let made = parallelMap(block) { index in
          Result { try prepared(items[index], preparation) }
        }
        for (index, result) in zip(block, made) {
          do {
            try next(TarEntry.bytes(name: names[index], content: result.get()))
          } catch let error as DataError where policy == .skipBroken && result.isFailure {
            let name = items[index].source.name(at: items[index].index)
            skipped.append(BrokenImage(name: name, reason: "\(error)"))
            continue
          }
          if let label = listedLabel(of: items[index]) { labels.append([names[index], label]) }
        }
        return true
      }
      if !labels.isEmpty {
        let list = try JSONEncoder().encode(["labels": labels])
        try next(TarEntry.bytes(name: "dataset.json", content: Array(list)))
      }
      try next(TarEntry.end)
    }
    return skipped
  }

  private static func prepared(_ item: Item, _ preparation: ImagePreparation) throws -> [UInt8] {
    try item.source.prepared(at: item.index, by: preparation).pngData()
  }

  /// A class that a file says and no folder.
  private static func listedLabel(of item: Item) -> String? {
    guard let files = item.source as? ImageFiles, files.labelFile != nil else { return nil }
    return files.label(at: item.index).map { files.classNames[$0] }
  }

  /// `a.png` for `a.jpg`, but `a.jpg.png` where both are there.
  private static func uniqueNames(of items: [Item]) -> [String] {
    let stems = items.map { String($0.name[...].withoutExtension) }
    let counts = Dictionary(stems.map { ($0, 1) }, uniquingKeysWith: +)
    return zip(items, stems).map { item, stem in
      (counts[stem] == 1 ? stem : item.name) + ".png"
    }
  }
}

extension Result {
  fileprivate var isFailure: Bool {
    if case .failure = self { true } else { false }
  }
}
