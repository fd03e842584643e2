import GANData
import GANTraining

/// A data set as the command line names it: a built-in set or a path, and a part of it. The part
/// may be written behind a built-in name, as in `mnist:test`.
struct NamedSet {
  let name: String
  let split: Split

  /// - Parameter asked: The part asked for by an option; else that behind the name, else `part` of
  ///   a built-in set and everything below a path.
  init(_ text: String, split asked: Split? = nil, otherwise part: Split) {
    let pieces = text.split(separator: ":", omittingEmptySubsequences: false)
    let suffix = pieces.count == 2 ? Split(rawValue: String(pieces[1])) : nil
    let isBuiltIn = { (name: String) in BuiltInName(name) != nil }
    if let suffix, isBuiltIn(String(pieces[0])) {
      (name, split) = (String(pieces[0]), asked ?? suffix)
    } else {
      (name, split) = (text, asked ?? (isBuiltIn(text) ? part : .all))
    }
  }

  /// For results and messages.
  var title: String { split == .all ? name : "\(name):\(split.rawValue)" }

  /// The source of its images.
  func open() throws -> any ImageSource {
    if ToyDistribution(rawValue: name) != nil {
      throw CommandError("'\(name)' is a distribution of points; metrics of images need images")
    }
    return try DataSource.open(name, split: split)
  }

  /// Its images, prepared as those that are compared with it.
  func load(
    side: Int, channels: Int, skipsBroken: Bool = false
  ) throws -> any LoadedImages {
    let source = try open()
    return try DataSet.load(
      source, size: side, channels: channels, fit: source.preferredFit,
      policy: skipsBroken ? .skipBroken : .fail)
  }
}
