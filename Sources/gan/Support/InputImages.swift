import Foundation
import GANData
import GANTraining

/// Single images that a user names: files, and all images of folders and archives.
struct InputImages {
  /// Where an image is and what its result is called.
  private struct Entry {
    let path: String
    let name: String
    let place: Place
  }

  private enum Place {
    case file
    case member(Int, of: ImageFiles)
  }

  private let entries: [Entry]
  private let arguments: [String]
  private let options: DecodingOptions
  /// What lies in the folders and archives and is not read.
  let unused: UnusedFiles

  /// - Parameter options: What is made of files where they leave a choice.
  init(_ inputs: [String], options: DecodingOptions) throws {
    var (entries, unused): ([Entry], UnusedFiles) = ([], UnusedFiles())
    for input in inputs {
      guard try Self.holdsFiles(input) else {
        let name = URL(fileURLWithPath: input).lastPathComponent
        entries.append(Entry(path: input, name: name, place: .file))
        continue
      }
      let images = try ImageFiles(DataSet.files(at: input))
      unused.formUnion(images.unused)
      entries += (0..<images.count).map {
        Entry(
          path: images.name(at: $0), name: images.relativeName(at: $0),
          place: .member($0, of: images))
      }
    }
    (self.entries, self.unused, self.options) = (entries, unused, options)
    arguments = inputs
  }

  /// Whether an input is a folder or an archive.
  private static func holdsFiles(_ input: String) throws -> Bool {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) else {
      throw DataError.cannotRead(path: input, reason: "No such file or directory")
    }
    return try isFolder.boolValue || DataSet.isArchive(input)
  }

  var count: Int { entries.count }

  /// What each image is called in its folder or archive.
  var names: [String] { entries.map(\.name) }

  /// What an image is called in messages: its path.
  func path(at index: Int) -> String { entries[index].path }

  func image(at index: Int) throws -> LayeredImage {
    switch entries[index].place {
    case .file: try LayeredImage(readingFrom: entries[index].path, options: options)
    case .member(let member, let images): try images.layered(at: member, options: options)
    }
  }

  /// The points of each image, as `landmarks.csv` in its folder or archive tells them; none for files
  /// that are named one by one.
  func landmarks() throws -> [[Landmark]?] {
    var known: [String: [[Landmark]]] = [:]
    return try entries.map { entry in
      guard case .member(let member, let images) = entry.place else { return nil }
      let all = try known[images.files.path] ?? images.landmarks() ?? []
      known[images.files.path] = all
      return all.isEmpty ? nil : all[member]
    }
  }

  /// Hands over each image. Those that cannot be read stop everything, or are named and left out.
  func forEach(_ policy: SkipPolicy, _ body: (Int, LayeredImage) throws -> Void) throws {
    if let summary = unused.summary { Console.complain(summary) }
    var left = 0
    for index in entries.indices {
      let image: LayeredImage
      do {
        image = try self.image(at: index)
      } catch let error as DataError where policy == .skipBroken {
        Console.complain("left out \(error)")
        left += 1
        continue
      }
      try body(index, image)
    }
    if left == count { throw CommandError("none of the \(count) images can be read") }
  }

  /// A file for each image's result: `output` itself for a single image where it ends in .png or is -,
  /// standard output; else the image's own name with .png in the folder `output`.
  ///
  /// - Parameter others: further files that are looked at, whose place no result takes.
  func outputs(at output: String, keeping others: [String] = []) throws -> [String] {
    let isStandardOutput = try PictureFile.isStandardOutput(output)
    if isStandardOutput || output.lowercased().hasSuffix(".png") {
      guard entries.count == 1 else {
        throw RunError.field(
          "output", found: "'\(output)'", expected: "a folder, for there are \(count) images")
      }
      if !isStandardOutput { try checkOverwriting([output], of: others) }
      return [output]
    }
    try checkFolder(output)
    let names = entries.map { entry in
      let stem = (entry.name as NSString).deletingPathExtension
      return (output as NSString).appendingPathComponent(stem + ".png")
    }
    var seen: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      if let other = seen.updateValue(index, forKey: name) {
        throw CommandError(
          "\(entries[other].path) and \(entries[index].path) would both become \(name)")
      }
    }
    try checkOverwriting(names, of: others)
    return names
  }

  /// The file `output` of one picture of all results.
  func sheet(at output: String) throws -> String {
    if try PictureFile.isStandardOutput(output) { return output }
    guard output.lowercased().hasSuffix(".png") else {
      throw RunError.field("output", found: "'\(output)'", expected: "FILE.png, one for all images")
    }
    try checkOverwriting([output])
    return output
  }

  /// Stops where the folder of the results is one of the inputs', which would then hold both, or is
  /// called like a picture of another format.
  private func checkFolder(_ output: String) throws {
    let ending = (output as NSString).pathExtension.lowercased()
    guard !DecodedImage.fileExtensions.contains(ending) else {
      throw RunError.field("output", found: "'\(output)'", expected: "FILE.png or a folder")
    }
    let folder = FileIdentity(output)
    if let input = arguments.first(where: { folder != nil && FileIdentity($0) == folder }) {
      throw RunError.field(
        "output", found: "'\(output)', the folder of the input '\(input)'",
        expected: "another folder, for inputs are kept")
    }
  }

  /// Stops where a result would take the place of an input or of another file.
  private func checkOverwriting(_ outputs: [String], of others: [String] = []) throws {
    let inputs = Dictionary(
      (entries.map(\.path) + others).compactMap { path in FileIdentity(path).map { ($0, path) } }
    ) { first, _ in first }
    for output in outputs {
      guard let input = FileIdentity(output).flatMap({ inputs[$0] }) else { continue }
      throw RunError.field(
        "output", found: "'\(output)', which is the input '\(input)'",
        expected: "another place, for inputs are kept")
    }
  }
}

/// By which a file or folder is known, whatever path leads to it.
private struct FileIdentity: Hashable {
  private let device: UInt64
  private let number: UInt64

  /// `nil` where there is nothing.
  init?(_ path: String) {
    var facts = stat()
    guard stat(path, &facts) == 0 else { return nil }
    (device, number) = (UInt64(truncatingIfNeeded: facts.st_dev), UInt64(facts.st_ino))
  }
}
