import Foundation

/// A system small enough to be trained in a second or two, with a network of a kind that can be exported.
struct ExportedSystem: Sendable {
  /// The name of its run.
  let name: String
  /// What follows `gan train`.
  let training: [String]
  /// The networks to export; the first is the usual one.
  let networks: [String]
}

extension ExportedSystem {
  /// - Parameters:
  ///   - data: the images; `nil` for a built-in set.
  ///   - settings: what makes it small.
  private init(
    _ name: String, _ system: String, _ networks: [String],
    data: [String] = ["--data", "pictures"],
    _ settings: String...
  ) {
    self.name = name
    self.networks = networks
    let length = ["--steps", "3", "--batch-size", "4", "--threads", "1", "--quiet"]
    training =
      ["train", system, "--output", name] + data + length + settings.flatMap { ["--set", $0] }
  }

  /// One or more for every kind of network.
  static let all: [ExportedSystem] = [
    ExportedSystem(
      "mlp", "gan", ["generator", "discriminator"], "generatorWidths=16",
      "discriminatorWidths=16"),
    ExportedSystem(
      "transposed", "dcgan", ["generator", "discriminator"], "generatorWidth=4",
      "discriminatorWidth=4", "ema=0.9"),
    ExportedSystem(
      "doubled", "dcgan", ["generator"], "generatorWidth=4", "discriminatorWidth=4",
      "upsampling=resize"),
    ExportedSystem(
      "told", "acgan", ["generator"], "generatorWidths=8,4", "discriminatorWidth=2"),
    ExportedSystem(
      "resnet", "sn-gan", ["generator", "discriminator"], "architecture=resnet",
      "generatorWidth=8", "discriminatorWidth=8", "criticSteps=1", "conditional=true"),
    ExportedSystem(
      "attention", "sagan", ["generator", "discriminator"], "generatorWidth=8",
      "discriminatorWidth=8"),
    ExportedSystem(
      "layernorm", "wgan-gp", ["generator", "discriminator"], "architecture=resnet", "width=8",
      "criticSteps=1"),
    ExportedSystem("weightnorm", "weight-norm-gan", ["generator", "discriminator"], "width=4"),
    ExportedSystem(
      "growing", "pggan", ["generator"], "latentSize=8", "channelBase=32", "maxChannels=8",
      "stableImages=4", "fadeImages=8", "ema=0.9"),
    ExportedSystem(
      "codes", "infogan", ["generator"], data: [], "width=4", "features=16",
      "recognitionWidth=8"),
    ExportedSystem(
      "autoencoder", "aae", ["generator", "encoder"], "encoderWidths=16", "generatorWidths=16",
      "discriminatorWidths=16"),
    ExportedSystem(
      "classes", "sgan", ["generator", "classifier"], "generatorWidth=4", "discriminatorWidth=4"),
    ExportedSystem("residual", "classifier", ["classifier"], "architecture=residual", "width=8"),
    ExportedSystem(
      "holes", "ccgan", ["generator"], "smallestHole=4", "largestHole=8",
      "generatorWidths=8,16", "discriminatorWidths=8,16"),
    ExportedSystem(
      "unet", "pix2pix", ["generator", "discriminator"], data: [], "generatorWidths=4,8",
      "discriminatorWidth=4", "discriminatorLayers=1"),
    ExportedSystem(
      "translator", "cyclegan", ["generator_ab", "generator_ba", "discriminator_a"], data: [],
      "generatorWidth=4", "blocks=1", "discriminatorWidth=4", "discriminatorLayers=1"),
    ExportedSystem(
      "styled", "munit", ["generator_ab", "style_ab"], data: [], "generatorWidth=4",
      "mlpWidth=8", "residualBlocks=1", "styleHalvings=3", "discriminatorWidth=4", "scales=1",
      "discriminatorLayers=2"),
    ExportedSystem(
      "larger", "srgan", ["generator"], "scale=2", "blocks=1", "generatorWidth=4",
      "discriminatorWidth=4", "discriminatorFeatures=8", "content=pixels", "pretraining=5"),
  ]
}
