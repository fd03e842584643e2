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

  /// Decodes an image file.
  static func picture(at path: String) throws -> DecodedImage {
    try LayeredImage(readingFrom: path).image
  }

  private static func isImageFile(_ path: String) -> Bool {
    DecodedImage.fileExtensions.contains { path.lowercased().hasSuffix("." + $0) }
  }
}
