import GANAnalysis
import GANData
import GANKit
import GANMetrics
import GANTraining
import GANZoo
import Torch

extension VAEGAN: Claiming {
  /// Narrow networks for digits or small photos, or the authors'.
  public static let ownPresets = [
    small, photos, .paper("faces of CelebA at 64x64") { $0.reconstructionWeight = 0 },
  ]

  private static let small = Preset<VAEGAN>.small(steps: 3000, size: 32) {
    $0.narrow(latentSize: 16)
    $0.similarityWeight = 0.01
  }

  private static let photos = Preset<VAEGAN>(
    "photos", "photos of 64x64, half an hour on two cores",
    .with {
      $0.narrow(latentSize: 32)
      $0.similarityWeight = 0.001
    }, RunDefaults(size: 64, batchSize: 32, steps: 1500))

  /// Faces beside those of a plain VAE.
  public static let claims = [faces]

  private static let faces = Claim(
    "vae-gan", "CelebA at 64x64, beside a plain VAE with the same encoder and decoder, equal steps",
    [
      .below("distance of pixels", "distance", "a smaller \(Claim.photoDistance) of samples"),
      .below("error of pixels", "error", "and of reconstructions a smaller error in its features"),
    ], paper: "none (attributes asked for of faces, read off by a network; LFW)",
    plan,
    companions: [.changed("pixels", plan) { $0.config.similarity = .pixels }]
  ) { run in
    let (own, plain) = (try run.likeness(), try run.companion("pixels").likeness())
    return Measurement(
      [
        "distance": own.distance, "distance of pixels": plain.distance,
        "error": own.error, "error of pixels": plain.error,
      ], figure: own.words, floor: "\(plain.words) (plain VAE)")
  }

  private static let plan = TrainingPlan<VAEGAN>(photos, on: .real("celeba64.tar", flip: true))
}

extension VAEGAN.Config {
  /// Networks of a quarter of the width. As in the authors' script for faces, the discriminator
  /// judges samples alone.
  fileprivate mutating func narrow(latentSize size: Int) {
    (latentSize, encoderFeatures, discriminatorFeatures) = (size, 256, 128)
    (encoderWidths, decoderWidths) = ([16, 32, 64], [64, 32, 16])
    discriminatorWidths = [16, 32, 64, 64]
    (reconstructionWeight, learningRate, ema) = (0, 5e-4, 0.99)
  }
}

/// How near samples and reconstructions come to photos.
private struct Likeness {
  let distance, error: Double

  var words: String {
    "\(Claim.photoDistance) \(decimal(distance, 1)), feature error \(decimal(error, 1))"
  }
}

extension ClaimRun {
  fileprivate func likeness() throws -> Likeness {
    let distance = try evaluated {
      ($0.split, $0.metrics, $0.count) = (.all, "fid", 2000)
    }.value(Claim.photoDistance)
    return Likeness(distance: distance, error: try reconstructionError(count: 1000))
  }

  /// The mean squared distance of photos, held out where some are, from what a system makes of
  /// their codes, in the features of the network for photos.
  private func reconstructionError(count: Int) throws -> Double {
    let run = try Run.open(path)
    let recipe = try run.role((any EncodingRecipe).self, "encode images")
    let network = try PhotoFeatures.installed()
    let images = try PreparedImages(run.configuration.data, split: .test)
    let chosen = images.chosen(count, seed: 1)
    let sum = try stride(from: 0, to: chosen.count, by: 100).reduce(0.0) { sum, start in
      let part = try images.tensor(Array(chosen[start..<min(start + 100, chosen.count)]))
      let copies = run.inUse(seed: 1) { recipe.reconstruct(part) }
      let (own, other) = try (network.features(ofImages: part), network.features(ofImages: copies))
      return sum + (own - other).squared().sum().item()
    }
    return sum / Double(chosen.count)
  }
}
