import GANData
import GANKit
import Torch
import TorchNN

/// Fills holes of single images of any size.
public struct ImageCompletion {
  private let recipe: any CompletingRecipe
  private let channels: Int
  private let device: Device

  /// A completion by a trained recipe.
  ///
  /// - Parameter shape: what the recipe was trained on.
  public init(by recipe: any CompletingRecipe, shape: DataShape, on device: Device) {
    (self.recipe, channels, self.device) = (recipe, shape.channels, device)
  }

  /// The image with its holes filled; all other pixels keep their values. Sides that the networks cannot
  /// take are mirrored up to the next that they can, and holes at the border with them.
  ///
  /// - Precondition: the mask is of the image's size.
  public func callAsFunction(_ image: DecodedImage, _ mask: PixelMask) -> DecodedImage {
    let input = image.converted(toChannels: channels)
    let pixels = Tensor(
      imageBytes: input.planarPixels, shape: [1, channels, image.height, image.width], on: device)
    let holes = Tensor(
      mask.isHole.map { $0 ? 1 : 0 as Float }, shape: [1, 1, image.height, image.width]
    ).moved(to: device)
    let output = evaluating { completed(pixels, holes) }
    let filled = DecodedImage(
      planar: output.imageBytes, width: image.width, height: image.height, channels: channels)
    return image.replaced(in: mask, by: filled)
  }

  private func completed(_ image: Tensor, _ holes: Tensor) -> Tensor {
    func extended(_ images: Tensor) -> Tensor {
      images.extended(toMultiplesOf: recipe.sideMultiple).settled(.channelsLast)
    }
    return recipe.complete(extended(image), mask: extended(holes) .> 0.5).cut(like: image)
  }
}
