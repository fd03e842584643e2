import Foundation
import GANData
import GANKit
import GANTraining

/// A data set as the command line names it: a built-in set or a path, and a part of it. The part
/// may be written behind the name, as in `mnist:test` or `photos.tar:train`.
package struct NamedSet {
  package let name: String
  package private(set) var split: Split
  /// What its classes are, in the place of its own.
  package private(set) var attributes: [String]?
  /// Whether images that cannot be read are left out, as in the training of a run on the same set.
  private var skipsBroken = false
  /// What is made of its files where they leave a choice: as in the run that is compared.
  private var decoding = DecodingOptions()
  /// How images become of the size asked for; `nil` as the set prefers.
  private var fit: ImageFit?
  /// The classes of the run that it is compared with.
  private var classNames: [String]?
  /// Whether a run was trained on the set, all of it, so that nothing is held out.
  private var wasTrainedOn = false
  /// One of the two kinds of images that a run learns from, in the place of all of the set.
  private var part: Part?
  /// The levels to which its images are moved, as those that are compared with them have; `nil` leaves them.
  private var greyLevels: Int?

  /// A part of a run's layout.
  private struct Part {
    let index: Int
    let data: DataConfiguration
    let layout: DataLayout
    let seed: UInt64

    var name: String { layout.parts[index].name }
  }

  /// A set that a run is compared with, in which the attributes of the run's classes are classes, too.
  package init(
    _ text: String, split: Split? = nil, otherwise part: Split, for data: DataConfiguration?
  ) {
    self.init(text, split: split, otherwise: part)
    attributes = data?.attributes(of: name)
    if let data { decoding = data.decoding }
    (fit, classNames) = (data?.fit, data?.classNames)
    skipsBroken = data.map { $0.skipBroken && $0.source == name } ?? false
  }

  /// The images of a run's own data that what it makes should look like.
  ///
  /// - Parameter target: The part of the layout.
  init(_ target: Int, of configuration: RunConfiguration, _ layout: DataLayout, split: Split?) {
    let data = configuration.data
    self.init(data.source, split: split, otherwise: .test, for: data)
    guard layout.hasTwoKinds else { return }
    part = Part(index: target, data: data, layout: layout, seed: configuration.seed)
    attributes = nil
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

  /// The set, which is all of it where no part is held out, whatever part was asked for.
  func resolved(trainedOn data: DataConfiguration? = nil) -> NamedSet {
    guard split == .test, let test = try? count(.test), let all = try? count(.all), test == all
    else { return self }
    var whole = self
    whole.split = .all
    whole.wasTrainedOn = data.map { [$0.source, $0.other].contains(name) } ?? false
    return whole
  }

  /// The set with its images moved to the grey levels of what is compared with them, if these have any.
  func moved(toGreyLevels count: Int?) -> NamedSet {
    var moved = self
    moved.greyLevels = count
    return moved
  }

  private func count(_ split: Split) throws -> Int {
    var set = self
    set.split = split
    return try set.open().count
  }

  /// What is said behind the name of a set all of which a run was trained on.
  static let caution = ", all images, training images among them"

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
    let kind = part.map { " (\($0.name))" } ?? ""
    let caution = wasTrainedOn ? Self.caution : ""
    let levels = greyLevels.map { " in \($0) grey levels" } ?? ""
    return (split == .all ? name : "\(name):\(split.rawValue)") + choice + kind + levels + caution
  }

  /// The source of its images.
  package func open() throws -> any ImageSource {
    if PointDistribution.isNamed(name) {
      throw RunError.unsupported(
        "'\(name)' is a distribution of points; metrics of images need images")
    }
    if let part {
      return try ImageSets.open(part.data, part.layout, split: split, seed: part.seed)[part.index]
    }
    return try DataSource.open(name, split: split, attributes: attributes).decoding(decoding)
  }

  /// The size of its images, where they are all of one.
  package func nativeSize() throws -> ImageSize? { try open().facts().nativeSize }

  /// How its images become of a size, in words; `nil` where they are of it.
  package func resizing(to size: ImageSize) throws -> String? {
    let source = try open()
    return try source.facts().resizing(of: title, to: size, fit ?? source.preferredFit)
  }

  /// Its images, prepared as those that are compared with it. Where all its classes are the run's, they
  /// are numbered as the run's are.
  package func load(size: ImageSize, channels: Int) throws -> any LoadedImages {
    try loaded(matched() ?? open(), size, channels)
  }

  /// Its images with the run's classes.
  ///
  /// - Throws: `DataError` naming a class that the run does not know.
  func loadLabelled(size: ImageSize, channels: Int) throws -> any LoadedImages {
    let source = try open()
    return try loaded(
      classNames.map { try source.matching(classNames: $0) } ?? source, size, channels)
  }

  /// How many images it has of each of the run's classes; `nil` where it is not labelled by them.
  func classCounts() throws -> [Int]? {
    guard let source = try matched(), source.classNames == classNames else { return nil }
    let counts = source.classCounts
    return counts.contains { $0 > 0 } ? counts : nil
  }

  private func matched() throws -> (any ImageSource)? {
    guard let classNames else { return nil }
    let source = try open()
    return try? source.matching(classNames: classNames)
  }

  private func loaded(
    _ source: any ImageSource, _ size: ImageSize, _ channels: Int
  ) throws -> any LoadedImages {
    let images = try DataSet.load(
      source, size: size, channels: channels, fit: fit ?? source.preferredFit,
      policy: skipsBroken ? .skipBroken : .fail)
    guard let greyLevels else { return images }
    return QuantizedImages(images, levels: greyLevels)
  }
}

extension ImageFacts {
  /// How images become of a size, in words; `nil` where they are of it.
  func resizing(of name: String, to size: ImageSize, _ fit: ImageFit) -> String? {
    if nativeSize == size { return nil }
    let sizes = nativeSize.map { "of \($0)" } ?? "of sizes up to \(largestSize)"
    return "images of \(name) \(sizes) became \(size) (\(fit.words))"
  }
}

extension ImageFit {
  /// What is done, in words.
  fileprivate var words: String {
    switch self {
    case .pad: "reduced to fit, with a black border"
    case .crop: "the largest part around the centre, resized"
    case .stretch: "resized without regard to proportions"
    }
  }
}
