import Foundation
import GANData
import GANTraining

/// What becomes of samples that an output folder already holds.
enum FormerSamples {
  /// The folder is refused.
  case keep
  /// They are removed.
  case replace
}

/// A folder that gets a picture for each sample, and holds nothing else: who reads it counts every
/// picture.
struct SampleFolder {
  let path: String

  /// Makes the folder, and leaves nothing in it.
  ///
  /// - Throws: ``CommandError`` or `RunError` for a folder that holds something else, or samples that
  ///   are to be kept.
  func prepare(_ former: FormerSamples) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw CommandError("\(path): cannot be made: \(String(cString: strerror(errno)))")
    }
    let names = try check(former)
    for name in names {
      try? FileManager.default.removeItem(atPath: (path as NSString).appendingPathComponent(name))
    }
  }

  /// Stops where the folder cannot be used, before any sample is drawn.
  ///
  /// - Returns: the names of the samples in it that are to be removed.
  @discardableResult
  func check(_ former: FormerSamples) throws -> [String] {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    if let other = names.first(where: { !Self.isSample($0) }) {
      throw RunError.field(
        "output", found: "'\(other)' in '\(path)'", expected: "a new or empty folder")
    }
    guard names.isEmpty || former == .replace else {
      throw RunError.field(
        "output", found: "\(names.count) samples in '\(path)'",
        expected: "a new or empty folder, or --overwrite")
    }
    return names
  }

  /// Whether a file has a name that ``SampleOutput`` gives.
  private static func isSample(_ name: String) -> Bool {
    name.wholeMatch(of: /(seed\d+-)?\d{6,}(-[^\/]+)?\.png/) != nil
  }
}
