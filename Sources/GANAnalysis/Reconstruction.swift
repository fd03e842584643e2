import Foundation
import GANData
import GANKit
import GANTraining
import Torch
import TorchNN

/// How well a generator can draw given images: for each its code, or, without an encoder, the latent whose
/// picture is nearest in mean squared error, found by RMSProp from 0, at rate 0.01 in 2000 steps, with the
/// numbers of the code of Xiang and Li 2017, "On the Effects of Batch and Weight Normalization in Generative
/// Adversarial Networks".
public struct Reconstruction {
  /// The images, `[N, C, H, W]` in [-1, 1].
  public let originals: Tensor
  /// The nearest pictures found, of the same shape.
  public let pictures: Tensor
  /// The latents that draw them, `[N, dimension]`.
  public let latents: Tensor
  /// The mean squared error of each image by the picture of latent 0, where the search begins; nothing
  /// where there was none.
  public let startErrors: [Double]

  /// Searches for every image by itself, a block of them at a time.
  ///
  /// - Parameters:
  ///   - labels: The class of each image, for a generator that has classes.
  ///   - steps: Updates of every latent.
  ///   - rate: RMSProp's rate.
  public init(
    of originals: Tensor, labels: Tensor?, by generator: any GenerativeRecipe,
    steps: Int = 2000, rate: Double = 0.01, block: Int = 128
  ) {
    let parts = stride(from: 0, to: originals.size(0), by: block).map { start in
      let range = start..<min(start + block, originals.size(0))
      return Reconstruction.searched(
        originals[range], labels.map { $0[range] }, generator, steps: steps, rate: rate)
    }
    self.originals = originals
    pictures = .concatenated(parts.map(\.pictures))
    latents = .concatenated(parts.map(\.latents))
    startErrors = parts.flatMap(\.startErrors)
  }

  /// What the generator makes of the images' codes, a block of them at a time: nothing is searched.
  public init(of originals: Tensor, by recipe: any EncodingRecipe, block: Int = 128) {
    self.originals = originals
    let codes = stride(from: 0, to: originals.size(0), by: block).map { start in
      evaluating { recipe.encode(originals[start..<min(start + block, originals.size(0))]) }
    }
    latents = .concatenated(codes)
    pictures = .concatenated(
      codes.map { code in evaluating { recipe.generate(code, labels: nil) } })
    startErrors = []
  }

  private static func searched(
    _ originals: Tensor, _ labels: Tensor?, _ generator: any GenerativeRecipe, steps: Int,
    rate: Double
  ) -> (pictures: Tensor, latents: Tensor, startErrors: [Double]) {
    let zeros = Tensor.zeros(
      [originals.size(0), generator.prior.dimension], on: originals.device)
    let latent = Parameter(zeros)
    let optimizer = RMSProp([latent], learningRate: .constant(rate), alpha: 0.9, epsilon: 1e-6)
    var startErrors: [Double] = []
    let pictures = withMode(.evaluation) {
      for step in 0..<steps {
        let drawn = generator.generate(latent.value, labels: labels)
        // The sum over images: no latent's gradient depends on how many there are.
        let errors = (drawn - originals).squared().mean(axes: [1, 2, 3])
        if step == 0 { startErrors = errors.doubles }
        optimizer.apply(gradients(of: errors.sum(), withRespectTo: [latent.value]))
      }
      return withoutGradients { generator.generate(latent.value, labels: labels) }
    }
    return (pictures.detached(), latent.value.detached(), startErrors)
  }

  /// The mean squared error of each image over its pixels and channels, on the scale of [-1, 1].
  public var errors: [Double] {
    (pictures - originals).squared().mean(axes: [1, 2, 3]).doubles
  }

  /// The mean squared error of the mean of the images in place of each: what drawing one and the
  /// same picture can reach.
  public var meanImageError: Double {
    let mean = originals.mean(axes: [0], keepingDimensions: true)
    return (originals - mean).squared().mean().item()
  }

  /// Originals above their reconstructions with their errors, eight to a row, at most 32.
  public func scene() -> Scene {
    let errors = errors
    let count = min(errors.count, 32)
    let (real, drawn) = (
      DecodedImage.pictures(originals[0..<count]), DecodedImage.pictures(pictures[0..<count])
    )
    let rows = stride(from: 0, to: count, by: 8).flatMap { start in
      let range = start..<min(start + 8, count)
      return [
        PictureRows.Row("original", Array(real[range])),
        PictureRows.Row(
          "found", Array(drawn[range]), notes: range.map { String(format: "%.4f", errors[$0]) }),
      ]
    }
    return PictureRows(rows).scene()
  }
}
