import Foundation
import GANData
import GANTraining

/// A data set as the command line names it: a built-in set or a path, and a part of it. The part
/// may be written behind the name, as in `mnist:test` or `photos.tar:train`.
package struct NamedSet {
  package let name: String
  package let split: Split
  /// What its classes are, in the place of its own.
  package private(set) var attributes: [String]?
  /// Whether images that cannot be read are left out, as in the training of a run on the same set.
  private var skipsBroken = false

  /// A set that a run is compared with, in which the attributes of the run's classes are classes, too.
  package init(
    _ text: String, split: Split? = nil, otherwise part: Split, for data: DataConfiguration?
  ) {
    self.init(text, split: split, otherwise: part)
    attributes = data?.attributes(of: name)
    skipsBroken = data.map { $0.skipBroken && $0.source == name } ?? false
  }

  /// - Parameter asked: The part asked for by an option; else that behind the name, else `part` of
  ///   a built-in set and everything below a path.
  package init(_ text: String, split asked: Split? = nil, otherwise part: Split) {
    let isBuiltIn = BuiltInName(text) != nil
    guard let (front, suffix) = Self.part(of: text) else {
      (name, split) = (text, asked ?? (isBuiltIn ? part : .all))
      return
    }
    (name, split) = (front, asked ?? suffix)
  }

  /// What stands before and behind the last colon, where that names a part and no file is called so.
  private static func part(of text: String) -> (name: String, split: Split)? {
    guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
      let split = Split(rawValue: String(text[text.index(after: colon)...])),
      !FileManager.default.fileExists(atPath: text)
    else { return nil }
    return (String(text[..<colon]), split)
  }

  /// For results and messages.
  package var title: String {
    // One attribute divides the whole set; several leave images out.
    let choice = attributes.map { $0.count > 1 ? " by \($0.joined(separator: ","))" : "" } ?? ""
    return (split == .all ? name : "\(name):\(split.rawValue)") + choice
  }

  /// The source of its images.
  package func open() throws -> any ImageSource {
    if ToyDistribution(rawValue: name) != nil {
      throw RunError.unsupported(
        "'\(name)' is a distribution of points; metrics of images need images")
    }
    return try DataSource.open(name, split: split, attributes: attributes)
  }

  /// Its images, prepared as those that are compared with it.
  package func load(side: Int, channels: Int) throws -> any LoadedImages {
    let source = try open()
    return try DataSet.load(
      source, size: side, channels: channels, fit: source.preferredFit,
      policy: skipsBroken ? .skipBroken : .fail)
  }
}
