import GANData
import GANKit
import GANTraining
import Torch
import TorchNN

/// Single latents by number: latent `seed` is what `gan sample --seed SEED --count 1` draws.
public struct SeededLatents {
  private let generator: any GenerativeRecipe
  private let device: Device

  /// Latents of a generator's prior.
  public init(of generator: any GenerativeRecipe, on device: Device) {
    (self.generator, self.device) = (generator, device)
  }

  /// One row for each seed, `[seeds, dimension]`.
  public func callAsFunction(_ seeds: [UInt64]) -> Tensor {
    .concatenated(seeds.map { generator.prior.rows(1, seed: $0, on: device) })
  }

  /// The pictures of latents `[N, dimension]`, all of one class where the generator has classes.
  public func pictures(of latents: Tensor, class index: Int) -> [DecodedImage] {
    let count = latents.size(0)
    let labels =
      generator.classCount > 0
      ? Tensor([Int](repeating: index, count: count)).moved(to: device) : nil
    let drawn = SampleSheet.bytes(of: generator, latent: latents, labels: labels)
    let (channels, height, width) = (drawn.shape[1], drawn.shape[2], drawn.shape[3])
    let each = channels * height * width
    return (0..<count).map {
      DecodedImage(
        planar: drawn.pixels[$0 * each..<($0 + 1) * each], width: width, height: height,
        channels: channels)
    }
  }

  /// The pictures of seeds with their numbers below, ten in a row.
  public func sheet(_ seeds: [UInt64], class index: Int) -> Scene {
    let pictures = pictures(of: self(seeds), class: index)
    let rows = stride(from: 0, to: seeds.count, by: 10).map { start in
      let range = start..<min(start + 10, seeds.count)
      return PictureRows.Row("", Array(pictures[range]), notes: seeds[range].map(String.init))
    }
    return PictureRows(rows).scene()
  }
}
