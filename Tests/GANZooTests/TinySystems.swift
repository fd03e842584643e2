import GANKit
import Testing
import Torch
import TorchNN

@testable import GANZoo

/// A system at a size at which a step takes milliseconds. There is one for every choice of networks,
/// named like its fixture.
struct TinySystem: Sendable, CustomStringConvertible {
  var name: String
  var recipe: any Recipe.Type
  var settings: [(field: String, value: String)]
  var shape: DataShape
  /// Images seen before the first step, for a system that changes its networks by their number.
  var imagesSeen = 0

  var description: String { name }

  static let all = [
    TinySystem("gan", GAN.self, side: 8, mlp),
    TinySystem(
      "gan-maxout", GAN.self, side: 8,
      "architecture=maxout latentSize=16 generatorWidths=24,24 discriminatorWidths=12,12"),
    TinySystem("dcgan-k5", DCGAN.self, side: 16, channels: 3, dcgan),
    TinySystem("dcgan-k4", DCGAN.self, side: 16, "\(dcgan) kernelSize=4"),
    TinySystem("dcgan-resize", DCGAN.self, side: 16, "\(dcgan) kernelSize=4 upsampling=resize"),
    TinySystem(
      "wgan-gp-mlp", WGANGP.self, side: 8,
      "latentSize=16 generatorWidths=16,32 criticWidths=32,16 criticSteps=2"),
    TinySystem(
      "wgan-gp-resnet", WGANGP.self, side: 16, channels: 3,
      "architecture=resnet latentSize=16 width=8 criticSteps=2"),
    TinySystem(
      "wgan-gp-toy", WGANGP.self, side: 1, channels: 2,
      "architecture=toy latentSize=16 generatorWidths=16,16,16 criticWidths=16,16,16 criticSteps=2"
    ),
    TinySystem(
      "wgan", WGAN.self, side: 8,
      "\(wgan) architecture=mlp generatorWidths=16,32 criticWidths=32,16"),
    TinySystem(
      "wgan-dcgan", WGAN.self, side: 16, channels: 3, "\(wgan) architecture=dcgan width=4"),
    TinySystem(
      "sn-gan-cnn", SNGAN.self, side: 16, channels: 3, "architecture=cnn \(sngan(4))"),
    TinySystem(
      "sn-gan-unconditional", SNGAN.self, side: 8, channels: 3, "architecture=resnet \(sngan(8))"),
    TinySystem(
      "sn-gan-resnet", SNGAN.self, side: 8, channels: 3,
      "architecture=resnet conditional=true \(sngan(8))"),
    TinySystem("cgan", CGAN.self, side: 8, mlp),
    TinySystem(
      "cgan-maxout", CGAN.self, side: 8,
      "architecture=maxout latentSize=16 generatorWidths=12,10,24 discriminatorWidths=12,4,10"),
    TinySystem(
      "pix2pix", Pix2Pix.self, side: 16, channels: 3,
      "generatorWidths=4,8,8,8 discriminatorWidth=4 discriminatorHalvings=2"),
    TinySystem(
      "cyclegan-resnet", CycleGAN.self, side: 32, channels: 3,
      "generatorWidth=6 blocks=2 \(cycle)"),
    TinySystem(
      "cyclegan-unet", CycleGAN.self, side: 16, channels: 3,
      "architecture=unet unetWidths=4,8,8 \(cycle)"),
    TinySystem(
      "pixelda", PixelDA.self, side: 16, channels: 3,
      "generatorWidth=4 discriminatorWidth=4 blocks=2 taskWidths=4,6,12 domainWeight=0.8 "
        + "styleWeight=0.6 generatorTaskWeight=0.4 gradientLimit=0"),
    TinySystem(
      "infogan", InfoGAN.self, side: 16,
      "categorical=4 continuous=2 noiseSize=10 width=4 features=16 recognitionWidth=12"),
    TinySystem(
      "pggan-stable", PGGAN.self, side: 8, channels: 3, imagesSeen: 2,
      "\(pggan) stableImages=1 fadeImages=1"),
    TinySystem(
      "pggan-fade", PGGAN.self, side: 8, channels: 3, imagesSeen: 500_000_001,
      "\(pggan) stableImages=1 fadeImages=1000000000"),
    TinySystem(
      "sgan", SGAN.self, side: 16, channels: 3,
      "objective=odena latentSize=16 generatorWidth=4 discriminatorWidth=4"),
    TinySystem(
      "sgan-matching", SGAN.self, side: 8,
      "objective=matching latentSize=16 generatorWidth=16 discriminatorWidths=16,12"),
  ]

  /// Those that draw from noise.
  static let generative = all.filter { $0.recipe is any GenerativeRecipe.Type }

  func generativeRecipe() throws -> any GenerativeRecipe.Type {
    try #require(recipe as? any GenerativeRecipe.Type)
  }

