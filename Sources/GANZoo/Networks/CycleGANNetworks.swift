import GANKit
import Torch
import TorchNN

extension CycleGAN {
  /// Which translators.
  public enum Architecture: String, ConfigChoice {
    /// Residual blocks between two halvings and two doublings.
    case resnet
    /// A U-Net.
    case unet
  }

  /// How weights are drawn.
  public enum WeightRule: String, ConfigChoice {
    /// N(0, 0.02).
    case normal
    /// Glorot and Bengio 2010, gain 0.02.
    case xavier
    /// He et al. 2015.
    case kaiming

    var initializer: Initializer {
      switch self {
      case .normal: .normal(deviation: 0.02)
      case .xavier: .xavierNormal(gain: 0.02)
      case .kaiming: .kaimingNormal
      }
    }
  }
}

/// Images of one domain `[N, inputs, H, W]` to images of the other `[N, outputs, H, W]` in [-1, 1].
func cycleGANTranslator(
  _ config: CycleGAN.Config, _ data: DataShape, from inputs: Int, to outputs: Int
) -> AnyLayer {
  switch config.architecture {
  case .resnet:
    let automatic = min(data.height, data.width) >= 256 ? 9 : 6
    return AnyLayer(
      ResidualTranslator(
        inputs, outputs, width: config.generatorWidth,
        blocks: config.blocks == 0 ? automatic : config.blocks))
  case .unet:
    return AnyLayer(
      UNet(inputs, outputs, widths: config.unetLevels(for: data), norm: .instance))
  }
}

extension CycleGAN.Config {
  /// The widths of the U-Nets' levels that fit the data.
  func unetLevels(for data: DataShape) -> [Int] {
    UNet.levels(unetWidths, height: data.height, width: data.width)
  }
}

/// What both translators make of a batch, in three passes in place of six: instance normalisation
/// couples no images.
struct Translations {
  let fakeA, fakeB, cycledA, cycledB: Tensor
  /// Images of the right domain translated into it.
  var same: (a: Tensor, b: Tensor)?

  init(_ batch: UnpairedBatch, toA: AnyLayer, toB: AnyLayer, identity: Bool) {
    let (a, b) = (batch.a, batch.b)
    let (countA, countB) = (a.size(0), b.size(0))
    let towardsB = toB(identity ? .concatenated([a, b]) : a)
    fakeB = towardsB[0..<countA]
    let towardsA = toA(.concatenated(identity ? [b, fakeB, a] : [b, fakeB]))
    fakeA = towardsA[0..<countB]
    cycledA = towardsA[countB..<(countB + countA)]
    cycledB = toB(fakeA)
    guard identity else { return }
    same = (
      towardsA[(countB + countA)..<(countB + 2 * countA)], towardsB[countA..<(countA + countB)]
    )
  }
}
