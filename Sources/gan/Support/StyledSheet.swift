import Foundation
import GANData
import GANTraining
import SwiftGAN
import Torch

/// Images of one size, each in a row with its translations in the same styles.
struct StyledSheet {
  private let run: Run
  private let styles: Tensor
  private var pictures: [DecodedImage] = []

  /// Styles that a seed decides.
  ///
  /// - Throws: `RunError` for a system without styles, or a number of them that makes no sense.
  init(of run: Run, styles count: Int, seed: UInt64) throws {
    guard (1...64).contains(count) else {
      throw RunError.field("styles", found: "\(count)", expected: "from 1 to 64")
    }
    (self.run, styles) = (run, try run.styles(count, seed: seed))
  }

  /// Adds a row.
  ///
  /// - Parameter name: the image's, for the error where it is of another size than the first.
  mutating func append(
    _ image: DecodedImage, called name: String, _ translated: (Tensor) throws -> DecodedImage
  ) throws {
    if let first = pictures.first, first.size != image.size {
      throw RunError.field(
        "styles", found: "\(first.size) and \(image.size) (\(name))", expected: "images of one size"
      )
    }
    pictures.append(image)
    for index in 0..<styles.size(0) {
      pictures.append(try translated(styles[index..<index + 1]))
    }
  }

  /// Writes the rows, in colour where any of the pictures is.
  func write(to path: String) throws {
    let channels = pictures.map(\.channels).max() ?? 1
    let sheet = ImageGrid.tiled(
      pictures.map { $0.converted(toChannels: channels) }, columns: styles.size(0) + 1)
    try makeParentFolders(of: path)
    try PictureFile.write(sheet.pngData(), to: path)
  }
}
