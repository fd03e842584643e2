import GANData
import GANKit
import Testing
import Torch
import TorchNN

@testable import GANTraining

/// A system whose translation is one normalisation by the image's own statistics.
private struct Normalizer: TranslatingRecipe {
  struct Config: RecipeConfig {}

  static let card = RecipeCard(
    name: "normalizer", title: "", summary: "", paper: "")
  var directions: [Direction] { [.ab] }
  var sideMultiple: Int { 4 }

  init(_ config: Config, for run: RunShape, on device: Device) {}
  func step(_ batch: ImageBatch) -> StepReport { [:] }

  func translate(_ images: Tensor, _ direction: Direction) -> Tensor {
    images.instanceNormalized(scale: nil, offset: nil, epsilon: 1e-5) * 0.5
  }
}

@Suite("Tiles")
struct TileTests {
  @Test(
    "Pictures of any size become sides that networks can take, none too short to be mirrored there")
  func sides() {
    let sizes = [
      (1, 1, 4, [8, 8]), (2, 46, 4, [8, 48]), (5, 9, 4, [8, 12]), (12, 8, 4, [12, 8]),
      (256, 256, 256, [256, 256]), (3, 1, 16, [16, 16]),
    ]
    for (height, width, multiple, expected) in sizes {
      let image = Tensor.uniform([1, 1, height, width], on: .cpu)
      let extended = image.extended(toMultiplesOf: multiple)
      #expect(Array(extended.shape.dropFirst(2)) == expected)
      #expect(extended.cut(like: image).floats == image.floats)
    }
  }

  /// One half is dark and one bright: a tile that knew only its half would make as much of a faint
  /// texture as the whole image makes of the edge.
  @Test("Tiles of one image are normalised alike")
  func alike() throws {
    let (width, height) = (192, 48)
    let pixels = (0..<width * height).map { index in
      UInt8((index % width < width / 2 ? 40 : 200) + index * 7 % 5)
    }
    let image = DecodedImage(width: width, height: height, channels: 1, pixels: pixels)
    let shape = DataShape(channels: 1, height: 16, width: 16)
    let recipe = Normalizer(.init(), for: RunShape(data: shape), on: .cpu)
    let (whole, tiled) = try (
      ImageTranslation(by: recipe, nil, shape: shape, tile: 192, on: .cpu)(image),
      ImageTranslation(by: recipe, nil, shape: shape, tile: 64, on: .cpu)(image)
    )
    #expect(tiled.width == width && tiled.height == height)
    let worst = zip(whole.pixels, tiled.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
    #expect(worst <= 4, "\(worst) grey levels")
    #expect(whole.pixels[0] < 70 && whole.pixels[width - 1] > 180)
  }
}
