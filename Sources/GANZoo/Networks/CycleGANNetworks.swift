import GANKit
import Torch
import TorchNN

extension CycleGAN {
  /// Which generators.
  public enum Architecture: String, ConfigChoice {
    /// Residual blocks between two halvings and two doublings.
    case resnet
    /// A U-Net.
    case unet
  }

  /// How weights are drawn.
  public enum Initialization: String, ConfigChoice {
    /// N(0, 0.02).
    case normal
    /// Glorot and Bengio 2010, gain 0.02.
    case xavier
    /// He et al. 2015.
    case kaiming

    var rule: Initializer {
      switch self {
      case .normal: .normal(deviation: 0.02)
      case .xavier: .xavierNormal(gain: 0.02)
      case .kaiming: .kaimingNormal
      }
    }
  }
}

extension CycleGAN.Config {
  /// Images of one domain `[N, C, H, W]` to images of the other `[N, C', H, W]` in [-1, 1].
  func generator(from a: ImageShape, to b: ImageShape) -> AnyLayer {
    let network: any Layer
    switch architecture {
    case .resnet:
      network = ResidualTranslator(from: a, to: b, width: generatorWidth, blocks: blocks)
    case .unet:
      network = UNet(
        a.channels, b.channels, widths: UNet.levels(unetWidths, for: a), norm: .instance)
    }
    return AnyLayer(network).initialized(initialization.rule)
  }

  /// Images of a domain `[N, C, H, W]` to maps of logits `[N, 1, H', W']`.
  func discriminator(of domain: ImageShape) -> Sequential {
    patchDiscriminator(
      channels: domain.channels, width: discriminatorWidth, layers: discriminatorLayers,
      norm: .instance
    ).initialized(initialization.rule)
  }

  /// By what sides must be divisible.
  func sideMultiple(for shape: ImageShape) -> Int {
    architecture == .resnet ? 4 : 1 << UNet.levels(unetWidths, for: shape).count
  }
}

/// What both generators make of a batch, in three passes in place of six: instance normalisation
/// couples no images.
struct Translations {
  let fakeA, fakeB, cycledA, cycledB: Tensor
  /// Images of the right domain translated into it.
  var same: (a: Tensor, b: Tensor)?

  init<Translator: Layer>(
    _ batch: UnpairedBatch, _ generatorAB: Translator, _ generatorBA: Translator,
    identity: Bool = false
  ) {
    let (a, b) = (batch.a, batch.b)
    let (countA, countB) = (a.size(0), b.size(0))
    let towardsB = generatorAB(identity ? .concatenated([a, b]) : a)
    fakeB = towardsB[0..<countA]
    let towardsA = generatorBA(.concatenated(identity ? [b, fakeB, a] : [b, fakeB]))
    fakeA = towardsA[0..<countB]
    cycledA = towardsA[countB..<(countB + countA)]
    cycledB = generatorAB(fakeA)
    guard identity else { return }
    same = (
      towardsA[(countB + countA)..<(countB + 2 * countA)], towardsB[countA..<(countA + countB)]
    )
  }
}
