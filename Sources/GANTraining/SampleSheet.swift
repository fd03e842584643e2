import Foundation
import GANData
import GANKit
import Torch
import TorchNN

/// Images of a generator as bytes and pictures.
public enum SampleSheet {
  /// Images for `latent` `[N, D]`, drawn in evaluation mode in blocks of bounded size: bytes in the
  /// order `[N, C, H, W]`.
  public static func bytes(
    of recipe: some GenerativeRecipe, latent: Tensor, labels: Tensor?, block: Int = 256
  ) -> (pixels: [UInt8], shape: [Int]) {
    var pixels: [UInt8] = []
    var shape: [Int] = []
    for start in stride(from: 0, to: latent.size(0), by: block) {
      let range = start..<min(start + block, latent.size(0))
      let images = withMode(.evaluation) {
        withoutGradients { recipe.generate(latent[range], labels: labels.map { $0[range] }) }
      }
      shape = Array(images.shape.dropFirst())
      pixels += quantized(images).bytes
    }
    return (pixels, [latent.size(0)] + shape)
  }

  /// [-1, 1] as 0...255, rounded.
  static func quantized(_ images: Tensor) -> Tensor {
    (images.cast(to: .float32).contiguous() * 127.5 + 127.5).clamped(to: 0...255).rounded()
      .cast(to: .uint8)
  }

  /// One picture of all images, `columns` in a row.
  public static func grid(pixels: [UInt8], shape: [Int], columns: Int) -> DecodedImage {
    ImageGrid.tiled(
      planar: pixels, channels: shape[1], height: shape[2], width: shape[3], columns: columns)
  }

  /// Points `[N, 2, 1, 1]` in [-1, 1] as a picture of their density, brighter where more lie.
  public static func density(_ points: Tensor, side: Int = 256) -> DecodedImage {
    var counts = [Int](repeating: 0, count: side * side)
    let values = points.floats
    for index in stride(from: 0, to: values.count - 1, by: 2)
    where values[index].isFinite && values[index + 1].isFinite {
      // Clamped before the conversion: a point may lie anywhere, and Int holds less than Float.
      let position = [values[index], -values[index + 1]].map {
        Int(min(max(($0 * 0.5 + 0.5) * Float(side), 0), Float(side - 1)))
      }
      counts[position[1] * side + position[0]] += 1
    }
    let pixels = counts.map { UInt8(min(255, $0 == 0 ? 0 : 96 + 40 * $0)) }
    return DecodedImage(width: side, height: side, channels: 1, pixels: pixels)
  }
}

/// What a run shows again and again, so that its sheets can be compared.
enum FixedSamples {
  /// The images of some noise.
  case noise(NoiseSheet)
  /// The translations of some images.
  case translations(TranslationSheet)

  /// Nil for a recipe that makes no images.
  init?<R: Recipe>(_ recipe: R, _ configuration: RunConfiguration, on device: Device) throws {
    if let generative = recipe as? any GenerativeRecipe {
      self = .noise(
        NoiseSheet(
          for: generative, shape: configuration.data.shape, seed: configuration.seed, on: device))
    } else if recipe is any TranslatingRecipe, let shape = configuration.data.shape {
      self = .translations(
        try TranslationSheet(
          configuration.data, R.Batch.kind, shape: shape, seed: configuration.seed, on: device))
    } else {
      return nil
    }
  }

  /// The sheet at the recipe's present state.
  func picture(of recipe: some Recipe) -> DecodedImage? {
    switch (self, recipe) {
    case (.noise(let sheet), let recipe as any GenerativeRecipe): sheet.picture(of: recipe)
    case (.translations(let sheet), let recipe as any TranslatingRecipe):
      sheet.picture(of: recipe)
    default: nil
    }
  }
}

/// The noise and classes whose images a run shows again and again.
struct NoiseSheet {
  private let latent: Tensor
  private let labels: Tensor?
  private let columns: Int
  private let arePoints: Bool

  /// 64 rows of noise, or eight for each class (at most 16 classes), or 4096 for points, which
  /// depend on `seed` alone and leave the generators as they were.
  init(for recipe: some GenerativeRecipe, shape: DataShape?, seed: UInt64, on device: Device) {
    let classes = min(recipe.classCount, 16)
    arePoints = shape?.imageShape == [2, 1, 1]
    columns = classes > 0 ? classes : 8
    let count = arePoints ? 4096 : columns * 8
    latent = Randomness.isolated(seed: seed, on: device) { recipe.prior.sample(count, on: device) }
    labels = classes > 0 ? Tensor((0..<count).map { $0 % classes }).moved(to: device) : nil
  }

  func picture(of recipe: some GenerativeRecipe) -> DecodedImage {
    if arePoints {
      return SampleSheet.density(
        withMode(.evaluation) { withoutGradients { recipe.generate(latent, labels: labels) } })
    }
    let sheet = SampleSheet.bytes(of: recipe, latent: latent, labels: labels)
    return SampleSheet.grid(pixels: sheet.pixels, shape: sheet.shape, columns: columns)
  }
}
