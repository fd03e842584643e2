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
    .concatenated(
      seeds.map { seed in
        Randomness.isolated(seed: seed, on: device) { generator.prior.sample(1, on: device) }
      })
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

/// Arithmetic on concepts, each the mean of several latents (Radford et al. 2015, section 6.3.2).
public struct LatentArithmetic {
  private let latents: SeededLatents
  private let concepts: [(name: String, seeds: [UInt64])]
  private let classIndex: Int

  /// The concepts of a - b + c.
  public init(
    _ latents: SeededLatents, a: [UInt64], b: [UInt64], c: [UInt64], class index: Int = 0
  ) {
    self.latents = latents
    concepts = [("a", a), ("b", b), ("c", c)]
    classIndex = index
  }

  /// The mean of a's latents less that of b's plus that of c's, `[1, dimension]`.
  public func result() -> Tensor {
    let means = concepts.map { latents($0.seeds).mean(axes: [0], keepingDimensions: true) }
    return means[0] - means[1] + means[2]
  }

  /// A row for each concept, its mean last, and one of the result with eight neighbours, to whose
  /// latents uniform noise on [-scale, scale) is added (the paper's scale is 0.25).
  public func scene(noise scale: Double = 0.25, seed: UInt64 = 1) -> Scene {
    var rows = concepts.map { concept in
      let own = latents(concept.seeds)
      let all = Tensor.concatenated([own, own.mean(axes: [0], keepingDimensions: true)])
      return PictureRows.Row(
        concept.name, latents.pictures(of: all, class: classIndex),
        notes: concept.seeds.map(String.init) + ["mean"])
    }
    let center = result()
    let neighbors = Randomness.isolated(seed: seed, on: center.device) {
      center + .uniform([8, center.size(1)], -scale, scale, on: center.device)
    }
    rows.append(
      PictureRows.Row(
        "a - b + c",
        latents.pictures(of: .concatenated([center, neighbors]), class: classIndex),
        notes: ["result"] + (1...8).map { "near \($0)" }))
    return PictureRows(rows).scene()
  }
}
