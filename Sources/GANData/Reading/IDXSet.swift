import Foundation

/// Images of an IDX file with the labels that belong to it, held in memory.
public struct IDXSet: ImageSource {
  /// The images.
  public let images: IDXImages
  /// The numbers that occur as labels, empty if there are none.
  public let classNames: [String]
  private let labels: [Int]
  private let path: String

  /// Reads images and, if a path is given, labels.
  ///
  /// - Parameter classes: Numbers that are classes although this file may lack them, as those of the
  ///   other splits.
  public init(imagesAt path: String, labelsAt labelPath: String?, classes: Set<UInt8> = []) throws {
    self.path = path
    images = try IDXImages(contentsOf: path)
    let values = try labelPath.map { try IDXLabels(contentsOf: $0).values } ?? []
    if let labelPath, values.count != images.count {
      throw DataError.mismatch(
        path: labelPath, problem: "the number of labels differs from that of the images",
        expected: "\(images.count)", found: "\(values.count)")
    }
    let present = values.isEmpty ? [] : classes.union(values).sorted()
    classNames = present.map(String.init)
    let numbers = Dictionary(uniqueKeysWithValues: present.enumerated().map { ($1, $0) })
    labels = values.compactMap { numbers[$0] }
  }

  /// Number of images.
  public var count: Int { images.count }

  /// The label of an image.
  public func label(at index: Int) -> Int? { labels.isEmpty ? nil : labels[index] }

  /// The file and the image's number in it.
  public func name(at index: Int) -> String { "\(path)#\(index)" }

  /// The size that all images have.
  public func header(at index: Int) -> ImageHeader {
    ImageHeader(width: images.width, height: images.height, channels: 1, mode: "grey")
  }

  /// An image.
  public func decoded(at index: Int) -> (image: DecodedImage, header: ImageHeader) {
    let area = images.width * images.height
    let pixels = Array(images.pixels[index * area..<(index + 1) * area])
    let image = DecodedImage(
      width: images.width, height: images.height, channels: 1, pixels: pixels)
    return (image, header(at: index))
  }

  /// Digits are not to be touched.
  public var preferredFit: ImageFit { .pad }

  /// The size, known from the file's header.
  public func facts() -> ImageFacts { ImageFacts(header(at: 0)) }
}

/// How IDX files are named.
enum IDXNames {
  /// Whether a file name is one of images.
  static func isImages(_ name: String) -> Bool {
    name.contains("images") && name.contains("idx3") || name.hasSuffix(".idx3-ubyte")
  }

  /// The labels beside an images file, if there are any: `images` becomes `labels`, `idx3` `idx1`,
  /// compressed or not.
  static func labels(beside imagesPath: String) -> String? {
    let folder = (imagesPath as NSString).deletingLastPathComponent
    let name = (imagesPath as NSString).lastPathComponent
    let labels = name.replacingOccurrences(of: "images", with: "labels")
      .replacingOccurrences(of: "idx3", with: "idx1")
    guard labels != name else { return nil }
    let plain = labels.hasSuffix(".gz") ? String(labels.dropLast(3)) : labels
    return [labels, plain, plain + ".gz"].map { (folder as NSString).appendingPathComponent($0) }
      .first(where: FileManager.default.fileExists(atPath:))
  }
}

/// The images of a folder of IDX files; `train-` and `t10k-` (or `test-`) in the names are splits.
struct IDXFolder {
  let path: String
  private let names: [String]

  /// Nil if the folder holds no IDX images.
  init?(_ path: String) throws {
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      return nil
    }
    let images = entries.filter(IDXNames.isImages).sorted(by: byteOrder)
    if images.isEmpty { return nil }
    self.path = path
    names = images
  }

  func open(_ split: Split) throws -> any ImageSource {
    let chosen = try names(of: split)
    let classes = try Set(names(of: .all).flatMap(labels))
    let sets = try chosen.map { name in
      let images = file(name)
      return try IDXSet(
        imagesAt: images, labelsAt: IDXNames.labels(beside: images), classes: classes)
    }
    return sets.count == 1 ? sets[0] : JoinedSource(sets)
  }

  private func file(_ name: String) -> String { (path as NSString).appendingPathComponent(name) }

  private func labels(ofImages name: String) throws -> Set<UInt8> {
    guard let path = IDXNames.labels(beside: file(name)) else { return [] }
    return Set(try IDXLabels(contentsOf: path).values)
  }

  /// The same file compressed and plain counts once.
  private func names(of split: Split) throws -> [String] {
    let unique = names.filter { !names.contains($0 + ".gz") }
    let train = unique.filter { has($0, ["train"]) }
    let test = unique.filter { has($0, ["t10k", "test"]) }
    switch split {
    case .all: return unique
    case .train where train.isEmpty && test.isEmpty, .test where train.isEmpty && test.isEmpty:
      return unique
    case .train: return try nonEmpty(train, split)
    case .test: return try nonEmpty(test, split)
    }
  }

  private func has(_ name: String, _ prefixes: [String]) -> Bool {
    prefixes.contains { name.hasPrefix($0) }
  }

  private func nonEmpty(_ chosen: [String], _ split: Split) throws -> [String] {
    if !chosen.isEmpty { return chosen }
    throw DataError.noImages(
      path: path, detail: "no IDX file of the \(split.rawValue) split among \(names[0]) and others")
  }
}
