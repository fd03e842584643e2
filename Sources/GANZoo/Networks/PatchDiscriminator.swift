import GANKit
import Torch
import TorchNN

/// The PatchGAN (Isola et al. 2017, appendix 6.1.2): a map of logits, each of which sees a patch.
/// `[N, C, H, W] -> [N, 1, H', W']`.
///
/// 4x4 convolutions: `layers` of stride 2, then two of stride 1. With three halvings a logit sees
/// 70x70 pixels, with two 34x34, with one 16x16. Channels double up to eight times `width`.
func patchDiscriminator(
  channels: Int, width: Int, layers: Int, norm: ImageNormalization
) -> Sequential {
  var maps = width
  return Sequential {
    Conv2d(channels, maps, kernel: 4, stride: 2, padding: 1)
    LeakyReLU(0.2)
    for level in 1...layers {
      let next = min(maps * 2, width * 8)
      Conv2d(
        maps, next, kernel: 4, stride: level < layers ? 2 : 1, padding: 1, bias: false)
      norm(next)
      LeakyReLU(0.2)
      let _ = maps = next
    }
    Conv2d(maps, 1, kernel: 4, padding: 1)
  }
}

extension SettingRule<Int> {
  /// `discriminatorWidth` of a PatchGAN.
  static var patchWidth: Self {
    count("channels of the first maps; doubled by every layer, up to 8 times as many")
  }
  /// `discriminatorLayers` of a PatchGAN.
  static var patchLayers: Self {
    count("halvings; 3: a logit sees 70x70 pixels, 2: 34x34, 1: 16x16", in: 1...6)
  }
}
