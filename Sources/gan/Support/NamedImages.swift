import Foundation
import GANData
import GANTraining
import SwiftGAN

/// A picture with what to call it.
struct NamedImage {
  let name: String
  let image: DecodedImage
  /// Its class, in a labelled set.
  var label: Int?
}

extension NamedImage {
  /// The picture of a file, or pictures of a set, folder or archive: at most `count`, chosen by the
  /// seed.
  static func all(of text: String, count: Int, seed: UInt64) throws -> [NamedImage] {
    if isImageFile(text) {
      return [NamedImage(name: text, image: try picture(at: text))]
    }
    let source = try NamedSet(text, otherwise: .test).open()
    let order = ShuffledOrder(count: source.count, seed: seed).permutation(epoch: 0)
    return try order.prefix(count).map { index in
      NamedImage(
        name: source.name(at: index), image: try source.image(at: index),
        label: source.label(at: index))
    }
  }

  /// Decodes a PNG or JPEG file.
  static func picture(at path: String) throws -> DecodedImage {
    let bytes: [UInt8]
    do {
      bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw DataError.cannotRead(path: path, reason: "No such file, or not readable")
    }
    return try DecodedImage(decoding: bytes, name: path)
  }

  private static func isImageFile(_ path: String) -> Bool {
    [".png", ".jpg", ".jpeg"].contains(where: path.lowercased().hasSuffix)
  }
}