  /// Parameters that no loss depends on: the offset of a Wasserstein critic cancels, that of a hinge
  /// loss too while all outputs lie within the margins, and growing networks have done with the
  /// colours of smaller pictures.
  static let withoutGradient = [
    "wgan-gp-mlp": ["discriminator.5.bias"], "wgan-gp-resnet": ["discriminator.output.bias"],
    "pggan-stable": [
      "generator.to_rgb.0.weight", "generator.to_rgb.0.bias",
      "discriminator.from_rgb.0.weight", "discriminator.from_rgb.0.bias",
    ],
    "wgan-gp-toy": ["discriminator.7.bias"], "wgan-dcgan": ["discriminator.6.bias"],
    "sn-gan-cnn": ["discriminator.15.bias"],
  ]

  private static let cycle =
    "discriminatorWidth=4 discriminatorHalvings=2 poolSize=1 identityWeight=0.5"
  private static let mlp = "latentSize=16 generatorWidths=16,32 discriminatorWidths=32,16"
  private static let dcgan = "latentSize=16 generatorWidth=4 discriminatorWidth=4"
  private static let pggan = "latentSize=16 channelBase=32 mostChannels=12 averageDecay=0"
  private static let wgan = "latentSize=16 clip=0.05 criticSteps=2 longStart=0 longInterval=0"

  private static func sngan(_ width: Int) -> String {
    "latentSize=16 discriminatorSteps=1 generatorWidth=\(width) discriminatorWidth=\(width)"
  }

  init(
    _ name: String, _ recipe: any Recipe.Type, side: Int, channels: Int = 1,
    imagesSeen: Int = 0, _ settings: String
  ) {
    (self.name, self.recipe, self.imagesSeen) = (name, recipe, imagesSeen)
    self.settings = settings.split(separator: " ").map {
      let parts = $0.split(separator: "=")
      return (String(parts[0]), String(parts[1]))
    }
    func shape<R: Recipe>(_: R.Type) -> DataShape {
      let kind = R.Batch.kind
      return DataShape(
        channels: channels, height: side, width: side,
        classes: kind == .paired || kind == .unpaired ? 0 : 4,
        inputChannels: kind.partCount == 2 && kind != .partlyLabeled ? channels : nil)
    }
    self.shape = shape(recipe)
  }

  /// The configuration, with one more field set where `extra` names one.
  func config<R: Recipe>(
    of type: R.Type, _ extra: [(field: String, value: String)] = []
  ) throws -> R.Config {
    try R.Config().setting(settings + extra)
  }
}

/// Random images and labels like a system's data.
func randomBatch<R: Recipe>(_ count: Int, for type: R.Type, _ shape: DataShape) -> R.Batch {
  let shapes =
    R.Batch.kind.partCount == 1 ? [shape.imageShape] : [shape.inputShape, shape.imageShape]
  return R.Batch(
    parts: shapes.map { shape in
      BatchPart(images: Tensor.uniform([count] + shape, -1, 1).contiguous(.channelsLast))
    }.enumerated().map { index, part in
      guard index == 0, shape.classes > 0 else { return part }
      return BatchPart(
        images: part.images, labels: .randomIntegers([count], below: shape.classes))
    })
}

extension DataKind {
  /// What the goldens call the parts of a batch, and the labels of the first.
  var partNames: (images: [String], labels: String?) {
    switch self {
    case .images: (["images"], nil)
    case .labeled, .labeledIfAny: (["images"], "labels")
    case .partlyLabeled: (["labeled", "images"], "labels")
    case .paired: (["input", "target"], nil)
    case .unpaired: (["a", "b"], nil)
    case .adaptation: (["source", "target"], "labels")
    }
  }
}

extension Recipe {
  /// The networks and optimizers by their names in the state dictionary.
  var parts: [(name: String, module: any Module)] {
    children.compactMap { child in
      if case .module(let module) = child.node { (child.name, module) } else { nil }
    }
  }

  /// The optimizers, by the name of the network that each is to train.
  var optimizers: [(network: String, optimizer: any Optimizer)] {
    parts.compactMap { name, module in
      (module as? any Optimizer).map { (String(name.dropLast("_optimizer".count)), $0) }
    }
  }

  /// The networks that are trained, without averages: what goldens hold the weights of.
  var networks: [String: any Module] {
    parts.reduce(into: [:]) { result, part in
      guard !(part.module is any Optimizer), !part.module.parameters.isEmpty,
        !part.name.hasSuffix("_average")
      else { return }
      result[part.name] = part.module
    }
  }

  /// Puts the counter of a growing system where a tiny one starts.
  func startAfter(images count: Int) throws {
    if count > 0 { try part("images_seen")?.load(["count": Tensor([count]).squeezed(0)]) }
  }

  func part(_ name: String) -> (any Module)? { parts.first { $0.name == name }?.module }
}
