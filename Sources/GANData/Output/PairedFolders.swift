import Foundation

/// Pairs of pictures as two folders of equal file names, `A/` and `B/`, below a folder for each
/// split where the set has splits: `train/A/name.png` and `train/B/name.png`.
public struct PairedFolders {
  private let root: URL

  /// Pairs below a folder, which is made when the first pair is written.
  ///
  /// - Throws: `DataError` where the folder exists and is not empty: old pairs would mix with new
  ///   ones.
  public init(_ path: String) throws {
    root = URL(fileURLWithPath: path, isDirectory: true)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    if let name = names.sorted().first {
      throw DataError.cannotWrite(
        path: path, reason: "expected a new or empty folder, found '\(name)' in it")
    }
    if names.isEmpty, FileManager.default.fileExists(atPath: path) {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      if !isFolder.boolValue { throw DataError.cannotWrite(path: path, reason: "it is a file") }
    }
  }

  /// Writes one pair as PNG files.
  ///
  /// - Parameters:
  ///   - name: A relative path; its extension becomes `png`.
  ///   - split: `train` or `test`, or nothing.
  public func write(a: DecodedImage, b: DecodedImage, name: String, split: String?) throws {
    for (folder, image) in [("A", a), ("B", b)] {
      let base = split.map { root.appendingPathComponent($0) } ?? root
      let file = base.appendingPathComponent(folder).appendingPathComponent(name)
        .deletingPathExtension().appendingPathExtension("png")
      let parent = file.deletingLastPathComponent()
      do {
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
      } catch {
        throw DataError.cannotWrite(path: parent.path, reason: "the folder cannot be made")
      }
      try AtomicFile.write(image.pngData(), to: file.path)
    }
  }
}
