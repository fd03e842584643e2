import Foundation
import GANData
import GANTraining

/// Single images that a user names: files, and all images of folders.
struct InputImages {
  /// Where an image is and what its result is called.
  private struct Entry {
    let path: String
    let name: String
  }

  private let entries: [Entry]
  private let arguments: [String]

  init(_ inputs: [String]) throws {
    entries = try inputs.flatMap { input -> [Entry] in
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) else {
        throw DataError.cannotRead(path: input, reason: "No such file or directory")
      }
      guard isFolder.boolValue else {
        return [Entry(path: input, name: URL(fileURLWithPath: input).lastPathComponent)]
      }
      let images = try ImageFiles(FolderFiles(input))
      return (0..<images.count).map {
        Entry(path: images.name(at: $0), name: images.relativeName(at: $0))
      }
    }
    arguments = inputs
  }

  var count: Int { entries.count }

  /// What an image is called in messages: its path.
  func path(at index: Int) -> String { entries[index].path }

  func image(at index: Int) throws -> DecodedImage {
    let path = entries[index].path
    do {
      return try DecodedImage(
        decoding: [UInt8](Data(contentsOf: URL(fileURLWithPath: path))), name: path)
    } catch let error as DataError {
      throw error
    } catch {
      throw DataError.cannotRead(path: path, reason: "the system refuses")
    }
  }

  /// A file for each image's result: `output` itself for a single image where it ends in .png, else
  /// the image's own name with .png in the folder `output`.
  func outputs(at output: String) throws -> [String] {
    if output.lowercased().hasSuffix(".png") {
      guard entries.count == 1 else {
        throw RunError.field(
          "output", found: "'\(output)'", expected: "a folder, for there are \(count) images")
      }
      try checkOverwriting([output])
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
    try checkOverwriting(names)
    return names
  }

  /// Stops where the folder of the results is one of the inputs', which would then hold both, or is
  /// called like a picture of another format.
  private func checkFolder(_ output: String) throws {
    let ending = (output as NSString).pathExtension.lowercased()
    guard !Self.otherFormats.contains(ending) else {
      throw RunError.field("output", found: "'\(output)'", expected: "FILE.png or a folder")
    }
    let folder = FileIdentity(output)
    if let input = arguments.first(where: { folder != nil && FileIdentity($0) == folder }) {
      throw RunError.field(
        "output", found: "'\(output)', the folder of the input '\(input)'",
        expected: "another folder, for inputs are kept")
    }
  }

  private static let otherFormats = ["jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"]

  /// Stops where a result would take the place of an input.
  private func checkOverwriting(_ outputs: [String]) throws {
    let inputs = Dictionary(
      entries.compactMap { entry in FileIdentity(entry.path).map { ($0, entry.path) } }
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
