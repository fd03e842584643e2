import GANData
import GANKit
import GANTraining
import Torch
import TorchNN

extension Run {
  /// How many times higher and wider images become.
  ///
  /// - Throws: `RunError` for a system that does not enlarge images.
  public func scale() throws -> Int { try enlarger().scale }

  /// Enlarges an image of any size.
  ///
  /// - Parameters:
  ///   - image: an image of any size.
  ///   - tile: the longest side that is enlarged at once; the result does not depend on it but for
  ///     rounding, memory does.
  /// - Throws: `RunError` for a system that does not enlarge images, or a tile that is too small.
  public func enlarge(_ image: DecodedImage, tile: Int = 256) throws -> DecodedImage {
    let enlargement = try enlargement(tile: tile)
    return inUse(seed: 1) { enlargement(image) }
  }

  /// - Throws: What ``enlarge(_:tile:)`` would throw of any image, before one is read.
  package func enlargement(tile: Int = 256) throws -> ImageEnlargement {
    try ImageEnlargement(by: enlarger(), shape: shape, tile: tile, on: device)
  }

  package func enlarger() throws -> any EnlargingRecipe {
    try role((any EnlargingRecipe).self, "enlarge images")
  }
}
