import Foundation
import GANData
import GANTraining

/// Where the holes of images are, as a user says it.
enum MaskChoice {
  /// The same box in all.
  case box(PixelBox)
  /// The same mask for all, with its path.
  case file(String, PixelMask)
  /// A mask for each: the paths of image files by their names in the folder, without endings.
  case folder(String, [String: String])

  /// - Throws: `DataError` for a file that is no image; `RunError` for what is neither a box nor a path.
  init(_ text: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: text, isDirectory: &isFolder) else {
      guard let box = PixelBox(text) else {
        throw RunError.field(
          "mask", found: "'\(text)'",
          expected: "a box x,y,w,h, or an image or a folder of images that is there")
      }
      self = .box(box)
      return
    }
    self =
      isFolder.boolValue
      ? .folder(text, try Self.paths(in: text)) : .file(text, try PixelMask(readingFrom: text))
  }

  private static func paths(in folder: String) throws -> [String: String] {
    let images = try ImageFiles(DataSet.files(at: folder))
    var paths: [String: String] = [:]
    for index in 0..<images.count {
      let (name, path) = (stem(images.relativeName(at: index)), images.name(at: index))
      if let other = paths.updateValue(path, forKey: name) {
        throw CommandError("\(other) and \(path) would both be the mask of '\(name)'")
      }
    }
    return paths
  }

  private static func stem(_ name: String) -> String { (name as NSString).deletingPathExtension }

  /// Stops where an image of these names has no mask, before anything is made.
  func check(names: [String]) throws {
    guard case .folder(let folder, let paths) = self else { return }
    for name in names { _ = try Self.path(for: name, paths, in: folder) }
  }

  private static func path(
    for name: String, _ paths: [String: String], in folder: String
  ) throws -> String {
    guard let path = paths[stem(name)] else {
      throw CommandError("\(folder): no mask for '\(name)', expected an image of its name")
    }
    return path
  }

  /// The mask of an image, which it fits.
  ///
  /// - Parameters:
  ///   - path: what the image is called in messages.
  ///   - name: its name in its folder.
  func mask(of path: String, _ name: String, _ image: DecodedImage) throws -> PixelMask {
    switch self {
    case .box(let box):
      try box.check("mask", width: image.width, height: image.height)
      return PixelMask(box, width: image.width, height: image.height)
    case .file(let file, let mask):
      try mask.check(file, for: image, path)
      return mask
    case .folder(let folder, let paths):
      let file = try Self.path(for: name, paths, in: folder)
      let mask = try PixelMask(readingFrom: file)
      try mask.check(file, for: image, path)
      return mask
    }
  }
}
