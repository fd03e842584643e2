import GANData
import GANKit
import GANTraining
import SwiftGAN

/// What is to become of a picture.
enum PictureTask: Sendable, Equatable {
  /// A picture of the other kind. A seed decides the style where there is one.
  case translate(String?, seed: UInt64)
  /// The same, larger.
  case enlarge
  /// Transparent pixels are filled.
  case complete
  /// What the generator makes of its code, moved along an attribute by so much.
  case reconstruct(attribute: String?, by: Double)

  /// Pictures with more pixels are refused.
  static let mostPixels = 4 << 20

  /// The result for an image file.
  ///
  /// - Throws: `DataError` for a file that is no picture, or one that is too large, `RunError` for a
  ///   system that cannot do it.
  func picture(of bytes: [UInt8], by opened: OpenedRun) throws -> DecodedImage {
    let run = opened.run
    if self == .complete { _ = try run.completing() }
    let options = DecodingOptions(
      background: run.configuration.data.background ?? .black, pixelLimit: try mostPixels(for: run))
    let picture = try LayeredImage(decoding: bytes, name: "the picture", options: options)
    switch self {
    case .translate(let name, let seed):
      return try run.translate(picture.image, direction(name, of: run), seed: seed)
    case .enlarge: return try run.enlarge(picture.image)
    case .reconstruct(nil, _): return try run.reconstruct(picture.image)
    case .reconstruct(let name?, let amount):
      return try opened.reconstruct(picture.image, moved: opened.attribute(name), by: amount)
    case .complete:
      guard let mask = PixelMask(transparent: picture) else {
        throw DataError.malformed(
          path: "the picture", problem: "no pixel is transparent, so there is no hole to complete")
      }
      return try run.complete(picture.own, mask)
    }
  }

  /// Enlarged pictures have as many pixels as others at most.
  private func mostPixels(for run: Run) throws -> Int {
    guard self == .enlarge else { return Self.mostPixels }
    let scale = try run.scale()
    return Self.mostPixels / (scale * scale)
  }

  private func direction(_ name: String?, of run: Run) throws -> Direction? {
    guard let name else { return nil }
    guard let direction = Direction(rawValue: name) else {
      throw RunError.field("direction", found: "'\(name)'", expected: "ab or ba")
    }
    return direction
  }
}
