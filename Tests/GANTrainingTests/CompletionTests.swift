import GANData
import GANKit
import GANTraining
import Testing
import Torch
import TorchNN

/// Fills every hole with the mean of what is known of the image.
private struct MeanFiller: CompletingRecipe {
  struct Config: RecipeConfig {}

  static let card = RecipeCard(name: "mean-filler", title: "", summary: "", paper: "")
  var sideMultiple: Int { 8 }

  init(_ config: Config, for run: RunShape, on device: Device) {}
  func step(_ batch: ImageBatch) -> StepReport { [:] }

  func holes(like images: Tensor) -> Tensor { images.narrowed(1, from: 0, length: 1) .> 2 }

  func complete(_ images: Tensor, mask: Tensor) -> Tensor {
    precondition(images.size(2) % 8 == 0 && images.size(3) % 8 == 0 && mask.size(2) % 8 == 0)
    let known = mask.logicalNot().cast(to: .float32)
    let mean =
      (images * known).sum(axes: [2, 3], keepingDimensions: true)
      / known.sum(axes: [2, 3], keepingDimensions: true)
    // Outside of the mask, too: what is untouched must not depend on the recipe.
    return mean + Tensor.zeros(images.shape)
  }
}

@Suite("Completing images")
struct CompletionTests {
  private func completion(channels: Int) -> ImageCompletion {
    let shape = DataShape(channels: channels, height: 16, width: 16)
    return ImageCompletion(
      by: MeanFiller(.init(), for: RunShape(data: shape), on: .cpu), shape: shape, on: .cpu)
  }

  private func picture(_ width: Int, _ height: Int, channels: Int) -> DecodedImage {
    DecodedImage(
      width: width, height: height, channels: channels,
      pixels: (0..<width * height * channels).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) })
  }

  @Test(
    "untouched pixels keep their bytes, at every size and in every kind of colours",
    arguments: [(16, 16), (13, 21), (3, 2), (8, 40)], [1, 3])
  func untouched(size: (Int, Int), channels: Int) {
    let image = picture(size.0, size.1, channels: channels)
    let mask = PixelMask(PixelBox(x: 1, y: 1, width: 2, height: 1), width: size.0, height: size.1)
    for own in [1, 3] {
      let found = completion(channels: own)(image, mask)
      #expect(found.size == image.size && found.channels == channels)
      for place in found.pixels.indices where !mask.isHole[place / channels] {
        #expect(found.pixels[place] == image.pixels[place])
      }
      #expect(found != image)
    }
  }

  /// The bright hole in the lower right corner would shine through its mirror image.
  @Test("a hole at the border is mirrored with its image, so that nothing in it is taken for known")
  func mirrored() {
    let hole = PixelBox(x: 9, y: 9, width: 4, height: 4)
    let mask = PixelMask(hole, width: 13, height: 13)
    let dark = [UInt8](repeating: 40, count: 169)
    let image = DecodedImage(
      width: 13, height: 13, channels: 1, pixels: mask.filling(dark, with: 255))
    let found = completion(channels: 1)(image, mask)
    #expect(Set(found.pixels) == [40])
  }
}
