import GANKit
import Torch
import TorchNN

// The fully connected networks of Makhzani et al. 2015, appendix A.

/// The paper of all adversarial autoencoders, as their cards name it.
let adversarialAutoencoders =
  "Makhzani, Shlens, Jaitly, Goodfellow, Frey. Adversarial Autoencoders. 2015, arXiv:1511.05644"

/// Images `[N, C, H, W]` to codes `[N, code]`.
func rectifiedEncoder(_ data: DataShape, widths: [Int], code: Int) -> Sequential {
  Sequential(
    [Flatten()] + rectifiedLayers(inputs: data.elementCount, widths: widths, outputs: code))
}

/// Codes `[N, code]` to images `[N, C, H, W]` in [-1, 1].
func rectifiedDecoder(code: Int, widths: [Int], _ data: DataShape) -> Sequential {
  Sequential(
    rectifiedLayers(inputs: code, widths: widths, outputs: data.elementCount)
      + [SignedSigmoid(), Unflatten(data.imageShape)])
}

/// Rows `[N, inputs]` to logits `[N]`.
func rectifiedJudge(inputs: Int, widths: [Int]) -> Sequential {
  Sequential(rectifiedLayers(inputs: inputs, widths: widths, outputs: 1) + [Flatten(from: 0)])
}

/// Half the squared distance of images with pixels in [0, 1] from what becomes of them, the mean over
/// images; both are given in [-1, 1].
func reconstructionLoss(_ images: Tensor, _ again: Tensor) -> Tensor {
  (images - again).atLeastFloat32().squared().flattened(from: 1).sum(axes: [1]).mean() / 8
}

/// What all adversarial autoencoders have in common.
protocol AutoencoderConfig: RecipeConfig {
  var decayStart: Double { get }
}

extension AutoencoderConfig {
  /// Adam at a rate that falls to 0.
  func adam(
    _ parameters: [Parameter], _ rate: Double, beta1: Double = 0.9, for run: RunShape
  ) -> Adam {
    Adam(
      parameters, learningRate: .falling(rate, from: decayStart, of: run), betas: (beta1, 0.999))
  }
}

extension SettingRule<Double> {
  /// Adam's rate where images are given back.
  static var reconstructionRate: Self { rate("Adam's rate for reconstruction") }
  /// Adam's rate where codes are compared with a prior.
  static var adversarialRate: Self { rate("Adam's rate for the encoder against the judges") }
  /// Adam's rate for the discriminators of codes.
  static var discriminatorRate: Self { rate("Adam's rate for what judges codes") }
}
