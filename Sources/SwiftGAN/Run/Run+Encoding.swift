import GANData
import GANKit
import GANTraining
import Torch
import TorchNN

extension Run {
  /// The codes of images, `[N, D]`: what the generator draws them again from. They are prepared as those
  /// that the run was trained on.
  ///
  /// - Precondition: there is an image.
  /// - Throws: `RunError` for a system without an encoder, or one of points.
  public func encode(_ images: [DecodedImage]) throws -> Tensor {
    let recipe = try encoder()
    let pixels = prepared(images)
    return inUse(seed: 1) { recipe.encode(pixels) }
  }

  /// What becomes of an image by way of its code, of the size of the run's.
  ///
  /// - Throws: `RunError` for a system without an encoder, or one of points.
  public func reconstruct(_ image: DecodedImage) throws -> DecodedImage {
    let recipe = try encoder()
    let pixels = prepared([image])
    let again = inUse(seed: 1) { recipe.reconstruct(pixels) }
    return DecodedImage(
      planar: again.imageBytes, width: shape.width, height: shape.height, channels: shape.channels)
  }

  /// The system as one that encodes images.
  ///
  /// - Throws: `RunError` for a system without an encoder, or one of points.
  package func encoder() throws -> any EncodingRecipe {
    let recipe = try role((any EncodingRecipe).self, "encode images")
    guard !shape.arePoints else {
      throw RunError.unsupported("\(path): the run draws points; images have no codes")
    }
    return recipe
  }
}
